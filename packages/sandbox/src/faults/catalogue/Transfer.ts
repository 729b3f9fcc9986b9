import { Effect, Schema } from "effect"
import { gzipped } from "../../FileStore.ts"
import { empty, header, text as plain, type Received, utf8 } from "../../internal/Http.ts"
import { watched } from "../../internal/Watched.ts"
import { chunksOf, firstBytes } from "../Body.ts"
import { headerOf, withBody, withHeader, withoutHeader, withStatus } from "../Edit.ts"
import { type Changes, fault, faultWith } from "../Fault.ts"
import { editLines, linesOf } from "../Lines.ts"
import { whole } from "../Option.ts"
import { withBugs } from "../Settings.ts"

const where = ["file", "error-file"] as const

const isGzip = (headers: Parameters<typeof headerOf>[0]): boolean => headerOf(headers, "Content-Encoding") === "gzip"

const contentType = (type: string, title: string, kind: "fault" | "variant" = "fault") =>
  fault({
    kind,
    title,
    where,
    strike: () => ({ reply: (reply) => (reply.status < 300 ? withHeader(reply, "Content-Type", type) : reply) })
  })

/** Edits the answer that is a gzipped file. */
const gzipOnly = (change: NonNullable<Changes["wire"]>): Changes => ({
  wire: (reply, moment) => (reply.status === 200 && isGzip(reply) ? change(reply, moment) : reply)
})

const membersOf = async function* (content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const line of linesOf(content)) yield* gzipped(chunksOf(utf8(`${line}\n`)))
}

const withoutLastLine = async function* (lines: AsyncIterable<string>): AsyncGenerator<string> {
  let held: string | undefined
  for await (const line of lines) {
    if (held !== undefined) yield `${held}\n`
    held = line
  }
}

const followedBy = async function* (body: AsyncIterable<Uint8Array>, end: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* body
  yield end
}

/** How a file is sent: encodings, ranges, content types. */
export const transferFaults = {
  "content-type-json": contentType("application/json", "a file is sent as application/json"),
  "content-type-octets": contentType("application/octet-stream", "a file is sent as application/octet-stream"),
  "content-type-html": contentType("text/html", "a file is sent as text/html"),
  "content-type-charset": contentType(
    "application/fhir+ndjson; charset=utf-8",
    "the content type of a file has a charset",
    "variant"
  ),
  "content-type-capitals": contentType("Application/FHIR+NDJSON", "the content type of a file has capitals", "variant"),
  "content-type-missing": fault({
    title: "a file is sent without a content type",
    where,
    strike: () => ({ reply: (reply) => withoutHeader(reply, "Content-Type") })
  }),
  "gzip-not-announced": fault({
    title: "a file is gzipped without Content-Encoding, whether gzip was asked for or not",
    where,
    strike: () => ({
      request: (received) => withHeader(received, "Accept-Encoding", "gzip"),
      reply: (reply) => (isGzip(reply) ? withoutHeader(reply, "Content-Encoding") : reply)
    })
  }),
  "gzip-announced-only": fault({
    title: "Content-Encoding says gzip, and the file is plain",
    where,
    strike: () => ({
      request: (received) => withoutHeader(received, "Accept-Encoding"),
      reply: (reply) => (reply.status === 200 ? withHeader(reply, "Content-Encoding", "gzip") : reply)
    })
  }),
  "gzip-not-given": fault({
    title: "a file is sent plain, though gzip was asked for",
    where,
    strike: () => ({
      request: (received) =>
        header(received, "accept-encoding").includes("gzip") ? withoutHeader(received, "Accept-Encoding") : received
    })
  }),
  "gzip-not-asked-for": fault({
    title: "a file is gzipped, and says so, though nobody asked for it",
    where,
    strike: () => ({
      request: (received) =>
        header(received, "accept-encoding").includes("gzip")
          ? received
          : withHeader(received, "Accept-Encoding", "gzip")
    })
  }),
  "gzip-cut": faultWith(Schema.Struct({ bytes: whole(64, "bytes of the gzip stream that are sent") }), {
    title: "a gzip stream ends in the middle, though the answer is whole",
    where,
    strike: ({ bytes }) =>
      gzipOnly((reply, { later }) => ({
        ...withoutHeader(reply, "Content-Length"),
        body: firstBytes(reply.body, bytes, later())
      }))
  }),
  "gzip-damaged": fault({
    title: "a byte in the middle of a gzip stream is wrong",
    where,
    strike: () =>
      gzipOnly((reply, { later }) => {
        const struck = later()
        const damaged = async function* () {
          let at = 0
          for await (const chunk of chunksOf(reply.body)) {
            const place = 40 - at
            if (place >= 0 && place < chunk.byteLength) {
              struck()
              yield chunk.with(place, (chunk[place] ?? 0) ^ 0xff)
            } else yield chunk
            at += chunk.byteLength
          }
        }
        return { ...reply, body: damaged() }
      })
  }),
  "gzip-trailing-garbage": fault({
    title: "bytes that are no gzip follow a gzip stream",
    where,
    strike: () =>
      gzipOnly((reply) => ({
        ...withoutHeader(reply, "Content-Length"),
        body: followedBy(chunksOf(reply.body), Uint8Array.from([0x67, 0x61, 0x72, 0x62, 0x61, 0x67, 0x65]))
      }))
  }),
  "gzip-extra-member": fault({
    title: "an empty member follows a gzip stream, as in BCDA",
    kind: "variant",
    where: ["file"],
    todayUnless: "gzip-one-member",
    strike: () => ({ world: withBugs("today", "empty-gzip-member") })
  }),
  "gzip-one-member": fault({
    kind: "variant",
    title: "a gzip stream ends where it ends, without BCDA's empty member",
    where: ["file"],
    strike: () => ({ world: withBugs("fixed", "empty-gzip-member") })
  }),
  "gzip-many-members": fault({
    kind: "variant",
    title: "a gzip stream has a member for every line",
    where: ["file"],
    strike: () => ({
      file: (file, write) => {
        const stored = write("identity", membersOf(file.content()))
        return Effect.map(stored, (members) => ({ ...members, encoding: "gzip" as const, content: file.content }))
      }
    })
  }),
  "gzip-differs": fault({
    title: "the gzipped file lacks the last line of the plain one",
    where,
    strike: () => ({
      concerns: ({ received }) => header(received, "accept-encoding").includes("gzip"),
      file: editLines(withoutLastLine)
    })
  }),
  "ranges-ignored": fault({
    kind: "variant",
    title: "Range has no effect: the whole file with 200",
    where,
    strike: () => ({ request: (received) => withoutHeader(received, "Range") })
  }),
  "range-refused": fault({
    title: "416 for every Range",
    where,
    strike: () => ({
      instead: ({ received }) => (header(received, "range") === "" ? undefined : plain(416, "invalid range"))
    })
  }),
  "range-shifted": fault({
    title: "206 whose bytes begin one later than it says",
    where,
    strike: () => ({
      request: (received) => {
        const [, from] = /^bytes=(\d+)-/.exec(header(received, "range")) ?? []
        return from === undefined ? received : withHeader(received, "Range", `bytes=${Number(from) + 1}-`)
      },
      reply: (reply) => {
        const [, from, rest] = /^bytes (\d+)(-.*)$/.exec(headerOf(reply, "Content-Range") ?? "") ?? []
        return reply.status !== 206 || from === undefined
          ? reply
          : withHeader(reply, "Content-Range", `bytes ${Number(from) - 1}${rest}`)
      }
    })
  }),
  "range-as-200": fault({
    title: "a part of a file, with 200 as if it were all",
    where,
    strike: () => ({
      reply: (reply) => (reply.status === 206 ? withStatus(withoutHeader(reply, "Content-Range"), 200) : reply)
    })
  }),
  "not-modified": fault({
    title: "304 for a file, though no condition was set",
    where,
    strike: () => ({ instead: () => empty(304) })
  }),
  "unknown-file-accepted": fault({
    title: "200 and an empty file for a name that the job does not have",
    where,
    strike: () => ({ reply: (reply) => (reply.status === 404 ? withBody(withStatus(reply, 200), "") : reply) })
  }),
  "one-download-at-a-time": fault({
    title: "429 for a file while another one is being sent",
    where,
    strike: () => {
      // From its arrival on, since two that come at once may both be here before either is answered.
      const sending = new Set<Received>()
      return {
        instead: ({ received }) => {
          if (sending.size > 0) return plain(429, "Too Many Requests", [["Retry-After", "1"]])
          sending.add(received)
          return undefined
        },
        wire: (reply, { received }) => {
          const body = chunksOf(reply.body)
          const end = () => void sending.delete(received)
          return sending.has(received) ? { ...reply, body: watched(body, () => undefined, end) } : reply
        }
      }
    }
  })
}
