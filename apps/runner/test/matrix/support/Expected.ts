import type { ExportReason } from "@bcda-kit/core"
import type { FaultInstruction, FaultPlace } from "@bcda-kit/sandbox"
import type { Prologue } from "./Cell.ts"
import type { Setup } from "./Client.ts"

type Tag = ExportReason["_tag"] | "NeverIngested"

/**
 * How a stage may end.
 *
 * - `complete`: every byte on disk and as the claims are, and nothing else in the directory.
 * - `as served`: every byte as the server serves it, which is not what a healthy one would. The client cannot know; `unseen` says why.
 * - a reason: the export ended with it. Nothing wrong has a final name, and once the fault is gone the same call completes it, without a second job.
 * - a reason, `job lost`: its job is really over. The same call says `CannotResume`, and an export into a new directory is complete.
 * - a reason, `job stuck`: its job never ends. Once it is cancelled, it is lost as above.
 * - anything, `second job`: the server has a job more than it should. The client cannot know; `unseen` says why.
 * - `cancelled`, `job runs on`: what became of the job of an interrupted run that was to cancel it; the next run completes in any case.
 * - `answered`: a question that is no part of an export was answered as ever.
 */
export type Outcome =
  | "complete"
  | "complete, second job"
  | "as served"
  | "cancelled"
  | "job runs on"
  | "job runs on, second job"
  | "answered"
  | Tag
  | `${Tag}, ${"job lost" | "job stuck" | "second job"}`

/** How often a fault strikes: the first time only, the first three times, or for as long as it is there. */
export type Often = "once" | "thrice" | "always"

/** One for all, or one for a fault that goes by and one for a fault that stays; three where it matters how long it takes to go by. */
export type Expected =
  | Outcome
  | readonly [passing: Outcome, always: Outcome]
  | readonly [once: Outcome, thrice: Outcome, always: Outcome]

/** A place, or all places of the fault at once. */
export type Spot = FaultPlace | "together"

/** What is to come of a fault. */
export interface Row {
  readonly at?: { readonly [Place in Spot]?: Expected | undefined }
  /** Places where this client never meets it, and why. A test holds that it does not. */
  readonly unmet?: Partial<Readonly<Record<Spot, string>>>
  /** Why the client cannot see it. */
  readonly unseen?: string
  /** What it takes to meet the fault, for people. */
  readonly given?: string
  /** The fault's own options. */
  readonly options?: Readonly<Record<string, unknown>>
  readonly before?: ReadonlyArray<FaultInstruction>
  readonly prologue?: Prologue
  readonly setup?: Setup
}

/** What comes of a fault, by how often it strikes. */
export const outcomesOf = (expected: Expected): Readonly<Record<Often, Outcome>> => {
  if (typeof expected === "string") return { once: expected, thrice: expected, always: expected }
  const [once, thrice, always = thrice] = expected
  return { once, thrice: expected.length === 3 ? thrice : once, always }
}

/** Several rows are several ways to meet the same fault. */
export type Rows = Readonly<Record<string, Row | ReadonlyArray<Row>>>

/** The same at several places. */
export const at = (places: ReadonlyArray<Spot>, expected: Expected): Partial<Readonly<Record<Spot, Expected>>> =>
  Object.fromEntries(places.map((place) => [place, expected]))

/** The stages of an export at which a request is safe to repeat. */
export const repeatable: ReadonlyArray<Spot> = ["token", "status", "manifest", "jobs", "file", "error-file", "any"]

export const aside: ReadonlyArray<Spot> = ["attribution", "metadata"]
