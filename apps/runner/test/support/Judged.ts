import { describeTarget, type JudgeOptions, judge, type TargetFile, type VerdictLine } from "@bcda-kit/conformance"
import { Credentials, Target } from "@bcda-kit/core"
import { NodeTransport } from "@bcda-kit/core/node"
import { memoryFileStore } from "@bcda-kit/sandbox"
import { type RunningSandbox, type ServeOptions, serve } from "@bcda-kit/sandbox/node"
import { Clock, Duration, Effect, Result, Stream } from "effect"
import { clockOfWorlds } from "../matrix/support/World.ts"

export interface JudgedOptions {
  readonly target?: Omit<TargetFile, "baseUrl">
  readonly judge?: Partial<JudgeOptions>
}

/** A sandbox whose jobs take as long as real ones. It stays up until the scope closes. */
export const realPace = (options: ServeOptions = {}) =>
  serve({ pace: { pendingMillis: 20_000, perSubJobMillis: 10_000 }, store: memoryFileStore(), ...options })

/** Judges a running sandbox over a real socket, as its first persona. */
export const judgeRunning = Effect.fnUntraced(function* (sandbox: RunningSandbox, options: JudgedOptions = {}) {
  const [first] = sandbox.credentials
  if (first === undefined) return yield* Effect.die("the sandbox has no credentials")
  const target = Result.getOrThrow(Target.fromUrl(sandbox.baseUrl, { apiVersion: options.target?.apiVersion ?? "v3" }))
  const lines = yield* judge({
    target: describeTarget(target, { kind: "embedded", ...options.target }),
    credentials: Credentials.of(first.clientId, first.clientSecret),
    // Who remembers earlier nights shares the clock of these tests, which must not fall behind.
    clock:
      options.judge?.state === undefined
        ? { advance: (by) => Effect.promise(() => sandbox.idle().then(() => sandbox.clock.advance(by))) }
        : undefined,
    ...options.judge,
    // The clock of these tests jumps when everybody seems to wait; no answer that is on its way may be given up for that.
    pace: { timeout: Duration.infinity, ...options.judge?.pace }
  }).pipe(Stream.runCollect, Effect.provide(NodeTransport.layer))
  const verdicts = lines.filter((line): line is VerdictLine => line.kind === "verdict")
  return { lines, sandbox, verdicts }
})

/** Runs with a clock of its own that suite and sandbox share: it jumps when both only wait, so that an hour takes no time. */
export const inItsOwnTime = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => Effect.provideService(effect, Clock.Clock, clockOfWorlds()))

/** Judges a sandbox of its own, in its own time. */
export const judgeSandbox = ({ serve: served, ...options }: JudgedOptions & { readonly serve?: ServeOptions } = {}) =>
  realPace(served).pipe(
    Effect.flatMap((sandbox) => judgeRunning(sandbox, options)),
    Effect.scoped,
    inItsOwnTime
  )
