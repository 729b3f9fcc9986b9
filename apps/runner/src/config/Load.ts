import { existsSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { Effect, Schema, SchemaIssue } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Failure } from "../Failure.ts"
import { builtIn, ConfigFile } from "./ConfigFile.ts"
import { findSecret } from "./Secrets.ts"
import { meant } from "./Spelling.ts"

/** A configuration, and where it comes from; without a file it is empty. */
export interface Configuration extends ConfigFile {
  readonly path: string | undefined
}

const names = ["bcda.config.ts", "bcda.config.mts", "bcda.config.js", "bcda.config.mjs", "bcda.config.json"]

const refuse = (why: string, next: string) =>
  new Failure({ what: "The configuration cannot be used", why, next, exitCode: ExitCode.usage })

/** JSON.parse repeats pieces of the text in its message, and a program's syntax error may; both could be a secret. Only where it is remains. */
const syntaxAt = (error: SyntaxError): string => {
  const [, line] = /\(line (\d+) /.exec(error.message) ?? []
  return line === undefined
    ? "it has a syntax error, and node --check tells where"
    : `it has a syntax error in line ${line}`
}

const messageOf = (error: unknown): string => {
  if (error instanceof SyntaxError) return syntaxAt(error)
  if (!(error instanceof Error)) return "it threw something that is no Error"
  return "code" in error && error.code === "ENOENT" ? "there is no such file" : error.message.replaceAll(/\s+/g, " ")
}

/** Node runs TypeScript by leaving the types out; no transpiler is needed. */
const imported = async (path: string): Promise<unknown> => {
  const module: { readonly default?: unknown } = await import(pathToFileURL(path).href)
  return module.default
}

/** How each kind of file is read; `begun` is told before. */
const loaders = (begun: (path: string) => void) => {
  const program = (path: string) => {
    begun(path)
    return imported(path)
  }
  const json = (path: string, text: string): unknown => {
    begun(path)
    return JSON.parse(text.replace(/^\uFEFF/, ""))
  }
  return { ".ts": program, ".mts": program, ".js": program, ".mjs": program, ".json": json }
}

/**
 * Where the search ends: at the project's root, the nearest directory that has a `package.json` or a `.git`, else right here. A file
 * further up may be anybody's, such as one in `/tmp`, and a configuration may be a program.
 */
const projectRoot = (from: string): string => {
  for (let at = from; ; at = dirname(at)) {
    if (existsSync(resolve(at, "package.json")) || existsSync(resolve(at, ".git"))) return at
    if (dirname(at) === at) return from
  }
}

const keyOf = (path: ReadonlyArray<PropertyKey>): string => path.map(String).join(".")

const unknownKey = "unknown:"

const describe = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) =>
    issue._tag === "UnexpectedKey" && issue.ast._tag === "Objects"
      ? unknownKey + issue.ast.propertySignatures.map(({ name }) => String(name)).join(",")
      : SchemaIssue.defaultLeafHook(issue)
})

/** What is wrong, member by member, without any value. */
const complaints = (issue: SchemaIssue.Issue): ReadonlyArray<string> =>
  describe(issue).issues.map(({ message, path = [] }) => {
    const keys = path.map((part) => (typeof part === "object" ? part.key : part))
    if (!message.startsWith(unknownKey)) {
      return `${keyOf(keys) || "the file"}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`
    }
    const known = message.slice(unknownKey.length).split(",")
    if (known.join("") === "") return `${keyOf(keys)} is no name of letters, digits, dots, underscores and hyphens`
    const suggestion = meant(String(keys.at(-1)), known)
    return `${keyOf(keys)} is not known${suggestion === undefined ? `, only ${known.join(", ")}` : `; did you mean ${suggestion}?`}`
  })

const decode = Schema.decodeUnknownEffect(ConfigFile, { onExcessProperty: "error", errors: "all" })

/** What a file says, if it may say so. Messages never repeat what is in the file. */
export const checkConfiguration = Effect.fnUntraced(function* (raw: unknown, path: string) {
  const secret = findSecret(raw)
  if (secret !== undefined) {
    return yield* refuse(
      `${secret} in ${path} holds a secret, or looks as if it did`,
      'Put the secret into an environment variable and its name into the file, as secrets: { clientSecret: "ACME_SECRET" }; and change a secret that was in a file.'
    )
  }
  const next = "Correct the file; bcda.config.schema.json in the package bcda-kit tells an editor what may be in it."
  if (raw === undefined)
    return yield* refuse(`${path} has no default export`, "Write: export default { targets: { … } }")
  const config = yield* decode(raw).pipe(
    Effect.mapError(({ issue }) => refuse(`${path}: ${complaints(issue).join("; ")}`, next))
  )
  const taken = builtIn.find((name) => config.targets?.[name] !== undefined)
  if (taken !== undefined) {
    const how = taken === "embedded" ? "" : `, and let it extend ${taken}: { extends: "${taken}" }`
    return yield* refuse(`${path}: targets.${taken} has a name that is taken`, `Choose another name${how}.`)
  }
  const configuration: Configuration = { ...config, path }
  return configuration
})

/** Finds and reads the configuration: the file that is named, or the nearest one from here up to the project's root, or none. */
export const loadConfiguration = Effect.fn("bcda.config")(function* (file?: string) {
  const { lilconfig } = yield* Effect.promise(() => import("lilconfig"))
  const named = file === undefined ? undefined : resolve(file)
  let reading = named ?? "bcda.config"
  const loader = lilconfig("bcda", {
    searchPlaces: names,
    stopDir: projectRoot(process.cwd()),
    loaders: loaders((path) => (reading = path)),
    cache: false
  })
  const found = yield* Effect.tryPromise({
    try: () => (named === undefined ? loader.search() : loader.load(named)),
    catch: (error) =>
      refuse(`${reading} cannot be read: ${messageOf(error)}`, "Correct the file, or name another with --config.")
  })
  if (found === null) {
    const none: Configuration = { path: undefined }
    return none
  }
  return yield* checkConfiguration(found.isEmpty === true ? {} : found.config, found.filepath)
})
