import { Context, Effect, Layer, type Scope, type Stream } from "effect"
import { HttpClient } from "effect/http"
import { type AttributionStatus, makeAttribution } from "./Attribution.ts"
import { makeCancel } from "./Cancel.ts"
import type { AnyCredentials } from "./Credentials.ts"
import { type FileResponse, makeOpen, type OpenOptions } from "./Download.ts"
import {
  type AttributionError,
  type CancelError,
  type DownloadError,
  type FollowError,
  type JobsError,
  type KickOffError,
  type MetadataError,
  TokenError
} from "./Errors.ts"
import type { ExportRequest } from "./ExportRequest.ts"
import { makeFollow, makeStatus } from "./Follow.ts"
import { type Engine, engineOf, runtimeEngine } from "./internal/engine.ts"
import * as Session from "./internal/session.ts"
import { type JobRef, jobRefOf } from "./JobRef.ts"
import type { JobState } from "./JobState.ts"
import { type BcdaJobStatus, type Job, makeJobs } from "./Jobs.ts"
import { type KickOffOptions, makeFindJob, makeKickOff } from "./KickOff.ts"
import { type CapabilityStatement, makeMetadata } from "./Metadata.ts"
import { makePolicy, type Policy, type PolicyOptions } from "./Policy.ts"
import type { Target } from "./Target.ts"
import type { Token } from "./Token.ts"

/** What a client is made from. */
export interface ClientOptions {
  /** The server. */
  readonly target: Target
  /**
   * `Credentials` for a target with `auth: "basic"`, `KeyCredentials` for one with `auth: "smart"`. May be left out with `auth: "none"`, and
   * for `metadata`, which needs no token.
   */
  readonly credentials?: AnyCredentials | undefined
  /** What is to be otherwise than by default. */
  readonly policy?: PolicyOptions | undefined
}

/**
 * A BCDA, step by step. Every step takes and gives plain values, and repeating a step with the same input is safe, except `kickOff`,
 * which starts a job each time it succeeds. One client shares one token among all that use it.
 */
export class BcdaClient extends Context.Service<
  BcdaClient,
  {
    /** The server. */
    readonly target: Target
    readonly policy: Policy
    /** @internal What its transport leaves to be done, and with what. */
    readonly [engineOf]: Engine
    /** The client id that its tokens are for, if it has one: who exports. */
    readonly clientId: string | undefined
    /** The token in use: minted at the first need, shared, renewed early. */
    readonly token: Effect.Effect<Token, TokenError>
    /**
     * Starts an export, or takes one that runs already (`adopt`). What the server would refuse or misread is refused before anything is
     * sent (`RequestRules`). Repeated only where that cannot start a second job. `Unreachable` with `sent`, `ServerFault` and `Malformed`
     * mean it is unknown whether one was started: ask `findJob` before trying again.
     */
    readonly kickOff: (request: ExportRequest, options?: KickOffOptions) => Effect.Effect<JobRef, KickOffError>
    /**
     * The job of a kick-off whose answer is not known, because it was lost or the process died: one that exports exactly this, was started
     * since then (an ISO instant of this machine, noted before the kick-off) and runs or is done; `undefined` if there is none. Within
     * `policy.kickOff.settle` of that instant it waits for one that may yet appear. BCDA only.
     */
    readonly findJob: (request: ExportRequest, since: string) => Effect.Effect<JobRef | undefined, JobsError>
    /** One look at a job. */
    readonly status: (job: JobRef) => Effect.Effect<JobState, FollowError>
    /** Looks at a job until it is done; the last state is `Completed`. Every look is one element. */
    readonly follow: (job: JobRef) => Stream.Stream<JobState, FollowError>
    /**
     * Opens a file. Retries, by `policy.retry`, until the headers are there; a body that fails is the caller's to repeat.
     * The token goes to the target's own origin and those it allows (`ForeignOrigin` otherwise).
     */
    readonly open: (url: string, options?: OpenOptions) => Effect.Effect<FileResponse, DownloadError, Scope.Scope>
    /** Cancels a job that is pending or in progress; its files are never served. Hazard: BCDA can lose a cancel that comes right after the start. */
    readonly cancel: (job: JobRef | string) => Effect.Effect<void, CancelError>
    /** The entity's jobs of all API versions, in no order; empty when there are none. */
    readonly jobs: (filter?: {
      readonly status?: ReadonlyArray<BcdaJobStatus> | undefined
    }) => Effect.Effect<ReadonlyArray<Job>, JobsError>
    /** A reference to a job known by its id, or by the URL of its status; the latter is the only way on a server that is no BCDA. */
    readonly job: (id: string) => JobRef
    readonly attribution: Effect.Effect<AttributionStatus, AttributionError>
    /** What the server says it can do. No token is sent. */
    readonly metadata: Effect.Effect<CapabilityStatement, MetadataError>
  }
>()("@bcda-kit/core/BcdaClient") {
  /** A client of one target. Nothing is sent until a step is run. */
  static readonly layer = (options: ClientOptions): Layer.Layer<BcdaClient, never, HttpClient.HttpClient> =>
    Layer.effect(
      BcdaClient,
      Effect.gen(function* () {
        const { target } = options
        const policy = makePolicy(options.policy)
        const session = yield* Session.make({
          http: yield* HttpClient.HttpClient,
          target,
          credentials: options.credentials,
          policy
        })
        const job = (id: string): JobRef => jobRefOf(id, target)
        return BcdaClient.of({
          target,
          policy,
          [engineOf]: runtimeEngine(),
          clientId: options.credentials?.clientId,
          token: Effect.mapError(session.token, (reason) => new TokenError({ reason })),
          kickOff: makeKickOff(session),
          findJob: makeFindJob(session),
          status: makeStatus(session),
          follow: makeFollow(session),
          open: makeOpen(session),
          cancel: makeCancel(session, job),
          jobs: makeJobs(session),
          job,
          attribution: makeAttribution(session),
          metadata: makeMetadata(session)
        })
      })
    )
}
