import { Effect } from "effect"
import type { Connection } from "../Connection.ts"
import { ExitCode } from "../ExitCode.ts"
import { type Exporting, stdout } from "../Exporting.ts"
import { Failure } from "../Failure.ts"
import { misused, type RequestInput } from "../RequestInput.ts"
import type { ExportDefaults } from "./ConfigFile.ts"
import { type Configuration, loadConfiguration } from "./Load.ts"
import { type ConnectionFlags, configured, settle } from "./Settle.ts"
import { meant } from "./Spelling.ts"

type Named = Exclude<keyof ExportDefaults, "apiVersion" | "limits" | "target">

/** What may come from the command line or from a configuration. */
type Options = { readonly [Name in Named]?: ExportDefaults[Name] | undefined } & {
  /** `NAME=N` each. */
  readonly limits?: ReadonlyArray<string> | undefined
}

/** What the command line of `bcda export` says. */
export interface ExportInput extends ConnectionFlags, Options {
  readonly preset?: string | undefined
  readonly startAgain: boolean
  readonly json: boolean
}

/** An export with nothing left open. */
export interface SettledExport extends RequestInput, Omit<Exporting, "adopt" | "request" | "sinceLast"> {
  readonly connection: Connection
  readonly adopt: boolean
  readonly acceptErrors: boolean
  readonly evenIfUnchanged: boolean
  readonly limits: ReadonlyArray<string> | undefined
}

/** Options that exclude each other: who says the first ones, takes away what a lower layer says of the others. */
const opponents: ReadonlyArray<readonly [ReadonlyArray<keyof Options>, ReadonlyArray<keyof Options>]> = [
  [["group"], ["patient"]],
  [["patient"], ["group"]],
  [["typeFilter"], ["claims", "finalAction", "serviceFrom", "serviceTo"]],
  [["claims", "finalAction", "serviceFrom", "serviceTo"], ["typeFilter"]]
]

const without = (options: Options, names: ReadonlySet<string>): Options =>
  Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== undefined && !names.has(name)))

/** One layer of options upon another. */
const over = (higher: Options, lower: Options): Options => {
  const away = opponents.filter(([says]) => says.some((name) => higher[name] !== undefined && higher[name] !== false))
  return { ...without(lower, new Set(away.flatMap(([, names]) => names))), ...without(higher, new Set()) }
}

/** A preset or the defaults as options; its paths are relative to the configuration. */
const optionsOf = ({ limits, out, watermarks, ...rest }: ExportDefaults, config: Configuration): Options => ({
  ...rest,
  out: out === undefined || out === stdout ? out : configured(config, out),
  watermarks: watermarks === undefined ? undefined : configured(config, watermarks),
  limits: limits && Object.entries(limits).map(([name, most]) => `${name}=${most}`)
})

const presetOf = ({ preset }: ExportInput, { path, presets = {} }: Configuration) => {
  if (preset === undefined) return Effect.succeed<ExportDefaults>({})
  const found = presets[preset]
  if (found !== undefined) return Effect.succeed(found)
  const names = Object.keys(presets)
  const suggestion = meant(preset, names)
  return new Failure({
    what: `There is no preset ${preset}`,
    why: path === undefined ? "no configuration was found here" : `${path} has ${names.join(", ") || "no presets"}`,
    next: suggestion === undefined ? "Write it below presets, or leave --preset away." : `Did you mean ${suggestion}?`,
    exitCode: ExitCode.usage
  })
}

/** An export as command line, preset, target and defaults say together, the first of them winning. */
export const settleExport = Effect.fnUntraced(function* (input: ExportInput) {
  const config = yield* loadConfiguration(input.config)
  const preset = yield* presetOf(input, config)
  const connection = yield* Effect.fromResult(settle(input, config, preset))
  const group = connection.name === undefined ? undefined : config.targets?.[connection.name]?.group
  const layers = [input, optionsOf(preset, config), { group }, optionsOf(config.defaults ?? {}, config)]
  const options = layers.reduce<Options>(over, {})
  const { out } = options
  if (out === undefined) {
    return yield* misused(
      `--out is not given, and ${config.path === undefined ? "there is no configuration that says" : `${config.path} does not say`} where the files go`,
      "Add --out DIR, or --out - for stdout."
    )
  }
  const settled: SettledExport = {
    connection,
    json: input.json,
    startAgain: input.startAgain,
    out,
    group: options.group,
    patient: options.patient ?? false,
    type: options.type,
    since: options.since,
    typeFilter: options.typeFilter,
    claims: options.claims,
    finalAction: options.finalAction ?? false,
    serviceFrom: options.serviceFrom,
    serviceTo: options.serviceTo,
    watermarks: options.watermarks,
    acceptErrors: options.acceptErrors ?? false,
    evenIfUnchanged: options.evenIfUnchanged ?? false,
    adopt: options.adopt ?? false,
    cancelOnInterrupt: options.cancelOnInterrupt ?? false,
    verify: options.verify,
    concurrency: options.concurrency,
    gzip: options.gzip ?? "decode",
    limits: options.limits
  }
  return settled
})
