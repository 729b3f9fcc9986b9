import { Effect, Result, Schema, SchemaIssue } from "effect"
import { parseRfc3339 } from "../internal/Time.ts"
import { catalogue, type FaultName, isFaultName } from "./catalogue/index.ts"
import { type Changes, type Fault, type FaultPlace, faultPlaces, isRecord } from "./Fault.ts"
import { FaultsError } from "./FaultsError.ts"
import { millisOf } from "./Option.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const Instant = Schema.String.check(
  Schema.makeFilter(
    (words) =>
      parseRfc3339(words) !== undefined ||
      millisOf(words) !== undefined ||
      "an instant such as 2026-10-06T10:00:00Z, or a length of time such as 10 minutes"
  )
)

/** Which requests of the place a fault strikes. All conditions have to hold; counts start when the instruction is set. */
export const FaultTiming = Schema.Struct({
  /** Only these requests of the place, counted from 1 over the requests that `version`, `persona`, `path` and `type` leave. */
  nth: Schema.optionalKey(Schema.Union([Count, Schema.Array(Count)])),
  /** Only every so many requests: 3 strikes the third, the sixth, … */
  every: Schema.optionalKey(Count),
  /** Only after so many requests: 3 strikes the fourth and all later ones. */
  after: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  /** Only from this instant on, or from so long after the instruction was set, on the sandbox's clock. */
  from: Schema.optionalKey(Instant),
  /** Only before this instant, or until so long after the instruction was set, on the sandbox's clock. */
  until: Schema.optionalKey(Instant),
  /** Only this API; of files, those of its jobs. */
  version: Schema.optionalKey(Schema.Literals(["v1", "v2", "v3"])),
  /** Only requests of this persona, known by its id. */
  persona: Schema.optionalKey(Schema.String),
  /** Only requests whose path and query contain this text. */
  path: Schema.optionalKey(Schema.String),
  /** Only files of this resource type. */
  type: Schema.optionalKey(Schema.String)
})
export type FaultTiming = typeof FaultTiming.Type

/**
 * One fault to bring about, as plain JSON: which, where, when, how often, and the fault's own options beside them.
 *
 * @example
 * { fault: "cut", where: "file", when: { nth: 2 }, times: 1, bytes: 1000 }
 */
export interface FaultInstruction {
  readonly fault: FaultName
  /** One of the fault's places, or several. Default: its first. */
  readonly where?: FaultPlace | ReadonlyArray<FaultPlace>
  readonly when?: FaultTiming
  /** How often it strikes. Default: always. */
  readonly times?: number
  /** The fault's own options, for example `bytes`. */
  readonly [option: string]: unknown
}

/** An instruction that was understood. */
export interface BoundInstruction {
  readonly instruction: FaultInstruction
  readonly fault: Fault
  readonly where: ReadonlyArray<FaultPlace>
  readonly when: FaultTiming
  readonly times: number
  readonly changes: Changes
}

const Place = Schema.Literals(faultPlaces)

/** What every instruction may have, besides `fault` and the fault's options. */
const common = {
  where: Schema.optionalKey(Schema.Union([Place, Schema.Array(Place)])),
  when: Schema.optionalKey(FaultTiming),
  times: Schema.optionalKey(Count)
}

const words = SchemaIssue.makeFormatterStandardSchemaV1()

const problemOf = (name: string, { issue }: Schema.SchemaError): string =>
  words(issue)
    .issues.map(({ message, path }) => {
      const at = (path ?? []).map((key) => String(typeof key === "object" ? key.key : key)).join(".")
      return at === "" ? message : `"${at}" of ${name}: ${message}`
    })
    .join("; ")

/** How many letters have to change, go or come to make one word of another. */
const distance = (from: string, to: string): number => {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [row, letter] of from.split("").entries()) {
    const next = [row + 1]
    for (const [column, other] of to.split("").entries()) {
      const [left = 0, above = 0, corner = 0] = [next[column], previous[column + 1], previous[column]]
      next.push(Math.min(left + 1, above + 1, corner + (letter === other ? 0 : 1)))
    }
    previous = next
  }
  return previous[to.length] ?? 0
}

const nearest = (name: string): ReadonlyArray<string> => {
  const names = Object.keys(catalogue)
  const parts = names.filter((known) => name.length > 2 && known.includes(name))
  return [...new Set([...parts, ...names.toSorted((a, b) => distance(name, a) - distance(name, b))])].slice(0, 3)
}

const list = (names: ReadonlyArray<string>): string => names.map((name) => `"${name}"`).join(", ")

const bindOne = (entry: unknown, index: number): Result.Result<BoundInstruction, FaultsError> => {
  const wrong = (problem: string) => Result.fail(new FaultsError({ entry: index, problem }))
  if (!isRecord(entry))
    return wrong("an instruction is an object with the name of a fault, { fault, where?, when?, times? }")
  const { fault: name, times, when, where, ...options } = entry
  if (typeof name !== "string") return wrong('the name of the fault is missing: "fault"')
  if (!isFaultName(name)) {
    return wrong(
      `there is no fault ${list([name])} among the ${Object.keys(catalogue).length}; near it are ${list(nearest(name))}`
    )
  }
  const fault = catalogue[name]
  const given: unknown = Object.fromEntries(
    Object.entries({ where, when, times }).filter(([, value]) => value !== undefined)
  )
  const known = Schema.decodeUnknownResult(Schema.Struct(common), { onExcessProperty: "error", errors: "all" })(given)
  if (Result.isFailure(known)) return wrong(problemOf(name, known.failure))
  const stranger = Object.keys(options).find((option) => !(option in fault.fields))
  if (stranger !== undefined) {
    const has =
      fault.options.length === 0 ? "it has none" : `it has ${list(fault.options.map((option) => option.name))}`
    return wrong(`${name} has no option ${list([stranger])}; ${has}`)
  }
  const places = known.success.where === undefined ? undefined : [known.success.where].flat()
  const elsewhere = places?.find((place) => !fault.where.includes(place))
  if (elsewhere !== undefined)
    return wrong(`${name} does not strike at ${list([elsewhere])} but at ${list(fault.where)}`)
  const changes = fault.bind(options)
  if (Result.isFailure(changes)) return wrong(problemOf(name, changes.failure))
  const instruction: FaultInstruction = { ...options, ...known.success, fault: name }
  return Result.succeed({
    instruction,
    fault,
    where: places ?? (fault.everywhere === true ? fault.where : [fault.where[0]]),
    when: known.success.when ?? {},
    times: known.success.times ?? Number.POSITIVE_INFINITY,
    changes: changes.success
  })
}

/** Reads a list of instructions, each bound to its changes. */
export const bindFaults = (json: unknown): Result.Result<ReadonlyArray<BoundInstruction>, FaultsError> =>
  Array.isArray(json)
    ? Result.all(json.map(bindOne))
    : Result.fail(
        new FaultsError({ problem: "this is no list of instructions, [{ fault, where?, when?, times? }, …]" })
      )

/**
 * Reads instructions from JSON that somebody wrote: the content of a faults file, or a posted body. Fails with
 * `FaultsError` at the first entry that names no fault, a place where it does not strike, or an option it has not.
 */
export const decodeFaults = (json: unknown): Effect.Effect<ReadonlyArray<FaultInstruction>, FaultsError> =>
  Effect.fromResult(Result.map(bindFaults(json), (all) => all.map(({ instruction }) => instruction)))

/** JSON Schema (draft 2020-12) of a faults file: every fault with its places and options. */
export const faultsJsonSchema = () =>
  Schema.toJsonSchemaDocument(
    Schema.Array(
      Schema.Union(
        Object.entries(catalogue).map(([name, { fields, title, where }]) =>
          Schema.Struct({
            fault: Schema.Literal(name),
            ...common,
            where: Schema.optionalKey(Schema.Union([Schema.Literals(where), Schema.Array(Schema.Literals(where))])),
            ...fields
          }).annotate({ description: title })
        )
      )
    )
  )
