/**
 * Scenarios are data: steps that a small engine runs against a target, each leaving recorded exchanges behind. A scenario judges nothing.
 *
 * URLs and headers are templates. `{api}`, `{tokenUrl}`, `{types}`, `{repeatedTypes}` (a parameter for each type), `{future}`, `{unknownJob}`,
 * `{export}` and `{plainExport}` (the same without its dollar sign) are known from the start, `{tokenUrl}` only where the target or BCDA's
 * habits say it; `{groupExport}`, `{patientExport}`, `{systemExport}` and `{group}` are where the target has that level, and a step that needs
 * another is not applicable; `{earlierStatusUrl}`, `{earlierFileUrl}` and, if its files want a token, `{earlierGuardedFileUrl}` are in steps
 * with a `night`. Other
 * names come from steps that `keep` something. A step whose names were never filled is blocked, and the record names the step that owed
 * them.
 */
import { AuthKind } from "@bcda-kit/core"
import { Schema } from "effect"
import { KickOffMethod } from "./TargetDescriptor.ts"

/**
 * Who the request says it is.
 * `client`: the credentials, in the target's way. `wrong-secret`: the right client id with a secret that is not its own.
 * `bearer`: the run's token. `made-up-bearer`: a token of the right shape that nobody issued. `other-scheme`: the run's token under a scheme
 * that nobody knows. `dead-bearer`: a token whose life is over, of an earlier run, or of this one if it moves the clock.
 *
 * With SMART Backend Services a wrong secret is a signature that is not the key's, and more can be wrong with a proof: `wrong-audience`,
 * `expired-assertion`, `replayed-assertion` (that of the run's token once more), `unknown-client`, `other-issuer` than the client,
 * `unknown-key`, a name that no registered key has. `wrong-grant`: a good proof, and another grant than that for clients.
 */
export const Auth = Schema.Literals([
  "none",
  "client",
  "wrong-secret",
  "bearer",
  "made-up-bearer",
  "other-scheme",
  "dead-bearer",
  "wrong-audience",
  "expired-assertion",
  "replayed-assertion",
  "unknown-client",
  "other-issuer",
  "unknown-key",
  "wrong-grant"
])
export type Auth = typeof Auth.Type

/** Takes a value from an answer with the status given, under a name that later templates use. */
export const Keep = Schema.Struct({
  name: Schema.String,
  status: Schema.Int,
  /** A response header, or a path of member names and indexes into the JSON body. */
  from: Schema.Union([
    Schema.Struct({ header: Schema.String }),
    Schema.Struct({ json: Schema.Array(Schema.Union([Schema.String, Schema.Int])) })
  ]),
  /**
   * A URL is completed against the URL of the request, so that a relative one does not stop the run (a check still sees it). `absent`: the
   * URL of something beside it that is not there; its path has `.none` at its end, and what is signed stays signed. `query`: escaped for the
   * query of a URL. `token-endpoint`: from a SMART configuration; the scope to ask for is taken along.
   */
  as: Schema.Literals(["text", "url", "absent", "token", "query", "token-endpoint"]),
  /** Why an answer may have no such value: steps that need it are then not applicable. Without it they are blocked. */
  mayLack: Schema.optionalKey(Schema.String)
})
export type Keep = typeof Keep.Type

/**
 * Why a step is not for every server. A step without one reads, or starts a job that a run needs.
 *
 * - `refusal`: it is wrong on purpose, and to be refused. CMS's sandbox can bear it; production gets none.
 * - `cancel`: it ends a job. The same.
 * - `extra-job`: it starts a job beyond what a night may have, if only to cancel it. Only for servers of one's own.
 * - `load`: it strains the server, or provokes throttling or a failure. The same.
 */
export const Hazard = Schema.Literals(["refusal", "cancel", "extra-job", "load"])
export type Hazard = typeof Hazard.Type

/** A day of the week, by UTC. */
export const Weekday = Schema.Literals(["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"])
export type Weekday = typeof Weekday.Type

const common = {
  id: Schema.String,
  /** What is done, for reports: "Start an export without a token". */
  title: Schema.String,
  /** Only for targets that want a token at all. */
  onlyWithAuth: Schema.optionalKey(Schema.Boolean),
  /** Only in runs that can move the server's clock; in others it is not run. */
  onlyWithClock: Schema.optionalKey(Schema.Boolean),
  /** Only for targets that have all of this; on others the step is not applicable. */
  onlyOn: Schema.optionalKey(
    Schema.Struct({
      /** BCDA's own additions, such as `/jobs`. */
      bcda: Schema.optionalKey(Schema.Literal(true)),
      /** A version of BCDA's API. */
      apiVersion: Schema.optionalKey(Schema.Literals(["v1", "v2", "v3"])),
      /** A way to get tokens. */
      auth: Schema.optionalKey(AuthKind),
      /** A way to kick off that the target declares. */
      method: Schema.optionalKey(KickOffMethod)
    })
  ),
  hazard: Schema.optionalKey(Hazard),
  /** Asked once a week, on this day, of servers that others use too; of one's own in every run. Keeps a night cheap. */
  weekly: Schema.optionalKey(Weekday),
  /** The id of a step that must have run before this one, though nothing is needed that it keeps. */
  after: Schema.optionalKey(Schema.String),
  /**
   * About a finished job of an age in minutes since its end: of an earlier run, or of this one if it moves the clock by the `Advance` steps
   * before. Taken once for each such job, in a run that comes at the right time; otherwise not run.
   */
  night: Schema.optionalKey(Schema.Struct({ atLeast: Schema.Int, below: Schema.optionalKey(Schema.Int) })),
  /**
   * The server is expected to start a job. It is cancelled when the run ends, if nothing else ends it, and at once if the step keeps no URL to
   * follow it by.
   */
  startsJob: Schema.optionalKey(Schema.Boolean)
}

/** One request. `body: "file"` reduces a successful answer to facts: for URLs that may return claims. */
export const RequestStep = Schema.TaggedStruct("Request", {
  ...common,
  method: Schema.Literals(["GET", "POST", "DELETE"]),
  url: Schema.String,
  auth: Auth,
  headers: Schema.Record(Schema.String, Schema.String),
  body: Schema.Literals(["text", "file"]),
  keep: Schema.Array(Keep)
})

/** GET until the answer is no longer 202, waiting as the server or the pace says. */
export const PollStep = Schema.TaggedStruct("Poll", {
  ...common,
  url: Schema.String,
  headers: Schema.Record(Schema.String, Schema.String),
  keep: Schema.Array(Keep)
})

/** The first file of each type in the manifest that the poll step `manifestOf` ended with. */
export const DownloadStep = Schema.TaggedStruct("Download", {
  ...common,
  manifestOf: Schema.String,
  /** The files in `error` instead of those in `output`. */
  list: Schema.optionalKey(Schema.Literal("error")),
  /** All at once instead of one after the other. */
  parallel: Schema.optionalKey(Schema.Literal(true)),
  auth: Auth,
  headers: Schema.Record(Schema.String, Schema.String)
})

/** A call through fhir-kit-client, a FHIR client that nobody here wrote. `request` and `file` are of the `url`. */
export const OpinionStep = Schema.TaggedStruct("Opinion", {
  ...common,
  call: Schema.Literals(["capabilityStatement", "export", "jobs", "request", "file"]),
  url: Schema.optionalKey(Schema.String),
  keep: Schema.Array(Keep)
})

/** Waits as long as an answer said, by a Retry-After that was kept under a name. A wait beyond the pace's cap is not waited for. */
export const WaitStep = Schema.TaggedStruct("Wait", { ...common, retryAfter: Schema.String })

/**
 * Lets time pass on the server at once, where the run was given a way to move its clock; elsewhere it is not run, and neither is what comes
 * after it.
 */
export const AdvanceStep = Schema.TaggedStruct("Advance", { ...common, minutes: Schema.Int })

/** One thing that a scenario does. */
export const Step = Schema.Union([RequestStep, PollStep, DownloadStep, OpinionStep, WaitStep, AdvanceStep])
export type Step = typeof Step.Type

/** What is done to a server to see something of it, as data: steps in their order. */
export const Scenario = Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  /** One of the first exchanges, which have to go well before anything else is asked: see `Smoke`. Always run. */
  smoke: Schema.optionalKey(Schema.Boolean),
  steps: Schema.Array(Step)
})
export type Scenario = typeof Scenario.Type

const names = (template: string): ReadonlyArray<string> =>
  [...template.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name)

/** Every name a step needs before it can run. */
export const needs = (step: Step): ReadonlyArray<string> => [
  ...ingredients(step),
  ...(step.after === undefined ? [] : [doneName(step.after)])
]

const ingredients = (step: Step): ReadonlyArray<string> => {
  const bearer = ["token"]
  switch (step._tag) {
    case "Request": {
      const templates = [step.url, ...Object.values(step.headers)]
      const usesToken = step.auth === "bearer" || step.auth === "other-scheme"
      return [...templates.flatMap(names), ...(usesToken ? bearer : [])]
    }
    case "Poll":
      return [...names(step.url), ...bearer]
    case "Download":
      return [manifestName(step.manifestOf, step.list), ...(step.auth === "bearer" ? bearer : [])]
    case "Opinion":
      return [...names(step.url ?? ""), ...(step.call === "capabilityStatement" ? [] : bearer)]
    case "Wait":
      return names(step.retryAfter)
    case "Advance":
      return []
  }
}

/** Every name a step can fill. A poll fills `manifest:ID` with the files it ended with, and each step `done:ID` when it ran. */
export const fills = (step: Step): ReadonlyArray<string> => {
  const done = doneName(step.id)
  switch (step._tag) {
    case "Poll":
      return [done, manifestName(step.id), manifestName(step.id, "error"), ...step.keep.map((keep) => keep.name)]
    case "Download":
    case "Wait":
    case "Advance":
      return [done]
    default:
      return [done, ...step.keep.map((keep) => keep.name)]
  }
}

/** The name under which a poll's files are kept. */
export const manifestName = (step: string, list: "output" | "error" = "output"): string =>
  list === "error" ? `errors:${step}` : `manifest:${step}`

/** The name that stands for a step having run. */
export const doneName = (step: string): string => `done:${step}`
