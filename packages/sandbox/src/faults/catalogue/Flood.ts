import { Schema } from "effect"
import { ConnectionLost, type Reply, utf8 } from "../../internal/Http.ts"
import { leavable } from "../Body.ts"
import { withoutHeader } from "../Edit.ts"
import { type Changes, faultWith, type Moment } from "../Fault.ts"
import { whole } from "../Option.ts"

const megabyte = 1_000_000

const limited = Schema.Struct({
  megabytes: whole(1000, "after so many megabytes, as a client gets to see them, the connection ends")
})

/** Sends one chunk again and again, until the reader has had enough or the limit is reached. */
const flood = (head: Uint8Array, chunk: Uint8Array, times: number, struck: () => void) =>
  leavable(async function* (left) {
    struck()
    yield head
    for (let sent = 0; sent < times && !left.aborted; sent++) yield chunk
    throw new ConnectionLost({ how: "closed" })
  })

const flooding = (
  megabytes: number,
  change: (moment: Moment) => {
    readonly head: Uint8Array
    readonly chunk: Uint8Array
    readonly seen: number
    readonly gzip: boolean
  }
): Changes => ({
  wire: (reply, moment) => {
    if (reply.status !== 200) return reply
    const { chunk, gzip, head, seen } = change(moment)
    const plain = withoutHeader(withoutHeader(reply, "Content-Length"), "Content-Encoding")
    const headers: Reply["headers"] = gzip ? [...plain.headers, ["Content-Encoding", "gzip"]] : plain.headers
    return { ...plain, headers, body: flood(head, chunk, Math.ceil((megabytes * megabyte) / seen), moment.later()) }
  }
})

/**
 * A gzip stream of blanks, made by hand so that it costs nothing: after one blank, every 13 bits repeat it 258 times. Its bits repeat after 13
 * bytes, which stand for 8 times 258 blanks; that is nearly 160 to 1.
 */
const bomb = () => {
  const bits: Array<number> = []
  // Lowest bit first: last block, fixed Huffman codes.
  bits.push(1, 1, 0)
  // Highest bit first: the literal blank, and then again and again length 258, distance 1.
  for (const bit of "01010000") bits.push(Number(bit))
  while (bits.length < 8 * 13 * 2) for (const bit of "1100010100000") bits.push(Number(bit))
  const byteAt = (index: number) =>
    bits.slice(index * 8, index * 8 + 8).reduce((sum, bit, place) => sum + (bit << place), 0)
  const head = Uint8Array.from([
    0x1f,
    0x8b,
    8,
    0,
    0,
    0,
    0,
    0,
    0,
    0xff,
    ...Array.from({ length: 13 }, (_, index) => byteAt(index))
  ])
  // The first 11 bits of the stream are not of the pattern, but the second 13 bytes are.
  const period = Array.from({ length: 13 }, (_, index) => byteAt(index + 13))
  const chunk = new Uint8Array(13 * 4096)
  for (let at = 0; at < chunk.byteLength; at++) chunk[at] = period[at % 13] ?? 0
  return { head, chunk, seen: 4096 * 8 * 258, gzip: true }
}

const repeated = (text: string, bytes = 64 * 1024): Uint8Array => utf8(text.repeat(Math.ceil(bytes / text.length)))

/** Answers without an end. */
export const floodFaults = {
  "gzip-bomb": faultWith(limited, {
    title: "a small gzip stream that inflates to a gigabyte of blanks, 1 to 158",
    where: ["file", "error-file"],
    strike: ({ megabytes }) => flooding(megabytes, bomb)
  }),
  "endless-line": faultWith(limited, {
    title: "a file of one line that does not end",
    where: ["file", "error-file"],
    strike: ({ megabytes }) =>
      flooding(megabytes, () => {
        const chunk = repeated("very long ")
        return {
          head: utf8('{"resourceType":"Patient","id":"-1","text":"'),
          chunk,
          seen: chunk.byteLength,
          gzip: false
        }
      })
  }),
  "endless-body": faultWith(limited, {
    title: "an answer that does not end: lines of a file without end, or blanks before a JSON document",
    where: ["file", "error-file", "token", "manifest", "jobs", "attribution", "metadata"],
    strike: ({ megabytes }) => ({
      ...flooding(megabytes, ({ place }) => {
        const isFile = place === "file" || place === "error-file"
        const chunk = repeated(isFile ? '{"resourceType":"Patient","id":"-1"}\n' : " ")
        return { head: new Uint8Array(0), chunk, seen: chunk.byteLength, gzip: false }
      })
    })
  })
}
