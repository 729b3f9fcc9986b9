/** Sends the requests of a run, to the target's own origin only, and follows up what their answers started. */
import type { BadKey, Target } from "@bcda-kit/core"
import { Effect, Result } from "effect"
import type { Recorder, Sending, Sent } from "../Recorder.ts"
import type { Auth } from "../Scenario.ts"
import type { Authorization } from "./authorizer.ts"
import { absolute, at, parsed } from "./reading.ts"
import type { Spending } from "./spending.ts"

/** A request, and who it says it is. */
export type Outgoing = Omit<Sending, "auth" | "authorization"> & { readonly auth: Auth }

export interface Sender {
  /** Sends and records. A string says why nothing was sent. */
  readonly send: (request: Outgoing) => Effect.Effect<Sent | string>
  /** An answer came to somebody else: the status, and the status URL if it started a job. */
  readonly overheard: (status: number | undefined, job: string | undefined) => void
  /** How many requests in a row got no answer. */
  readonly silences: () => number
  /** Status URLs of jobs that this run started and nobody ended. */
  readonly openJobs: ReadonlySet<string>
  readonly ended: (job: string) => void
}

export interface SenderOptions {
  readonly target: Target
  readonly recorder: Recorder
  readonly spending: Spending
  readonly authorize: (auth: Auth) => Effect.Effect<Authorization, BadKey>
  /** Where tokens come from, which may be another origin than the target's when the target names it. */
  readonly tokenUrl: () => string | undefined
}

const formType = "application/x-www-form-urlencoded"

const isKickOff = (url: string): boolean => url.includes("$export")

/** Whether a job is no longer running after a DELETE with this answer. One that was refused, for its token say, ended nothing. */
const endsJob = (status: number): boolean => status < 300 || status === 404 || status === 410

export const makeSender = ({ authorize, recorder, spending, target, tokenUrl }: SenderOptions): Sender => {
  const openJobs = new Set<string>()
  let silences = 0
  const started = (job: string): void => {
    spending.job()
    openJobs.add(job)
  }
  return {
    openJobs,
    silences: () => silences,
    ended: (job) => void openJobs.delete(job),
    overheard: (status, job) => {
      if (status !== undefined) silences = 0
      if (job !== undefined) started(job)
    },
    send: Effect.fnUntraced(function* (request) {
      const isToken = request.method === "POST" && request.url === tokenUrl()
      const resolved = isToken ? Result.succeed(request.url) : target.resolve(request.url)
      if (Result.isFailure(resolved)) return recorder.redactor.text(resolved.failure.message)
      const authorized = yield* Effect.result(authorize(request.auth))
      if (Result.isFailure(authorized)) return authorized.failure.message
      const { words, value, form } = authorized.success
      yield* spending.request
      const sent = yield* recorder.send({
        ...request,
        url: resolved.success,
        auth: words,
        authorization: value,
        ...(form !== undefined && { content: { type: formType, text: String(new URLSearchParams(form)) } })
      })
      const { status, headers } = sent.raw
      silences = status === undefined ? silences + 1 : 0
      const location = headers["content-location"]
      if (status === 202 && request.method !== "DELETE" && isKickOff(request.url) && location !== undefined) {
        started(absolute(location, resolved.success))
      }
      if (request.method === "POST" && at(parsed(sent.raw.text), ["access_token"]) !== undefined) spending.token()
      if (request.method === "DELETE" && status !== undefined && endsJob(status)) openJobs.delete(request.url)
      return sent
    })
  }
}
