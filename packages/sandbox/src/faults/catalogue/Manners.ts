import { Schema } from "effect"
import { bugs } from "../../Bugs.ts"
import { type Reply } from "../../internal/Http.ts"
import { editText, headerOf, jsonOf, withBody, withHeader, withoutHeader, withStatus } from "../Edit.ts"
import { type FaultPlace, fault, faultWith } from "../Fault.ts"
import { whole } from "../Option.ts"
import { withBugs } from "../Settings.ts"

const withJson: readonly [FaultPlace, ...ReadonlyArray<FaultPlace>] = [
  "manifest",
  "token",
  "jobs",
  "attribution",
  "metadata"
]

const withErrors: readonly [FaultPlace, ...ReadonlyArray<FaultPlace>] = [
  "kick-off",
  "status",
  "cancel",
  "jobs",
  "attribution",
  "file",
  "error-file"
]

const isOutcome = (reply: Reply): boolean =>
  reply.status >= 400 && headerOf(reply, "Content-Type") === "application/fhir+json"

/** How things are said, whatever is said. */
export const mannerFaults = {
  "json-truncated": fault({
    title: "a JSON document ends in its middle, though everything was sent",
    where: withJson,
    strike: () => ({ reply: (reply) => editText(reply, (text) => text.slice(0, text.length / 2)) })
  }),
  "json-empty": fault({
    title: "an answer that should have a JSON document is empty",
    where: withJson,
    strike: () => ({ reply: (reply) => (reply.status === 200 ? withBody(reply, "") : reply) })
  }),
  "json-null": fault({
    title: "the JSON document is null",
    where: withJson,
    strike: () => ({ reply: (reply) => (reply.status === 200 ? withBody(reply, "null") : reply) })
  }),
  "json-bom": fault({
    title: "a JSON document begins with a byte order mark",
    where: withJson,
    strike: () => ({ reply: (reply) => editText(reply, (text) => `\uFEFF${text}`) })
  }),
  "two-documents": fault({
    title: "a JSON document comes twice in one body",
    where: [...withJson, "status", "cancel"],
    strike: () => ({ reply: (reply) => editText(reply, (text) => text + text) })
  }),
  "second-document": fault({
    title: "another document follows where BCDA forgets to stop: no jobs, archived jobs and their files",
    where: ["jobs", "status", "cancel", "file", "error-file"],
    everywhere: true,
    todayUnless: "one-document",
    strike: () => ({ world: withBugs("today", "archived-answers-twice", "job-list-answers-twice") })
  }),
  "one-document": fault({
    kind: "variant",
    title: "one document where BCDA forgets to stop: no jobs, archived jobs and their files",
    where: ["jobs", "status", "cancel", "file", "error-file"],
    everywhere: true,
    strike: () => ({ world: withBugs("fixed", "archived-answers-twice", "job-list-answers-twice") })
  }),
  "bugs-mended": fault({
    kind: "variant",
    title: "all of BCDA's known bugs are mended",
    where: ["any"],
    strike: () => ({ world: withBugs("fixed", ...bugs) })
  }),
  "json-pretty": fault({
    kind: "variant",
    title: "JSON is printed over several lines",
    where: withJson,
    strike: () => ({
      reply: (reply) => {
        const value = jsonOf(reply)
        return value === undefined ? reply : withBody(reply, JSON.stringify(value, null, 2))
      }
    })
  }),
  "json-charset": fault({
    kind: "variant",
    title: "the content type of JSON has a charset",
    where: withJson,
    everywhere: true,
    strike: () => ({
      reply: (reply) =>
        headerOf(reply, "Content-Type") === "application/json"
          ? withHeader(reply, "Content-Type", "application/json; charset=utf-8")
          : reply
    })
  }),
  "error-not-outcome": fault({
    title: "errors are JSON that is no OperationOutcome",
    where: withErrors,
    strike: () => ({
      reply: (reply) =>
        isOutcome(reply)
          ? withHeader(withBody(reply, '{"error":"something is wrong"}'), "Content-Type", "application/json")
          : reply
    })
  }),
  "error-as-text": fault({
    title: "errors are plain text",
    where: withErrors,
    strike: () => ({
      reply: (reply) =>
        isOutcome(reply)
          ? withHeader(withBody(reply, "something is wrong\n"), "Content-Type", "text/plain; charset=utf-8")
          : reply
    })
  }),
  "error-empty": fault({
    title: "errors have no body",
    where: withErrors,
    strike: () => ({
      reply: (reply) => (isOutcome(reply) ? withoutHeader(withBody(reply, ""), "Content-Type") : reply)
    })
  }),
  "error-content-type": fault({
    title: "OperationOutcomes of errors are sent as application/json",
    where: withErrors,
    strike: () => ({
      reply: (reply) => (isOutcome(reply) ? withHeader(reply, "Content-Type", "application/json") : reply)
    })
  }),
  "error-with-200": fault({
    title: "errors have the status 200",
    where: withErrors,
    strike: () => ({ reply: (reply) => (isOutcome(reply) ? withStatus(reply, 200) : reply) })
  }),
  "reason-phrase-missing": fault({
    kind: "variant",
    title: "status lines have no reason phrase, as in HTTP/2",
    where: ["any"],
    strike: () => ({ wire: (reply) => ({ ...reply, reason: "" }) })
  }),
  "reason-phrase-other": fault({
    kind: "variant",
    title: "status lines have another reason phrase than usual",
    where: ["any"],
    strike: () => ({ wire: (reply) => ({ ...reply, reason: "As You Wish" }) })
  }),
  "headers-lower-case": fault({
    kind: "variant",
    title: "names of headers are in lower case, as behind a proxy that speaks HTTP/2",
    where: ["any"],
    strike: () => ({
      wire: (reply) => ({
        ...reply,
        headers: reply.headers.map(([name, value]) => [name.toLowerCase(), value] as const)
      })
    })
  }),
  "headers-of-a-front": fault({
    kind: "variant",
    title: "answers have the headers of a load balancer: Via, Set-Cookie, trace ids",
    where: ["any"],
    strike: () => ({
      wire: (reply) => ({
        ...reply,
        headers: [
          ...reply.headers,
          ["Via", "1.1 front.invalid"],
          ["Set-Cookie", "AWSALB=b3BlbiBzZXNhbWU; Path=/"],
          ["X-Amzn-Trace-Id", "Root=1-00000000-000000000000000000000000"]
        ]
      })
    })
  }),
  "connection-kept": fault({
    kind: "variant",
    title: "connections are kept open between requests",
    where: ["any"],
    strike: () => ({ wire: (reply) => withoutHeader(reply, "Connection") })
  }),
  "length-not-announced": fault({
    kind: "variant",
    title: "no answer has a Content-Length",
    where: ["any"],
    strike: () => ({
      wire: (reply) => {
        const body = reply.body
        if (!(body instanceof Uint8Array)) return withoutHeader(reply, "Content-Length")
        if (body.byteLength === 0) return reply
        const chunk = async function* () {
          yield body
        }
        return { ...withoutHeader(reply, "Content-Length"), body: chunk() }
      }
    })
  }),
  "header-huge": faultWith(Schema.Struct({ kilobytes: whole(1024, "size of the header") }), {
    title: "an answer has a header of a megabyte",
    where: ["any", "token", "kick-off", "status", "manifest", "file"],
    strike: ({ kilobytes }) => ({ wire: (reply) => withHeader(reply, "X-Padding", "x".repeat(kilobytes * 1024)) })
  }),
  "tls-1.1": fault({
    title: "only TLS 1.1 is spoken; for servers with TLS",
    where: ["any"],
    strike: () => ({ listen: { maxTls: "1.1" } })
  }),
  http2: fault({
    kind: "variant",
    title: "HTTP/2 is spoken, which has no reason phrases; for servers with TLS",
    where: ["any"],
    strike: () => ({ listen: { http2: true } })
  })
}
