import { ExportRequest, type Limits, type PolicyOptions, type Scope, TypeFilter } from "@bcda-kit/core"
import { Effect, Result, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { Failure } from "./Failure.ts"

/** The part of the command line that says what to ask for. */
export interface RequestInput {
  readonly group: string | undefined
  readonly patient: boolean
  readonly type: ReadonlyArray<string> | undefined
  readonly since: string | undefined
  readonly typeFilter: string | undefined
  readonly claims: "adjudicated" | "partial" | "all" | undefined
  readonly finalAction: boolean
  readonly serviceFrom: string | undefined
  readonly serviceTo: string | undefined
}

/** A command line that makes no sense. */
export const misused = (why: string, next: string) =>
  new Failure({ what: "bcda export cannot be run like this", why, next, exitCode: ExitCode.usage })

const systems = {
  adjudicated: TypeFilter.adjudicated,
  partial: TypeFilter.partiallyAdjudicated,
  all: TypeFilter.allClaims
} as const

const decodeFilter = Schema.decodeUnknownResult(TypeFilter)

/** The filter of the flags that spell one out, if there are any. */
const filterOf = (input: RequestInput): Result.Result<string | undefined, Failure> => {
  const { claims, finalAction, serviceFrom, serviceTo } = input
  const filter = {
    ...(claims === undefined ? {} : systems[claims]),
    ...(finalAction ? { finalAction } : {}),
    ...(serviceFrom === undefined ? {} : { serviceFrom }),
    ...(serviceTo === undefined ? {} : { serviceTo })
  }
  if (Object.keys(filter).length === 0) return Result.succeed(input.typeFilter)
  if (input.typeFilter !== undefined) {
    const why = "--type-filter and the flags that write a filter exclude each other"
    return Result.fail(misused(why, "Leave --type-filter away, or --claims, --final-action and --service-from/to."))
  }
  return decodeFilter(filter).pipe(
    Result.map(({ text }) => text),
    Result.mapError(({ message }) =>
      misused(`the filter is none: ${message.replaceAll(/\s+/g, " ")}`, "Write days as 2026-01-31, the earlier first.")
    )
  )
}

const scopeOf = ({ group, patient }: RequestInput, isBcda: boolean): Scope => {
  if (patient) return "patient"
  if (group === undefined) return isBcda ? "all" : "system"
  return isBcda && (group === "all" || group === "runout") ? group : { group }
}

/** The request that the flags describe; `--since auto` is not its business. */
export const toRequest = Effect.fnUntraced(function* (input: RequestInput, isBcda: boolean) {
  if (input.patient && input.group !== undefined) {
    return yield* misused("--patient and --group exclude each other", "Leave one of them away.")
  }
  return new ExportRequest({
    scope: scopeOf(input, isBcda),
    types: input.type,
    since: input.since === "auto" ? undefined : input.since,
    typeFilter: yield* Effect.fromResult(filterOf(input))
  })
})

const limitNames = ["answerBytes", "files", "fileBytes", "lineBytes", "inflation"] as const

const isLimit = (name: string): name is keyof Limits => limitNames.some((known) => known === name)

/** `files=10,lineBytes=1000000` as part of a policy. */
export const toLimits = Effect.fnUntraced(function* (words: ReadonlyArray<string> = []) {
  const limits: { -readonly [Name in keyof Limits]?: number } = {}
  for (const word of words) {
    const [name = "", value = ""] = word.split("=")
    if (!isLimit(name) || !/^[1-9]\d{0,14}$/.test(value)) {
      return yield* misused(`--limits does not know ${word}`, `Write NAME=N, with ${limitNames.join(", ")}.`)
    }
    limits[name] = Number(value)
  }
  const policy: PolicyOptions = { limits }
  return policy
})
