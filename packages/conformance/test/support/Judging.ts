/** Runs the suite against a tiny BCDA, without waiting anywhere. */
import { Credentials, Target } from "@bcda-kit/core"
import { NodeTransport } from "@bcda-kit/core/node"
import { Duration, Effect, Result, Stream } from "effect"
import {
  describeTarget,
  type HeaderLine,
  type JudgeOptions,
  judge,
  type TargetFile,
  type VerdictLine
} from "../../src/index.ts"
import { type Tiny, type TinyOptions, tinyBcda } from "./TinyBcda.ts"

/** Polls follow each other at once, and a job that never ends is given up after the first poll that finds it so. */
export const atOnce = {
  initial: Duration.zero,
  max: Duration.zero,
  retryAfterCap: Duration.zero,
  deadline: Duration.seconds(20),
  timeout: Duration.seconds(10)
}

export const targetOf = (tiny: Tiny, version: "v1" | "v2" | "v3" = "v3", auth: "basic" | "none" = "basic"): Target =>
  Result.getOrThrow(Target.fromUrl(tiny.baseUrl, { apiVersion: version, name: "tiny", auth }))

export const credentialsOf = (tiny: Tiny): Credentials => Credentials.of(tiny.clientId, tiny.clientSecret)

export const runOn = Effect.fnUntraced(function* (
  tiny: Tiny,
  options: Partial<JudgeOptions> = {},
  version?: "v1" | "v2" | "v3",
  auth?: "basic" | "none"
) {
  return yield* Stream.runCollect(
    judge({
      target: targetOf(tiny, version, auth),
      credentials: credentialsOf(tiny),
      expected: [],
      ...options,
      pace: { ...atOnce, ...options.pace }
    })
  ).pipe(Effect.provide(NodeTransport.layer))
})

/** The lines of a run against a fresh tiny BCDA, and that server. */
export const judged = (server: TinyOptions = {}, options: Partial<JudgeOptions> = {}, auth?: "basic" | "none") =>
  Effect.scoped(
    Effect.gen(function* () {
      const tiny = yield* tinyBcda(server)
      const lines = yield* runOn(tiny, options, server.apiVersion, auth)
      const verdicts = lines.filter((line): line is VerdictLine => line.kind === "verdict")
      const by = new Map(verdicts.map((line) => [line.check, line]))
      return { lines, verdicts, by, tiny }
    })
  )

/** The tiny BCDA as a descriptor that says more of it. */
export const described = (tiny: Tiny, file: Omit<TargetFile, "baseUrl">) => describeTarget(targetOf(tiny), file)

export const headerOf = (lines: ReadonlyArray<{ readonly kind: string }>): HeaderLine => {
  const found = lines.find((line): line is HeaderLine => line.kind === "header")
  if (found === undefined) throw new Error("there is no header")
  return found
}

/** Verdicts that are not a pass, short enough to read in a failing test. */
export const notPassed = (verdicts: ReadonlyArray<VerdictLine>): ReadonlyArray<string> =>
  verdicts
    .filter(({ verdict }) => verdict !== "pass")
    .map(
      ({ check, verdict, because, expected, actual }) =>
        `${verdict} ${check}: ${because ?? `expected ${expected}, got ${actual}`}`
    )
