import { Result } from "effect"
import type { Manifest } from "../Manifest.ts"
import { LimitExceeded, Malformed, UnsafeName } from "../Reasons.ts"

/** A file of a manifest and where it goes. */
export interface PlannedFile {
  readonly section: "output" | "error" | "deleted"
  readonly type: string
  readonly url: string
  /** Relative to the export directory, with `/`; `keptSuffix` is added when it is kept compressed. */
  readonly path: string
}

/** What is added to the name of a file that is kept compressed. */
export const keptSuffix = ".gz"

const plainName = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/
const plainType = /^[A-Za-z][A-Za-z0-9]{0,63}$/
/** Names that mean a device on Windows, whatever follows their first dot, and names it cuts short. */
const windowsName = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|\.$/i
/** What this client itself writes next to a file that is not whole. */
const ownName = /\.part(\.(gz|from))?$/i

/**
 * Where each file of a manifest goes: `<Type>/<name>`, `error/<name>` and `deleted/<name>`, by the last part of its URL's path.
 *
 * A server could name a file `../../x`, or `con`, so only plain names are taken, as they stand and without decoding; all others are refused. Two files
 * that would meet, also on a disk that ignores case, are told apart by a number; it depends on the manifest's order alone, so that a rerun
 * finds them again. One URL listed twice would give every resource twice and is refused.
 */
export const planFiles = (
  manifest: Pick<Manifest, "deleted" | "error" | "output">,
  most: number
): Result.Result<ReadonlyArray<PlannedFile>, UnsafeName | Malformed | LimitExceeded> => {
  const listed = [manifest.output, manifest.error, manifest.deleted ?? []].reduce((sum, list) => sum + list.length, 0)
  if (listed > most) return Result.fail(new LimitExceeded({ file: "the manifest", limit: "files", most }))
  const planned: Array<PlannedFile> = []
  const urls = new Set<string>()
  const taken = new Set<string>()
  for (const section of ["output", "error", "deleted"] as const) {
    for (const { type, url } of manifest[section] ?? []) {
      if (!plainType.test(type) || windowsName.test(type)) return Result.fail(unsafe(type))
      const name = nameOf(url)
      if (!plainName.test(name) || windowsName.test(name) || ownName.test(name)) return Result.fail(unsafe(name))
      if (urls.has(url)) return Result.fail(new Malformed({ detail: `the manifest lists ${name} twice` }))
      urls.add(url)
      const path = distinct(`${section === "output" ? type : section}/${name}`, taken)
      planned.push({ section, type, url, path })
    }
  }
  return Result.succeed(planned)
}

const nameOf = (url: string): string => /[^/]*$/.exec((URL.parse(url)?.pathname ?? "").replaceAll("\\", "/"))?.[0] ?? ""

const unsafe = (name: string): UnsafeName =>
  new UnsafeName({ name: name.slice(0, 80).replaceAll(/[^A-Za-z0-9._-]/g, "?") || "(no name)" })

const distinct = (path: string, taken: Set<string>): string => {
  const isTaken = (candidate: string) =>
    [candidate, candidate + keptSuffix].some((name) => taken.has(name.toLowerCase()))
  let candidate = path
  for (let n = 2; isTaken(candidate); n++) candidate = path.replace(/(?=\.[^/]*$|$)/, `-${n}`)
  taken.add(candidate.toLowerCase()).add((candidate + keptSuffix).toLowerCase())
  return candidate
}
