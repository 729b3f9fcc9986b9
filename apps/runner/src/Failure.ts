import type { JudgeError } from "@bcda-kit/conformance"
import type {
  AttributionError,
  CancelError,
  ExportError,
  FollowError,
  JobsError,
  MetadataError,
  TargetError,
  TokenError
} from "@bcda-kit/core"
import { Data } from "effect"
import { ExitCode } from "./ExitCode.ts"

/** A failure as the person at the terminal sees it: what happened, why, and what to do; and as a script sees it: the exit code. */
export class Failure extends Data.TaggedError("Failure")<{
  readonly what: string
  readonly why: string
  readonly next: string
  readonly exitCode: ExitCode
}> {
  override get message() {
    return this.what
  }
}

/** The command has said all there is to say; only the exit code is left to tell. */
export class Findings extends Data.TaggedError("Findings")<{ readonly exitCode: ExitCode }> {}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim()

/** The three lines of a failure; what others say in several is put into one. */
export const lines = (failure: Pick<Failure, "what" | "why" | "next">): string =>
  `error: ${oneLine(failure.what)}\nwhy:   ${oneLine(failure.why)}\nnext:  ${oneLine(failure.next)}`

type CoreError = AttributionError | CancelError | ExportError | FollowError | JobsError | MetadataError | TokenError

const operations: Record<CoreError["_tag"], string> = {
  AttributionError: "The attribution status could not be read",
  CancelError: "The job was not cancelled",
  ExportError: "The export did not finish",
  FollowError: "The job could not be looked at",
  JobsError: "The jobs could not be listed",
  MetadataError: "The capability statement could not be read",
  TokenError: "There is no token to be had"
}

/** Ours to mend: the request, the configuration, the directory. */
const usage: ReadonlySet<CoreError["reason"]["_tag"]> = new Set([
  "NoCredentials",
  "BadKey",
  "NoTokenEndpoint",
  "NotOffered",
  "InvalidRequest",
  "DirectoryMismatch",
  "DirectoryBusy",
  "JournalUnreadable",
  "WatermarkUnreadable"
] as const)

/** A new job is needed, or a person: running the same command again does not continue. */
const final: ReadonlySet<CoreError["reason"]["_tag"]> = new Set([
  "BadCredentials",
  "CannotResume",
  "ForeignOrigin",
  "Forbidden",
  "JobCancelled",
  "JobExpired",
  "JobFailed",
  "JobNotFound",
  "Unauthorized"
] as const)

/** Whether running the same command again does not continue. */
export const isFinal = ({ reason }: CoreError): boolean => final.has(reason._tag)

/** The disk's, or the pipe's: before there is a job to come back to, it is the choice of where to write that is wrong. */
const disk: ReadonlySet<CoreError["reason"]["_tag"]> = new Set(["DiskFull", "FileSystem", "SinkFailed"] as const)

const exitCodeOf = (tag: CoreError["reason"]["_tag"], jobIsKnown: boolean): ExitCode => {
  if (usage.has(tag)) return ExitCode.usage
  if (jobIsKnown && !final.has(tag)) return ExitCode.resumable
  return disk.has(tag) ? ExitCode.usage : ExitCode.target
}

/** BCDA's 404s of a kick-off that are about the year, and what they mean. */
const yearly: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /No up-to-date attribution information/i,
    "Usual in January: the new year's list of members has not arrived. Wait for it (bcda status says when it has), or export last year's members with --group runout."
  ],
  [
    /runout data is no longer available/i,
    "The runout is over: its list counts for 180 days after its last update, which is in July at the latest. This year's members are in --group all."
  ]
]

const nextOf = ({ reason }: CoreError): string => {
  if (reason._tag === "StartUnknown") return `${reason.next} That is --start-again.`
  if (reason._tag === "DuplicateJob" && reason.running === undefined) {
    return "bcda jobs list shows what runs. --adopt takes it if it exports the same; otherwise wait for it, or bcda jobs cancel."
  }
  const [, text] = (reason._tag === "Rejected" && yearly.find(([says]) => says.test(reason.diagnostics))) || []
  return text ?? reason.next
}

/**
 * A core error at the edge. `jobIsKnown`: the export directory already names a job that a rerun can follow, so trouble
 * on the way is a stop (5) and no longer a refusal (3).
 */
export const fromCore = (
  error: CoreError,
  options: { readonly jobIsKnown: boolean } = { jobIsKnown: false }
): Failure =>
  new Failure({
    what: operations[error._tag],
    why: error.reason.message,
    next: nextOf(error),
    exitCode: exitCodeOf(error.reason._tag, options.jobIsKnown)
  })

/** A target that cannot be one. */
export const fromTarget = (error: TargetError): Failure =>
  new Failure({ what: "The target cannot be used", why: error.message, next: error.next, exitCode: ExitCode.usage })

/** The suite could not start, or could not write; what a server does wrong is a verdict and never comes here. */
export const fromJudge = (error: JudgeError): Failure =>
  new Failure({
    what: "The conformance run did not go through",
    why: error.reason.message,
    next: error.reason.next,
    exitCode: ExitCode.usage
  })
