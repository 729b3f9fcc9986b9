import type { ByteRange, StoredFile } from "../FileStore.ts"
import { utf8 } from "./Http.ts"
import { randomBytes } from "./Uuid.ts"

/** What a Range header asks of a file: nothing in particular, the impossible, or parts of it. */
export type Ranged = "whole" | "invalid" | "no-overlap" | ReadonlyArray<ByteRange>

const maxInt64 = 9_223_372_036_854_775_807n

/** Go's `ParseInt`, for numbers that must not be negative. */
const numberOf = (text: string): number | undefined => {
  if (!/^\+?\d+$/.test(text) || BigInt(text) > maxInt64) return undefined
  return Number(text)
}

/** One item; undefined when it starts behind the end. */
const parseItem = (item: string, size: number): ByteRange | "invalid" | undefined => {
  const dash = item.indexOf("-")
  if (dash === -1) return "invalid"
  const [first, last] = [item.slice(0, dash).trim(), item.slice(dash + 1).trim()]
  const end = last === "" ? undefined : numberOf(last)
  if (last !== "" && end === undefined) return "invalid"
  if (first === "") return end === undefined ? "invalid" : { start: size - Math.min(end, size), end: size }
  const start = numberOf(first)
  if (start === undefined) return "invalid"
  // An item behind the end is skipped before its second number is looked at.
  if (start >= size) return undefined
  if (end === undefined) return { start, end: size }
  return end < start ? "invalid" : { start, end: Math.min(end + 1, size) }
}

/** A Range header as Go's `http.ServeContent` reads it. Ranges that sum up to more than the file are no ranges at all. */
export const parseRanges = (line: string, size: number): Ranged => {
  if (line === "") return "whole"
  if (!line.startsWith("bytes=")) return "invalid"
  const items = line
    .slice("bytes=".length)
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")
  const parsed: Array<ByteRange> = []
  for (const item of items) {
    const range = parseItem(item, size)
    if (range === "invalid") return "invalid"
    if (range !== undefined) parsed.push(range)
  }
  if (parsed.length === 0) return items.length === 0 ? "whole" : "no-overlap"
  const sum = parsed.reduce((total, { end, start }) => total + end - start, 0)
  return sum > size ? "whole" : parsed
}

export const contentRange = ({ end, start }: ByteRange, size: number): string => `bytes ${start}-${end - 1}/${size}`

/** Several ranges in one body, as Go's multipart writer lays them out. */
export interface Multipart {
  readonly contentType: string
  readonly bytes: number
  readonly body: () => AsyncIterable<Uint8Array>
}

export const multipart = (file: StoredFile, ranges: ReadonlyArray<ByteRange>, contentType: string): Multipart => {
  const boundary = Array.from(randomBytes(30), (byte) => byte.toString(16).padStart(2, "0")).join("")
  const heads = ranges.map((range, index) =>
    utf8(
      `${index === 0 ? "" : "\r\n"}--${boundary}\r\nContent-Range: ${contentRange(range, file.bytes)}\r\n` +
        `Content-Type: ${contentType}\r\n\r\n`
    )
  )
  const tail = utf8(`\r\n--${boundary}--\r\n`)
  const lengths = [...heads.map((head) => head.byteLength), ...ranges.map(({ end, start }) => end - start)]
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    bytes: lengths.reduce((sum, length) => sum + length, tail.byteLength),
    body: async function* () {
      for (const [index, range] of ranges.entries()) {
        const head = heads[index]
        if (head !== undefined) yield head
        yield* file.stored(range)
      }
      yield tail
    }
  }
}
