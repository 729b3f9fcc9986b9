import { ExportRequest, type Limits, type PolicyOptions, type Scope, TypeFilter } from "@bcda-kit/core"
import { Effect, Option, Result, Schema } from "effect"
import { Flag } from "effect/cli"
import { ExitCode } from "./ExitCode.ts"
import { Failure } from "./Failure.ts"
import * as Flags from "./Flags.ts"

/** Whose data and which. */
const request = {
  group: Flags.text(
    "group",
    "ID",
    "all: everybody attributed (default). runout: last year's attribution, kept for 180 days. On a server that is no BCDA, any Group's id"
  ),
  patient: Flags.yes(
    "patient",
    "Ask Patient instead of Group: with --since, only what changed, also for newly attributed people"
  ),
  type: Flags.list("type", "A,B", "Resource types, such as Patient,Coverage. Default: all the server gives"),
  since: Flags.text(
    "since",
    "INSTANT|auto",
    "Only what changed after this FHIR instant, such as 2026-06-01T00:00:00Z; or auto: since the last export into DIR whose files are all safe"
  ),
  typeFilter: Flags.text(
    "type-filter",
    "SEARCH",
    "One search, v3 only: ExplanationOfBenefit?service-date=gt2026-01-01"
  ),
  claims: Flags.oneOf(
    "claims",
    ["adjudicated", "partial", "all"],
    "A filter, v3 only: settled claims, those on their way through the Shared Systems (v2's Claim), or both"
  ),
  finalAction: Flags.yes("final-action", "A filter, v3 only: without claims that were replaced"),
  serviceFrom: Flags.text("service-from", "DAY", "A filter, v3 only: services from this day on, 2026-01-01"),
  serviceTo: Flags.text("service-to", "DAY", "A filter, v3 only: services until this day")
}

/** With `--since auto`. */
const sinceAuto = {
  watermarks: Flags.text("watermarks", "DIR", "With --since auto: where it remembers. Default: watermarks in DIR"),
  acceptErrors: Flags.yes(
    "accept-errors",
    "With --since auto: go on from this export although the server could not export everybody"
  ),
  evenIfUnchanged: Flags.yes(
    "even-if-unchanged",
    "With --since auto: export even when the calendar says that nothing can be new"
  )
}

/** How it is fetched. */
const way = {
  adopt: Flags.yes("adopt", "Take the job that already runs, if it exports exactly this"),
  startAgain: Flags.yes(
    "start-again",
    "Start a job although an earlier run may have started one and the server cannot tell"
  ),
  cancelOnInterrupt: Flags.yes(
    "cancel-on-interrupt",
    "Ctrl-C also cancels the server's job. Without it, a second Ctrl-C within 5 s does"
  ),
  verify: Flags.oneOf(
    "verify",
    ["json", "bytes"],
    "How lines are checked: parsed (default), or by their bytes alone, which is faster and lets some broken ones through"
  ),
  concurrency: Flag.Int("concurrency").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("Files at a time. Default: 5"),
    Flag.filter(
      (n) => n >= 1,
      (n) => `expected at least 1, got ${n}`
    ),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  ),
  gzip: Flag.Literals("gzip", ["keep", "decode"]).pipe(
    Flag.withDescription("Keep files compressed, as they travel, or inflate them"),
    Flag.withDefault("decode")
  ),
  limits: Flags.list(
    "limits",
    "NAME=N,...",
    "What the server may send at most: answerBytes, files, fileBytes, lineBytes, inflation"
  )
}

/** Everything that `bcda export` takes. */
export const exportFlags = {
  ...Flags.connection,
  out: Flags.out(
    "Where the files go; run again on the same directory, the export continues where it stopped. - prints the resources on stdout, and nothing else there"
  ),
  ...request,
  ...sinceAuto,
  ...way,
  json: Flags.json
}

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
