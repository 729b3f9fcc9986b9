import { type BugSwitches, isFixed } from "../Bugs.ts"
import { gzipped, type StoredFile } from "../FileStore.ts"
import { ConnectionLost, concatenated, empty, headerLines, type Received, type Reply, text, utf8 } from "./Http.ts"
import { handingOn } from "./Lending.ts"
import { precondition, rangeHeader } from "./Preconditions.ts"
import { contentRange, multipart, parseRanges } from "./Ranges.ts"
import { httpDate, type Micros } from "./Time.ts"

/**
 * The end of a gzip stream that nothing was written to, 23 bytes as Go makes them. BCDA closes a compressor that it did
 * not use (bug), so its gzipped downloads have this second, empty member behind the file. Decoders that know about
 * members do not notice; a decoder that takes bytes after the first member for an error stumbles.
 */
const emptyMember = Uint8Array.from([
  // header: deflate, no name, unknown system
  0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff,
  // one stored block, final and empty
  1, 0, 0, 0xff, 0xff,
  // checksum and length of nothing
  0, 0, 0, 0, 0, 0, 0, 0
])

const contentType = "application/fhir+ndjson"

const one = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** How what is written reaches the client: as it is, with the unused compressor's member behind it, or compressed. */
interface Outlet {
  readonly gzip: boolean
  /** What comes of no body at all. */
  readonly nothing: Uint8Array
  /** A body of any length. */
  readonly whole: (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>
  /** A body whose length has been announced. */
  readonly measured: (body: AsyncIterable<Uint8Array>, bytes: number) => AsyncIterable<Uint8Array>
}

const asItIs: Outlet = {
  gzip: false,
  nothing: new Uint8Array(0),
  whole: (body) => body,
  measured: (body) => body
}

const followed = async function* (body: AsyncIterable<Uint8Array>, last: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* body
  if (last.byteLength > 0) yield last
}

/** Bytes beyond an announced length are dropped, so a measured body ends where it should. */
const asStored = (unused: Uint8Array): Outlet => ({
  gzip: true,
  nothing: unused,
  whole: (body) => handingOn(body, followed(body, unused)),
  measured: (body) => body
})

const collected = async (body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  for await (const chunk of body) chunks.push(chunk)
  return concatenated(chunks)
}

/**
 * A part of a plain file goes through the compressor too, after its plain length was announced. What fits of the
 * compressor's three pieces (head, data, checksum) is sent, and then the connection ends short of the promise.
 */
const onTheFly = (unused: Uint8Array): Outlet => ({
  gzip: true,
  nothing: unused,
  whole: gzipped,
  measured: async function* (body, bytes) {
    const compressed = await collected(gzipped(body))
    const pieces = [10, compressed.byteLength - 8, compressed.byteLength].filter((end) => end <= bytes)
    const sent = pieces.at(-1) ?? 0
    if (sent > 0) yield compressed.subarray(0, sent)
    if (sent < bytes) throw new ConnectionLost({ how: "closed" })
  }
})

/** Go's `http.ServeContent`: dates and ranges work, and they mean the stored bytes. */
const serveStored = (received: Received, file: StoredFile, modified: Micros, outlet: Outlet): Reply => {
  const encoded: Reply["headers"] = outlet.gzip ? [["Content-Encoding", "gzip"]] : []
  const lastModified: readonly [string, string] = ["Last-Modified", httpDate(modified)]
  const condition = precondition(received, modified)
  if (condition === 304) return empty(304, [lastModified])
  if (condition === 412) {
    const headers: Reply["headers"] = [["Content-Type", contentType], ...encoded, lastModified]
    return { status: 412, headers, body: outlet.nothing }
  }
  const ranges = parseRanges(rangeHeader(received, modified), file.bytes)
  if (ranges === "invalid" || ranges === "no-overlap") {
    const known: Reply["headers"] = ranges === "invalid" ? [] : [["Content-Range", `bytes */${file.bytes}`]]
    const words = ranges === "invalid" ? "invalid range" : "invalid range: failed to overlap"
    // The error takes back what is said of the file, and how long to keep it, but not the compressor.
    const reason = "Requested Range Not Satisfiable"
    return {
      ...text(416, words, known),
      reason,
      without: ["Cache-Control"],
      body: outlet.whole(one(utf8(`${words}\n`)))
    }
  }
  const common: Reply["headers"] = [["Accept-Ranges", "bytes"], ...encoded, lastModified]
  if (ranges === "whole") {
    // What is encoded goes out without a length, which is what leaves room for the empty member.
    const length: Reply["headers"] = outlet.gzip ? [] : [["Content-Length", String(file.bytes)]]
    const headers: Reply["headers"] = [...common, ["Content-Type", contentType], ...length]
    return { status: 200, headers, body: outlet.whole(file.stored()) }
  }
  const [range] = ranges
  if (range !== undefined && ranges.length === 1) {
    const bytes = range.end - range.start
    const headers: Reply["headers"] = [
      ...common,
      ["Content-Type", contentType],
      ["Content-Range", contentRange(range, file.bytes)],
      ["Content-Length", String(bytes)]
    ]
    return { status: 206, headers, body: outlet.measured(file.stored(range), bytes) }
  }
  const parts = multipart(file, ranges, contentType)
  const headers: Reply["headers"] = [
    ...common,
    ["Content-Type", parts.contentType],
    ["Content-Length", String(parts.bytes)]
  ]
  return { status: 206, headers, body: outlet.measured(parts.body(), parts.bytes) }
}

/** Go's buffer: a body that fits goes out in one piece, with its length. */
const bufferBytes = 2048

/** Reads a body without length as far as the buffer goes. */
const buffered = async (reply: Reply): Promise<Reply> => {
  const { body } = reply
  if (body instanceof Uint8Array || reply.headers.some(([name]) => name === "Content-Length")) return reply
  const chunks: Array<Uint8Array> = []
  const rest = body[Symbol.asyncIterator]()
  for (let bytes = 0; bytes <= bufferBytes; ) {
    const next = await rest.next()
    if (next.done === true) return { ...reply, body: concatenated(chunks) }
    chunks.push(next.value)
    bytes += next.value.byteLength
  }
  return { ...reply, body: handingOn(body, resumed(chunks, rest)) }
}

const resumed = async function* (
  chunks: ReadonlyArray<Uint8Array>,
  rest: AsyncIterator<Uint8Array>
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/**
 * A file of a job. BCDA looks for the letters `gzip` anywhere in `Accept-Encoding`, so even `gzip;q=0` asks for it. What
 * is stored compressed and wanted plain is inflated on the fly, without date or ranges.
 */
export const serveFile = (
  received: Received,
  file: StoredFile,
  modified: Micros,
  bugs: BugSwitches
): Promise<Reply> => {
  const gzipWanted = headerLines(received, "accept-encoding").some((line) => line.includes("gzip"))
  if (!gzipWanted && file.encoding === "gzip") {
    return buffered({ status: 200, headers: [["Content-Type", contentType]], body: file.content() })
  }
  const unused = isFixed(bugs, "empty-gzip-member") ? new Uint8Array(0) : emptyMember
  const outlet = !gzipWanted ? asItIs : file.encoding === "gzip" ? asStored(unused) : onTheFly(unused)
  return buffered(serveStored(received, file, modified, outlet))
}
