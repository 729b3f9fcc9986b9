import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { gunzipSync } from "node:zlib"
import { Receipt } from "@bcda-kit/core"
import { Schema } from "effect"
import { sha256 } from "./Claims.ts"

/** A file under its final name. */
export interface Found {
  readonly path: string
  /** Of its content, inflated if it was kept compressed. */
  readonly sha256: string
  readonly bytes: number
  readonly lines: number
}

/** What an export has left in its directory. */
export interface Contents {
  readonly files: ReadonlyArray<Found>
  readonly receipt: Receipt | undefined
  /** Neither a file of the export, nor one of those that the client writes for itself. */
  readonly leftovers: ReadonlyArray<string>
  /** The client's own records, as text. */
  readonly records: string
}

const own = ["journal.jsonl", "manifest.json", "receipt.json"]
const unfinished = /\.part(\.gz|\.from)?$/

const readReceipt = Schema.decodeUnknownSync(Schema.fromJsonString(Receipt))

const found = (directory: string, path: string): Found => {
  const bytes = readFileSync(join(directory, path))
  const content = path.endsWith(".gz") ? gunzipSync(bytes) : bytes
  const text = content.toString("latin1")
  return {
    path,
    sha256: sha256(content),
    bytes: content.byteLength,
    lines: text.split("\n").filter((line) => line.trim() !== "").length
  }
}

export const contentsOf = (directory: string): Contents => {
  const paths = existsSync(directory)
    ? readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll(sep, "/"))
    : []
  const text = (name: string) => (paths.includes(name) ? readFileSync(join(directory, name), "utf8") : "")
  const others = paths.filter((path) => !own.includes(path))
  return {
    files: others.filter((path) => path.includes("/") && !unfinished.test(path)).map((path) => found(directory, path)),
    receipt: paths.includes("receipt.json") ? readReceipt(text("receipt.json")) : undefined,
    leftovers: others.filter((path) => !path.includes("/") || unfinished.test(path)),
    records: text("journal.jsonl") + text("receipt.json")
  }
}
