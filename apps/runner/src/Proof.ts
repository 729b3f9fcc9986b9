import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { createGunzip } from "node:zlib"
import { Receipt } from "@bcda-kit/core"
import { Effect, Schema } from "effect"

/** A file of an export that is not what the receipt says. */
export interface Mismatch {
  readonly path: string
  readonly detail: string
}

/** What reading an export back from disk gave. */
export interface Proof {
  readonly receipt: Receipt
  readonly mismatches: ReadonlyArray<Mismatch>
}

interface Measured {
  readonly bytes: number
  readonly lines: number
  readonly sha256: string
}

const newline = 0x0a

/** Reads one file whole, inflating it if it is kept compressed. */
const measure = async (path: string): Promise<Measured> => {
  const hash = createHash("sha256")
  let bytes = 0
  let lines = 0
  let last = newline
  const count = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
      for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) lines += 1
      last = chunk.at(-1) ?? last
    }
  }
  const file = createReadStream(path)
  await (path.endsWith(".gz") ? pipeline(file, createGunzip(), count) : pipeline(file, count))
  return { bytes, lines: last === newline ? lines : lines + 1, sha256: hash.digest("hex") }
}

const compare = async (directory: string, file: Receipt["files"][number]): Promise<ReadonlyArray<Mismatch>> => {
  try {
    const measured = await measure(join(directory, file.path))
    const wrong = (["bytes", "lines", "sha256"] as const).filter((key) => measured[key] !== file[key])
    return wrong.map((key) => ({
      path: file.path,
      detail: `${key} is ${measured[key]}, the receipt says ${file[key]}`
    }))
  } catch (error) {
    return [{ path: file.path, detail: error instanceof Error ? error.message : "unreadable" }]
  }
}

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Receipt))

/**
 * Proves an export directory against its receipt by reading every file back from disk. It shares no code with the
 * client that wrote the files, so that a fault of the writing is not repeated in the proving.
 */
export const prove = Effect.fn("bcda.prove")(function* (directory: string) {
  const text = yield* Effect.promise(() => readFile(join(directory, "receipt.json"), "utf8"))
  const receipt = yield* decode(text)
  const mismatches = yield* Effect.forEach(receipt.files, (file) => Effect.promise(() => compare(directory, file)))
  const proof: Proof = { receipt, mismatches: mismatches.flat() }
  return proof
})
