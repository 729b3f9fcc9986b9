import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

export const root = dirname(dirname(import.meta.dirname))

export const read = (file: string): string => readFileSync(join(root, file), "utf8")

/** False for sources that were downloaded as an archive. */
export const isCheckout = existsSync(join(root, ".git"))

const listed = () =>
  execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })

/** Every file that git knows and that is still there, relative to the root. */
export const trackedFiles: ReadonlyArray<string> = (isCheckout ? listed() : "")
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(root, file)))

export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly files?: ReadonlyArray<string>
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Package {
  readonly folder: string
  readonly manifest: Manifest
}

const manifestOf = (file: string): Manifest => JSON.parse(read(file))

export const packages: ReadonlyArray<Package> = trackedFiles
  .filter((file) => /^((packages|apps)\/[^/]+|examples)\/package\.json$/.test(file))
  .map((file) => ({ folder: dirname(file), manifest: manifestOf(file) }))

/** What a source file imports, exports from, or loads later. */
export const importsOf = (file: string): ReadonlyArray<string> => {
  const specifiers = read(file).matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^\s*import\s+)["']([^"']+)["']/gm)
  return [...specifiers].map(([, specifier]) => specifier ?? "")
}
