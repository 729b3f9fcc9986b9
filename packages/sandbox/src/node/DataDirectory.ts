import { createReadStream } from "node:fs"
import { readdir } from "node:fs/promises"
import { basename, join, relative, sep } from "node:path"
import { Effect } from "effect"
import type { ApiVersion, DataSource, ResourceType, SubJob } from "../DataSource.ts"
import { describeFailure } from "../FileStore.ts"
import { parseRfc3339 } from "../internal/Time.ts"
import {
  DataDirectoryError,
  MixedTypes,
  NoFiles,
  NoResourceType,
  NotJson,
  NoVersion,
  UnknownType,
  Unreadable
} from "./DataDirectoryError.ts"

interface DataFile {
  readonly path: string
  readonly version: ApiVersion
  readonly type: ResourceType
  readonly lines: number
}

const newline = 0x0a

/** The lines of a file as the bytes they are, without their newlines. A last line needs none. */
export const linesOf = async function* (file: string): AsyncGenerator<Uint8Array> {
  let begun: Array<Uint8Array> = []
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
    const bytes: Uint8Array = chunk
    let from = 0
    for (let to = bytes.indexOf(newline); to !== -1; to = bytes.indexOf(newline, from)) {
      const end = bytes.subarray(from, to)
      yield begun.length === 0 ? end : Buffer.concat([...begun, end])
      begun = []
      from = to + 1
    }
    if (from < bytes.byteLength) begun.push(bytes.subarray(from))
  }
  if (begun.length > 0) yield Buffer.concat(begun)
}

const decoder = new TextDecoder()

const parseObject = (line: Uint8Array): object | undefined => {
  try {
    const value: unknown = JSON.parse(decoder.decode(line))
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isBlank = (line: Uint8Array): boolean => line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)

const typesOfVersion: Readonly<Record<ApiVersion, ReadonlyArray<ResourceType>>> = {
  v1: ["Patient", "Coverage", "ExplanationOfBenefit"],
  v2: ["Patient", "Coverage", "ExplanationOfBenefit", "Claim", "ClaimResponse"],
  v3: ["Patient", "Coverage", "ExplanationOfBenefit"]
}

/** The version that starts the file's own name, or else that of the nearest folder, the data directory included. */
const versionOf = (directory: string, file: string): ApiVersion | undefined => {
  const names = [basename(directory), ...relative(directory, file).split(sep)].toReversed()
  for (const name of names) {
    const [, version] = /^(v[123])(?!\d)/.exec(name) ?? []
    if (version === "v1" || version === "v2" || version === "v3") return version
  }
  return undefined
}

type Reason = DataDirectoryError["reason"]

/** Reads a whole file once, so that what is wrong with it is known before anybody exports it. */
const inspect = async (directory: string, file: string): Promise<DataFile | Reason | undefined> => {
  const shown = relative(directory, file)
  let type: string | undefined
  let number = 0
  for await (const line of linesOf(file)) {
    number++
    if (isBlank(line)) continue
    const resource = parseObject(line)
    if (resource === undefined) return new NotJson({ path: shown, line: number })
    const found = "resourceType" in resource ? resource.resourceType : undefined
    if (typeof found !== "string") return new NoResourceType({ path: shown, line: number })
    type ??= found
    if (found !== type) return new MixedTypes({ path: shown, line: number, first: type, found })
  }
  if (type === undefined) return undefined
  const version = versionOf(directory, file)
  if (version === undefined) return new NoVersion({ path: shown })
  const known = typesOfVersion[version].find((one) => one === type)
  if (known === undefined) return new UnknownType({ path: shown, type, version })
  return { path: file, version, type: known, lines: number }
}

/** Lines updated after a moment. A line without a readable `meta.lastUpdated` stays in. */
const updatedAfter = async function* (lines: AsyncIterable<Uint8Array>, since: Date): AsyncGenerator<Uint8Array> {
  for await (const line of lines) {
    const resource = parseObject(line)
    const meta: unknown = resource !== undefined && "meta" in resource ? resource.meta : undefined
    const text = typeof meta === "object" && meta !== null && "lastUpdated" in meta ? meta.lastUpdated : undefined
    const updated = typeof text === "string" ? parseRfc3339(text) : undefined
    if (updated === undefined || updated > since.getTime() * 1000) yield line
  }
}

/** One sub-job per file; a type without files still has a sub-job, one that finds nothing. */
const planned = (files: ReadonlyArray<DataFile>, type: ResourceType, since: Date | undefined): ReadonlyArray<SubJob> =>
  files.length === 0
    ? [{ type, people: 0, lines: () => [] }]
    : files.map((file) => ({
        type,
        people: file.lines,
        lines: () => (since === undefined ? linesOf(file.path) : updatedAfter(linesOf(file.path), since))
      }))

const unreadable = (path: string) => (cause: unknown) =>
  new DataDirectoryError({ reason: new Unreadable({ path, detail: describeFailure(cause) }) })

/**
 * Serves NDJSON files that somebody else made: every `*.ndjson` below a directory, to every persona. The API version is
 * the `v1`, `v2` or `v3` that starts the file's name or its folder's, the type comes from the lines, and the lines go
 * out byte for byte as they came in. `_type` and `_since` select; `_typeFilter`, groups and people do not.
 *
 * All files are read through once, here, so that mistakes show at the start. Fails with `DataDirectoryError`.
 */
export const dataDirectory = Effect.fn("dataDirectory")(function* (
  directory: string
): Effect.fn.Return<DataSource, DataDirectoryError> {
  const entries = yield* Effect.tryPromise({
    try: () => readdir(directory, { recursive: true, withFileTypes: true }),
    catch: unreadable(directory)
  })
  const paths = entries
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith(".ndjson"))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  const files: Array<DataFile> = []
  for (const file of paths) {
    const inspected = yield* Effect.tryPromise({
      try: () => inspect(directory, file),
      catch: unreadable(relative(directory, file))
    })
    if (inspected === undefined) continue
    if ("_tag" in inspected) return yield* new DataDirectoryError({ reason: inspected })
    files.push(inspected)
  }
  if (files.length === 0) return yield* new DataDirectoryError({ reason: new NoFiles({ path: directory }) })
  const openClaims = files.some(({ type }) => type === "Claim" || type === "ClaimResponse")
  return {
    kinds: () => (openClaims ? ["adjudicated", "partially-adjudicated"] : ["adjudicated"]),
    // The files are everybody's, so there is nothing apart for new people.
    plan: ({ newcomers, since, types, version }) =>
      newcomers === true
        ? []
        : types.flatMap((type) =>
            planned(
              files.filter((file) => file.version === version && file.type === type),
              type,
              since
            )
          )
  }
})
