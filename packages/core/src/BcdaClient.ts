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
import { type JobState, makeFollow, makeStatus } from "./Follow.ts"
import * as Session from "./internal/session.ts"
import { type BcdaJobStatus, type Job, makeJobs } from "./Jobs.ts"
import { JobRef, makeKickOff } from "./KickOff.ts"
import { type CapabilityStatement, makeMetadata } from "./Metadata.ts"
import { makePolicy, type Policy, type PolicyOptions } from "./Policy.ts"
import type { Target } from "./Target.ts"
import type { Token } from "./Token.ts"

/** What a client is made from. */
export interface ClientOptions {
  readonly target: Target
  /**
   * `Credentials` for a target with `auth: "basic"`, `KeyCredentials` for one with `auth: "smart"`. May be left out with `auth: "none"`, and
   * for `metadata`, which needs no token.
   */
  readonly credentials?: AnyCredentials | undefined
  readonly policy?: PolicyOptions | undefined
}

/**
 * A BCDA, step by step. Every step takes and gives plain values, and repeating a step with the same input is safe, except `kickOff`,
 * which starts a job each time it succeeds. One client shares one token among all that use it.
 */
export class BcdaClient extends Context.Service<
  BcdaClient,
  {
    readonly target: Target
    readonly policy: Policy
    /** The token in use: minted at the first need, shared, renewed early. */
    readonly token: Effect.Effect<Token, TokenError>
    /**
     * Starts an export. Repeated only where that cannot start a second job. `Unreachable` with `sent` means it is unknown whether
     * one was started: look at `jobs` before trying again.
     */
    readonly kickOff: (request: ExportRequest) => Effect.Effect<JobRef, KickOffError>
    /** One look at a job. */
    readonly status: (job: JobRef) => Effect.Effect<JobState, FollowError>
    /** Looks at a job until it is done; the last state is `Completed`. Every look is one element. */
    readonly follow: (job: JobRef) => Stream.Stream<JobState, FollowError>
    /**
     * Opens a file. Retries, by `policy.retry`, until the headers are there; a body that fails is the caller's to repeat.
     * The token goes to the target's own origin only (`ForeignOrigin` otherwise).
     */
    readonly open: (url: string, options?: OpenOptions) => Effect.Effect<FileResponse, DownloadError, Scope.Scope>
    /** Cancels a job that is pending or in progress; its files are never served. Hazard: BCDA can lose a cancel that comes right after the start. */
    readonly cancel: (job: JobRef | string) => Effect.Effect<void, CancelError>
    /** The entity's jobs of all API versions, in no order; empty when there are none. */
    readonly jobs: (filter?: {
      readonly status?: ReadonlyArray<BcdaJobStatus> | undefined
    }) => Effect.Effect<ReadonlyArray<Job>, JobsError>
    /** A reference to a job known by its id. */
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
        const job = (id: string): JobRef =>
          new JobRef({
            jobId: id,
            statusUrl: target.api(`jobs/${encodeURIComponent(id)}`),
            apiVersion: target.apiVersion
          })
        return BcdaClient.of({
          target,
          policy,
          token: Effect.mapError(session.token, (reason) => new TokenError({ reason })),
          kickOff: makeKickOff(session),
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
