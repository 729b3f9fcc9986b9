import type { Target } from "@bcda-kit/core"
import { Effect, Result } from "effect"
import * as Connection from "../Connection.ts"
import { builtIn } from "../config/ConfigFile.ts"
import { type Configuration, loadConfiguration } from "../config/Load.ts"
import { settle } from "../config/Settle.ts"
import { json, result } from "../Output.ts"

interface TargetsInput {
  readonly config: string | undefined
  readonly json: boolean
}

/** A target as it would be used, without anything secret. */
interface Row {
  readonly name: string
  readonly isDefault: boolean
  readonly baseUrl?: string
  readonly apiVersion?: string
  readonly auth?: string
  readonly group?: string | undefined
  readonly caFile?: string | undefined
  /** The variables that hold its credentials, and whether they are set. */
  readonly variables?: Readonly<Record<string, boolean>>
  /** Why it cannot be used. */
  readonly problem?: string
}

const variablesOf = Effect.fnUntraced(function* (target: Target, connection: Connection.Connection) {
  const names = Connection.variablesFor(target, connection)
  const values = yield* Effect.forEach(names, Connection.variable)
  return Object.fromEntries(names.map((name, at) => [name, values[at] !== ""]))
})

const rowOf = Effect.fnUntraced(function* (name: string, config: Configuration): Effect.fn.Return<Row> {
  const row = { name, isDefault: config.defaults?.target === name }
  if (name === "embedded") return row
  const { group } = config.targets?.[name] ?? {}
  const found = Result.flatMap(settle({ target: name }, config), (connection) =>
    Result.map(Connection.named(connection), (target) => ({ connection, target }))
  )
  if (Result.isFailure(found)) return { ...row, problem: found.failure.why }
  const { connection, target } = found.success
  const { apiVersion, auth, baseUrl } = target
  const { caFile } = connection
  return { ...row, baseUrl, apiVersion, auth, group, caFile, variables: yield* variablesOf(target, connection) }
})

const text = ({ apiVersion, auth, baseUrl, caFile, group, isDefault, name, problem, variables = {} }: Row): string => {
  const words = [
    baseUrl ?? problem ?? "a sandbox started for the run",
    apiVersion,
    auth,
    group === undefined ? undefined : `group ${group}`,
    caFile === undefined ? undefined : `trusts ${caFile}`,
    ...Object.entries(variables).map(([variable, isSet]) => `${variable} ${isSet ? "set" : "not set"}`)
  ]
  return `${name}${isDefault ? " (default)" : ""}\t${words.filter((word) => word !== undefined).join(", ")}`
}

const options = (values: object): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ")

/** Lists what `--target` may name, and what the configuration says. */
export const targets = Effect.fnUntraced(function* (input: TargetsInput) {
  const config = yield* loadConfiguration(input.config)
  const { defaults = {}, path, presets = {} } = config
  const names = [...builtIn, ...Object.keys(config.targets ?? {})]
  const rows = yield* Effect.forEach(names, (name) => rowOf(name, config))
  if (input.json) {
    yield* Effect.forEach(rows, json, { discard: true })
    return yield* json({ config: path ?? null, targets: rows.length, presets, defaults })
  }
  yield* result(
    [
      ...rows.map(text),
      ...Object.entries(presets).map(([name, values]) => `--preset ${name}\t${options(values)}`),
      ...(Object.keys(defaults).length === 0 ? [] : [`defaults\t${options(defaults)}`]),
      path === undefined ? "no configuration was found here" : `from ${path}`
    ].join("\n")
  )
})
