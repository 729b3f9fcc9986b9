/** What can be wrong before a job exists: metadata, token, kick-off. */
import { type Mutation, outcome } from "../TinyBcda.ts"
import {
  asks,
  type Broken,
  body,
  header,
  type Json,
  made,
  madeUp,
  noToken,
  on,
  open,
  refusedFor,
  rest,
  started,
  status,
  text,
  without
} from "./tools.ts"

const software = (members: Json): Mutation =>
  body("metadata", (value) => ({ ...value, software: { ...Object(value["software"]), ...members } }))

const security = (members: Json): Mutation =>
  rest((entry) => ({ ...entry, security: { ...Object(entry["security"]), ...members } }))

export const metadata: ReadonlyArray<Broken> = [
  made(
    "metadata wants a token",
    on("metadata", () => outcome(401, "forbidden", "Invalid Token")),
    ["metadata/readable"]
  ),
  made(
    "metadata is another resource",
    body("metadata", (value) => ({ ...value, resourceType: "Conformance" })),
    ["metadata/readable"]
  ),
  made("metadata is served as HTML", header("metadata", "content-type", "text/html"), ["metadata/readable"]),
  made("metadata does not name the IG", body("metadata", without("instantiates")), ["metadata/instantiates-ig"]),
  made("metadata declares no operation", rest(without("resource")), [
    "metadata/declares-export",
    "second-opinion/metadata"
  ]),
  made(
    "metadata is a draft",
    body("metadata", (value) => ({ ...value, status: "draft" })),
    ["metadata/active"]
  ),
  made(
    "metadata names another FHIR release",
    body("metadata", (value) => ({ ...value, fhirVersion: "5.0.0" })),
    ["metadata/fhir-version"]
  ),
  made(
    "metadata defines its operations by another IG",
    on("metadata", (reply) => ({
      ...reply,
      body: text(reply).replaceAll("uv/bulkdata/Operation", "us/core/Operation")
    })),
    ["metadata/operation-definitions"]
  ),
  made(
    "metadata writes https where the canonicals have http",
    on("metadata", (reply) => ({ ...reply, body: text(reply).replaceAll("http://hl7.org", "https://hl7.org") })),
    ["metadata/operation-definitions", "metadata/instantiates-ig"]
  ),
  made(
    "metadata names its operations as an earlier version did",
    on("metadata", (reply) => ({
      ...reply,
      body: text(reply).replaceAll(/(bulkdata\/OperationDefinition\/(\w+-export)","name":)"export"/g, '$1"$2"')
    })),
    ["metadata/operation-names"]
  ),
  made(
    "metadata does not name BFD",
    body("metadata", (value) => ({
      ...value,
      instantiates: ["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"]
    })),
    ["metadata/instantiates-bfd"]
  ),
  made("metadata has no software", body("metadata", without("software")), ["metadata/release", "metadata/software"]),
  made("metadata names no release", software({ version: "1.0.0-SNAPSHOT" }), ["metadata/release"]),
  made("metadata is of other software", software({ name: "HAPI FHIR Server" }), ["metadata/software"]),
  made("metadata was released tomorrow", software({ releaseDate: new Date(Date.now() + 86_400_000).toISOString() }), [
    "metadata/software"
  ]),
  made("metadata has a release date that is no date", software({ releaseDate: "soon" }), ["metadata/software"]),
  made(
    "metadata lists one format",
    body("metadata", (value) => ({ ...value, format: ["application/fhir+json"] })),
    ["metadata/formats"]
  ),
  made(
    "metadata names another base URL",
    body("metadata", (value) => ({ ...value, implementation: { url: "https://api.bcda.cms.gov" } })),
    ["metadata/base-url"]
  ),
  made(
    "metadata is that of a client",
    rest((entry) => ({ ...entry, mode: "client" })),
    ["metadata/interactions"]
  ),
  made(
    "metadata lists one interaction",
    rest((entry) => ({ ...entry, interaction: [{ code: "batch" }] })),
    ["metadata/interactions"]
  ),
  made("metadata says that CORS is off", security({ cors: false }), ["metadata/security-service"]),
  made("metadata says that tokens come by SMART", security({ service: [{ coding: [{ code: "SMART-on-FHIR" }] }] }), [
    "metadata/security-service"
  ]),
  made("metadata names no token URL", rest(without("security")), ["metadata/token-url"]),
  made(
    "metadata is two documents",
    on("metadata", (reply) => ({ ...reply, body: text(reply) + text(reply) })),
    ["metadata/readable", "second-opinion/metadata"]
  )
]

export const token: ReadonlyArray<Broken> = [
  made(
    "a refresh token comes along",
    body("token", (value) => ({ ...value, refresh_token: "for-a-long-time" })),
    ["token/no-refresh-token"]
  ),
  made(
    "the token is a number",
    body("token", (value) => ({ ...value, access_token: 7 })),
    ["token/issued"]
  ),
  made(
    "the token endpoint answers HTML",
    on("token", (reply) => ({ ...reply, body: "<html>hello</html>" })),
    ["token/issued", "token/expires-in-number", "token/lifetime"]
  ),
  made(
    "the token is of another type",
    body("token", (value) => ({ ...value, token_type: "mac" })),
    ["token/issued"]
  ),
  made(
    "expires_in is a string",
    body("token", (value) => ({ ...value, expires_in: "1200" })),
    ["token/expires-in-number"]
  ),
  made(
    "the token lives for a day",
    body("token", (value) => ({ ...value, expires_in: 86_400 })),
    ["token/lifetime"]
  ),
  made(
    "any secret gets a token",
    on("token", (reply) => ({ ...reply, status: 200, body: '{"access_token":"for-anybody"}' }), refusedFor(401)),
    ["token/wrong-secret-refused"]
  ),
  made("a wrong secret breaks the server", status("token", 500, refusedFor(401)), ["token/wrong-secret-refused"])
]

export const kickOff: ReadonlyArray<Broken> = [
  made(
    "an export needs no token",
    on("kickoff", (_, scene) => scene.granted(), noToken),
    ["kickoff/needs-token", "kickoff/missing-token-401"]
  ),
  ...(["status", "file", "jobs", "attribution", "cancel"] as const).map((route) =>
    made(
      `a token nobody issued is good for ${route}`,
      on(route, (_, scene) => scene.granted(), madeUp),
      ["token/made-up-refused"]
    )
  ),
  made(
    "an export takes any token",
    on("kickoff", (_, scene) => scene.granted(), madeUp),
    ["kickoff/needs-valid-token"]
  ),
  made("a missing token is answered 400", status("kickoff", 400, refusedFor(401)), ["kickoff/missing-token-401"]),
  made("jobs need no token", open("jobs"), ["kickoff/missing-token-401"]),
  made(
    "a refusal is plain text",
    on("kickoff", (reply) => ({ ...reply, headers: { "content-type": "text/plain" }, body: "no" }), refusedFor(401)),
    ["kickoff/refusals-explain"]
  ),
  made(
    "a refusal has no issue",
    body("kickoff", (value) => ({ ...value, issue: [] }), refusedFor(400)),
    ["kickoff/refusals-explain", "kickoff/future-since-refused", "kickoff/missing-prefer"]
  ),
  made(
    "an unknown type is exported",
    on(
      "kickoff",
      (_, { base }) => ({ status: 202, headers: { "content-location": `${base}/api/v3/jobs/7` }, body: "" }),
      asks("NoSuch")
    ),
    ["kickoff/unknown-type-refused"]
  ),
  made("a future _since is taken", status("kickoff", 202, asks("_since")), ["kickoff/future-since-refused"]),
  made(
    "a missing Prefer breaks the server",
    status("kickoff", 500, (reply, { headers }) => reply.status === 400 && headers["prefer"] === undefined),
    ["kickoff/missing-prefer"]
  ),
  made(
    "a kick-off has a web page for a body",
    on("kickoff", (reply) => ({ ...reply, body: "<html></html>" }), started),
    ["kickoff/body", "second-opinion/export"]
  ),
  made(
    "a kick-off has another resource for a body",
    on("kickoff", (reply) => ({ ...reply, body: "{}" }), started),
    ["kickoff/body"]
  ),
  made("a kick-off answers 200", status("kickoff", 200, started), ["kickoff/accepted", "second-opinion/export"]),
  made("a kick-off names no status URL", header("kickoff", "content-location", undefined, started), [
    "kickoff/content-location",
    "kickoff/content-location-shape",
    "second-opinion/export"
  ]),
  made(
    "the status URL is relative",
    on(
      "kickoff",
      (reply) => ({
        ...reply,
        headers: { "content-location": reply.headers["content-location"]?.replace(/^.*?(?=\/api)/, "") ?? "" }
      }),
      started
    ),
    ["kickoff/content-location", "kickoff/content-location-shape", "second-opinion/export"]
  ),
  made(
    "the status URL has a query",
    on(
      "kickoff",
      (reply) => ({ ...reply, headers: { "content-location": `${reply.headers["content-location"]}?a=b` } }),
      started
    ),
    ["kickoff/content-location-shape"]
  )
]
