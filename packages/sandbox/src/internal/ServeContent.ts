import { type ByteRange, gzipped, type StoredFile } from "../FileStore.ts"
import { empty, header, headerLines, type Received, type Reply, text } from "./Http.ts"
import { httpDate, type Micros, second } from "./Time.ts"

/**
 * The end of a gzip stream that nothing was written to, 23 bytes as Go makes them. BCDA closes a compressor that it
 * did not use, so its gzipped downloads have this second, empty member behind the file. Decoders that know about
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

const withEmptyMember = async function* (file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* file
  yield emptyMember
}

type Ranged = "whole" | "unsatisfiable" | "invalid" | ByteRange

/** One item of a Range header, as Go reads it; undefined when it starts behind the end. */
const parseRangeItem = (item: string, size: number): ByteRange | "invalid" | undefined => {
  const match = /^\s*(\d*)\s*-\s*(\d*)\s*$/.exec(item)
  const [, first = "", last = ""] = match ?? []
  if (match === null || (first === "" && last === "")) return "invalid"
  if (first === "") return { start: Math.max(0, size - Number(last)), end: size }
  if (Number(first) >= size) return undefined
  if (last !== "" && Number(last) < Number(first)) return "invalid"
  return { start: Number(first), end: last === "" ? size : Math.min(size, Number(last) + 1) }
}

/** The part of the stored bytes that a request wants. Several ranges at once are answered with the whole file. */
const parseRange = (received: Received, size: number, modified: Micros): Ranged => {
  const line = header(received, "range")
  if (line === "" || !unchangedSince(header(received, "if-range"), modified)) return "whole"
  if (!line.startsWith("bytes=")) return "invalid"
  const items = line
    .slice(6)
    .split(",")
    .filter((item) => item.trim() !== "")
  const parsed = items.map((item) => parseRangeItem(item, size))
  if (parsed.includes("invalid")) return "invalid"
  const ranges = parsed.filter((range) => typeof range === "object")
  const [only] = ranges
  if (only === undefined) return items.length === 0 ? "whole" : "unsatisfiable"
  return ranges.length === 1 ? only : "whole"
}

/** `If-Range` holds when it is absent or is the file's own date. There are no ETags, so one never holds. */
const unchangedSince = (ifRange: string, modified: Micros): boolean =>
  ifRange === "" || Date.parse(ifRange) === Math.floor(modified / second) * 1000

/** Answers to the two date conditions that HTTP knows, if one applies. */
const precondition = (received: Received, modified: Micros): 304 | 412 | undefined => {
  const changed = Math.floor(modified / second) * 1000
  const unmodifiedSince = Date.parse(header(received, "if-unmodified-since"))
  if (changed > unmodifiedSince) return 412
  return changed <= Date.parse(header(received, "if-modified-since")) ? 304 : undefined
}

/** Serves bytes as they lie in the store: dates and ranges work, and they mean the stored bytes. */
const serveStored = (received: Received, file: StoredFile, modified: Micros): Reply => {
  const lastModified: readonly [string, string] = ["Last-Modified", httpDate(modified)]
  const condition = precondition(received, modified)
  if (condition !== undefined) return empty(condition, [lastModified])
  const range = parseRange(received, file.bytes, modified)
  if (range === "invalid") return text(416, "invalid range")
  if (range === "unsatisfiable") {
    return text(416, "invalid range: failed to overlap", [["Content-Range", `bytes */${file.bytes}`]])
  }
  const gzip = file.encoding === "gzip"
  const headers: Reply["headers"] = [
    contentType,
    ...(gzip ? [contentEncoding] : []),
    ["Accept-Ranges", "bytes"],
    lastModified
  ]
  if (range === "whole") {
    // A gzipped file goes out without a length, which is what leaves room for the empty member.
    if (gzip) return { status: 200, headers, body: withEmptyMember(file.stored()) }
    return { status: 200, headers: [...headers, ["Content-Length", String(file.bytes)]], body: file.stored() }
  }
  const { end, start } = range
  return {
    status: 206,
    headers: [
      ...headers,
      ["Content-Range", `bytes ${start}-${end - 1}/${file.bytes}`],
      ["Content-Length", String(end - start)]
    ],
    body: file.stored(range)
  }
}

const contentType: readonly [string, string] = ["Content-Type", "application/fhir+ndjson"]
const contentEncoding: readonly [string, string] = ["Content-Encoding", "gzip"]

/**
 * A file of a job. BCDA looks for the letters `gzip` anywhere in `Accept-Encoding`, so even `gzip;q=0` asks for it. What
 * is stored one way and wanted the other way is converted on the fly, without length, date or ranges.
 */
export const serveFile = (received: Received, file: StoredFile, modified: Micros): Reply => {
  const gzipWanted = headerLines(received, "accept-encoding").some((line) => line.includes("gzip"))
  if (gzipWanted === (file.encoding === "gzip")) return serveStored(received, file, modified)
  return gzipWanted
    ? { status: 200, headers: [contentType, contentEncoding], body: gzipped(file.stored()) }
    : { status: 200, headers: [contentType], body: file.content() }
}
