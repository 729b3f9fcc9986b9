import { dirname, resolve } from "node:path"
import { Effect, Result } from "effect"
import type { Connection } from "../Connection.ts"
import { ExitCode } from "../ExitCode.ts"
import { Failure } from "../Failure.ts"
import { builtIn, type ConfiguredTarget, type ExportDefaults } from "./ConfigFile.ts"
import { type Configuration, loadConfiguration } from "./Load.ts"
import { meant } from "./Spelling.ts"

/** What the command line says about the server; what it leaves out, a configuration may say. */
export interface ConnectionFlags
  extends Pick<
    Connection,
    "apiVersion" | "auth" | "clientIdEnv" | "clientSecretEnv" | "keyEnv" | "keyId" | "tokenEndpoint"
  > {
  readonly target?: string | undefined
  /** The configuration to use. Default: the nearest one. */
  readonly config?: string | undefined
}

const refuse = (what: string, why: string, next: string) => new Failure({ what, why, next, exitCode: ExitCode.usage })

/** A path of the configuration, which is relative to it. */
export const configured = (config: Configuration, path: string): string =>
  config.path === undefined ? path : resolve(dirname(config.path), path)

/** Whether a word can be no name: it is a URL, a file, or whatever else the command itself knows. */
const isAddress = (word: string): boolean => word.includes("/") || word.includes(":") || /\.json$/i.test(word)

const missing = ({ path }: Configuration) =>
  refuse(
    "There is no target",
    `--target is not given, and ${path === undefined ? "there is no bcda.config.ts or .json that names a default" : `${path} has no defaults.target`}`,
    "Add --target embedded, sandbox, production, a name from the configuration, or a URL."
  )

const unknown = (name: string, { path, targets = {} }: Configuration) => {
  const names = [...builtIn, ...Object.keys(targets)]
  const suggestion = meant(name, names)
  const where = path === undefined ? "and no configuration was found here" : `and ${path} has none of that name`
  return refuse(
    "The target cannot be used",
    `${name} is no URL, no target that everybody has, ${where}`,
    suggestion === undefined
      ? `Use ${names.join(", ")}, or a URL; bcda targets lists them.`
      : `Did you mean ${suggestion}? bcda targets lists all.`
  )
}

/** A configured target under the flags: what a flag says wins. */
const merged = (name: string, target: ConfiguredTarget, flags: ConnectionFlags, config: Configuration): Connection => {
  const { secrets = {} } = target
  return {
    name,
    // one of the two is there, by the schema
    target: target.extends ?? target.baseUrl ?? "",
    apiVersion: flags.apiVersion ?? target.apiVersion,
    auth: flags.auth ?? target.auth,
    tokenEndpoint: flags.tokenEndpoint ?? target.tokenEndpoint,
    tokenScope: target.tokenScope,
    allowedOrigins: target.allowedOrigins,
    caFile: target.caFile === undefined ? undefined : configured(config, target.caFile),
    clientIdEnv: flags.clientIdEnv ?? secrets.clientId,
    clientSecretEnv: flags.clientSecretEnv ?? secrets.clientSecret,
    keyEnv: flags.keyEnv ?? secrets.key,
    keyId: flags.keyId ?? target.keyId,
    credentialsMade: target.credentialsMade
  }
}

/** Which server is meant, by flag, preset, target and defaults, in this order. */
export const settle = (
  flags: ConnectionFlags,
  config: Configuration,
  preset: ExportDefaults = {}
): Result.Result<Connection, Failure> => {
  const word = flags.target ?? preset.target ?? config.defaults?.target
  if (word === undefined) return Result.fail(missing(config))
  const target = config.targets?.[word]
  const above: ConnectionFlags = { ...flags, apiVersion: flags.apiVersion ?? preset.apiVersion }
  const apiVersion = config.defaults?.apiVersion
  if (target !== undefined) {
    const connection = merged(word, target, above, config)
    return Result.succeed({ ...connection, apiVersion: connection.apiVersion ?? defaultFor(connection, apiVersion) })
  }
  if (!builtIn.some((name) => name === word) && !isAddress(word)) return Result.fail(unknown(word, config))
  const connection: Connection = { ...above, target: word }
  return Result.succeed({ ...connection, apiVersion: connection.apiVersion ?? defaultFor(connection, apiVersion) })
}

/** The default API version is about BCDAs, and a URL that names its version is not overruled. */
const defaultFor = ({ auth, target }: Connection, apiVersion: Connection["apiVersion"]) =>
  (auth !== undefined && auth !== "basic") || /\/api\/v[123]\/*$/.test(target) ? undefined : apiVersion

/** The same with the configuration that the flags name, or the nearest one. */
export const settled = Effect.fnUntraced(function* (flags: ConnectionFlags) {
  const config = yield* loadConfiguration(flags.config)
  return yield* Effect.fromResult(settle(flags, config))
})
