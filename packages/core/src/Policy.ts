import { Duration, Schema } from "effect"

/**
 * What a server may send. They are far above what BCDA has, and keep a hostile or broken server from filling the memory or the disk; who
 * meets one gets `LimitExceeded`, which names it.
 */
export const Limits = Schema.Struct({
  /** Largest answer that is read whole: a manifest, a list. Default 64 MiB; a manifest of a hundred thousand files has about 15 MB. */
  answerBytes: Schema.Int,
  /** Most files in a manifest. Default 100 000. */
  files: Schema.Int,
  /** Largest file, uncompressed, and likewise on the wire. Default 32 GiB. BCDA's hold 50 to 5 000 people each. */
  fileBytes: Schema.Int,
  /** Longest line. Default 64 MiB; BCDA's longest claims have some 30 kB. Hazard: a line is held in memory, once for each file at a time. */
  lineBytes: Schema.Int,
  /**
   * What gzip may make of a byte, looked at once a file has 64 MiB uncompressed. Default 250; gzip itself ends at 1 032, claims have 5 to 50.
   * Hazard: synthetic data that repeats itself may have more.
   */
  inflation: Schema.Finite
})
export type Limits = typeof Limits.Type

/**
 * How long, how often and how many: every number the client goes by, as data. The defaults suit BCDA, which allows 3 000 requests
 * per five minutes and address, and whose exports run from minutes to hours.
 */
export const Policy = Schema.Struct({
  /** Longest wait for a response's headers. Default 30 s. Hazard: BCDA itself waits up to 20 s for its token service. */
  headersTimeout: Schema.Duration,
  /** Longest silence within a body; then the download fails with `Stalled`. Default 60 s. */
  idleTimeout: Schema.Duration,
  /**
   * The least that a body must bring: `bytes` within any `window` of waiting for it; then the download fails with `Stalled` as well. Default
   * 10 000 bytes in 60 s, far below what a modem brings. BCDA itself ends a download after 15 minutes. No bytes: any trickle will do.
   */
  flow: Schema.Struct({ bytes: Schema.Int, window: Schema.Duration }),
  /**
   * What to do with a file of which the server says neither the length nor, by sending it in chunks, where it ends, as in HTTP/1.0: a
   * connection that breaks then looks just like the end of the file. Default `refuse`: BCDA never sends one. Hazard of `accept`: if it breaks
   * between two lines, or between two members of gzip, the file is short and nobody notices. Only `NodeTransport` can tell.
   */
  unframed: Schema.Literals(["refuse", "accept"]),
  /** For requests that are safe to repeat: token, status, files, lists. */
  retry: Schema.Struct({
    /** Tries in all, the first included. Default 5. */
    attempts: Schema.Int,
    /** First pause, and the shortest even if `Retry-After` says 0. Default 500 ms, jittered by a fifth. */
    initial: Schema.Duration,
    /** What each pause is multiplied by. Default 2. */
    factor: Schema.Finite,
    /** Longest pause of our own choosing. Default 30 s. */
    max: Schema.Duration,
    /** A `Retry-After` is obeyed up to this. Default 5 min. Hazard: shorter than what the server asks for means being refused again. */
    retryAfterCap: Schema.Duration
  }),
  /**
   * How a running job is watched. BCDA sends no `Retry-After` with its 202. Pauses are longer than told here while a client follows so many jobs
   * that their looks would take more than three quarters of its budget: by default, 148 s for a thousand jobs.
   */
  poll: Schema.Struct({
    /** First pause. Default 1 s. */
    initial: Schema.Duration,
    /** What each pause is multiplied by. Default 1.5. */
    factor: Schema.Finite,
    /** Longest pause of our own choosing. Default 30 s. */
    max: Schema.Duration,
    /** Then following ends with `GaveUp`; the job runs on. Default 24 h. */
    deadline: Schema.Duration,
    /** How long the server may be unreachable or in trouble before following ends with that reason. Default 10 min. */
    outage: Schema.Duration,
    /**
     * How long a job that is said to have failed while it was still waiting is looked at again before following ends with `JobFailed`. BCDA
     * tries the preparation of a job up to eight times, 1, 16, 81, 256, ... seconds apart, and in between calls it failed; once it
     * runs, a failure is final. Default 10 min, which lasts through the first four of these pauses. Zero believes it at once.
     */
    failedGrace: Schema.Duration,
    /** How long after its start a job gets that grace. Default 80 min, when the last of the eight tries is over. */
    failedWithin: Schema.Duration
  }),
  /** Around the start of a job, where clocks and rows of two machines are compared. */
  kickOff: Schema.Struct({
    /** How far this machine's clock and the server's may be apart. Default 5 min. */
    clockSkew: Schema.Duration,
    /**
     * How long after a kick-off that was never answered its job may still appear. Default 1 min, after which BCDA's own time-out has ended
     * it. Hazard: too short, and a second job is started beside one that was merely late.
     */
    settle: Schema.Duration
  }),
  /** A token is renewed after this part of its life. Default 0.9, that is after 18 of BCDA's 20 minutes. */
  renewBefore: Schema.Finite,
  /**
   * The most tokens a client asks for within any `window`; the next one waits like a `Retry-After`. Default 100 in 5 minutes, a tenth of what
   * BCDA allows a model entity. Hazard: each process counts for itself.
   */
  tokens: Schema.Struct({ most: Schema.Int.check(Schema.isGreaterThan(0)), window: Schema.Duration }),
  /** Downloads of one file in a row that get nowhere before an export gives up on it. Default 5. */
  fileAttempts: Schema.Int,
  /**
   * Files at a time, over all exports of a client. Default 5. When the server asks for fewer requests, the number is halved, and it grows
   * again by one for every round of good answers. Hazard: BCDA closes each connection after one answer, so every file is a new handshake.
   */
  concurrency: Schema.Int,
  /**
   * What a client sends at most: `requests` within any `window`, tokens, looks and files together; what is more waits. Default 2 700 in
   * 5 minutes, nine tenths of what BCDA allows an address. Hazard: other programs behind the same address count as well.
   */
  budget: Schema.Struct({ requests: Schema.Int.check(Schema.isGreaterThan(0)), window: Schema.Duration }),
  limits: Limits
})
export type Policy = typeof Policy.Type

/** A policy with gaps, durations as `Duration`, milliseconds or text such as `"90 seconds"`. What is absent keeps its default. */
export interface PolicyOptions {
  readonly headersTimeout?: Duration.Input | undefined
  readonly idleTimeout?: Duration.Input | undefined
  readonly flow?: { readonly bytes?: number | undefined; readonly window?: Duration.Input | undefined } | undefined
  readonly unframed?: "refuse" | "accept" | undefined
  readonly retry?:
    | {
        readonly attempts?: number | undefined
        readonly initial?: Duration.Input | undefined
        readonly factor?: number | undefined
        readonly max?: Duration.Input | undefined
        readonly retryAfterCap?: Duration.Input | undefined
      }
    | undefined
  readonly poll?:
    | {
        readonly initial?: Duration.Input | undefined
        readonly factor?: number | undefined
        readonly max?: Duration.Input | undefined
        readonly deadline?: Duration.Input | undefined
        readonly outage?: Duration.Input | undefined
        readonly failedGrace?: Duration.Input | undefined
        readonly failedWithin?: Duration.Input | undefined
      }
    | undefined
  readonly kickOff?:
    | { readonly clockSkew?: Duration.Input | undefined; readonly settle?: Duration.Input | undefined }
    | undefined
  readonly renewBefore?: number | undefined
  readonly tokens?: { readonly most?: number | undefined; readonly window?: Duration.Input | undefined } | undefined
  readonly fileAttempts?: number | undefined
  readonly concurrency?: number | undefined
  readonly budget?: { readonly requests?: number | undefined; readonly window?: Duration.Input | undefined } | undefined
  readonly limits?: { readonly [Name in keyof Limits]?: number | undefined } | undefined
}

const mebibyte = 1024 * 1024

const duration = (input: Duration.Input | undefined, otherwise: Duration.Input): Duration.Duration =>
  Duration.fromInputUnsafe(input ?? otherwise)

/** Fills the gaps of a policy with the defaults. Throws a `SchemaError` for numbers that make no sense, such as no attempts at all. */
export const makePolicy = (options: PolicyOptions = {}): Policy =>
  Policy.make({
    headersTimeout: duration(options.headersTimeout, "30 seconds"),
    idleTimeout: duration(options.idleTimeout, "60 seconds"),
    flow: { bytes: options.flow?.bytes ?? 10_000, window: duration(options.flow?.window, "60 seconds") },
    unframed: options.unframed ?? "refuse",
    retry: {
      attempts: options.retry?.attempts ?? 5,
      initial: duration(options.retry?.initial, "500 millis"),
      factor: options.retry?.factor ?? 2,
      max: duration(options.retry?.max, "30 seconds"),
      retryAfterCap: duration(options.retry?.retryAfterCap, "5 minutes")
    },
    poll: {
      initial: duration(options.poll?.initial, "1 second"),
      factor: options.poll?.factor ?? 1.5,
      max: duration(options.poll?.max, "30 seconds"),
      deadline: duration(options.poll?.deadline, "24 hours"),
      outage: duration(options.poll?.outage, "10 minutes"),
      failedGrace: duration(options.poll?.failedGrace, "10 minutes"),
      failedWithin: duration(options.poll?.failedWithin, "80 minutes")
    },
    kickOff: {
      clockSkew: duration(options.kickOff?.clockSkew, "5 minutes"),
      settle: duration(options.kickOff?.settle, "1 minute")
    },
    renewBefore: options.renewBefore ?? 0.9,
    tokens: { most: options.tokens?.most ?? 100, window: duration(options.tokens?.window, "5 minutes") },
    fileAttempts: options.fileAttempts ?? 5,
    concurrency: options.concurrency ?? 5,
    budget: {
      requests: options.budget?.requests ?? 2700,
      window: duration(options.budget?.window, "5 minutes")
    },
    limits: {
      answerBytes: options.limits?.answerBytes ?? 64 * mebibyte,
      files: options.limits?.files ?? 100_000,
      fileBytes: options.limits?.fileBytes ?? 32 * 1024 * mebibyte,
      lineBytes: options.limits?.lineBytes ?? 64 * mebibyte,
      inflation: options.limits?.inflation ?? 250
    }
  })

/** The policy that is used when none is given. */
export const defaultPolicy: Policy = makePolicy()
