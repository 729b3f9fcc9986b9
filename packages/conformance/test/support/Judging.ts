/** Runs the suite against a tiny BCDA, without waiting anywhere. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type AuthKind, Credentials, KeyCredentials, Target } from "@bcda-kit/core"
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
import { deadToken, goneJob, type Tiny, type TinyOptions, tinyBcda, tinyFiles, youngJob } from "./TinyBcda.ts"
import { tinyKey } from "./TinySmart.ts"

/** Polls follow each other at once, and a job that never ends is given up after the first poll that finds it so. */
export const atOnce = {
  initial: Duration.zero,
  max: Duration.zero,
  retryAfterCap: Duration.zero,
  deadline: Duration.seconds(20),
  timeout: Duration.seconds(10)
}

export const targetOf = (tiny: Tiny, version: "v1" | "v2" | "v3" = "v3", auth: AuthKind = "basic"): Target =>
  Result.getOrThrow(Target.fromUrl(tiny.baseUrl, { apiVersion: version, name: "tiny", auth }))

/** The same as a server that was started for this. */
export const embeddedOf = (...which: Parameters<typeof targetOf>) =>
  describeTarget(targetOf(...which), { kind: "embedded" })

export const credentialsOf = (tiny: Tiny): Credentials => Credentials.of(tiny.clientId, tiny.clientSecret)

export const keyOf = (tiny: Tiny): KeyCredentials => KeyCredentials.of(tiny.clientId, tinyKey)

export const runOn = Effect.fnUntraced(function* (
  tiny: Tiny,
  options: Partial<JudgeOptions> = {},
  version?: "v1" | "v2" | "v3",
  auth?: AuthKind
) {
  return yield* Stream.runCollect(
    judge({
      target: embeddedOf(tiny, version, auth),
      credentials: auth === "smart" ? keyOf(tiny) : credentialsOf(tiny),
      clock: tiny.clock,
      expected: [],
      ...options,
      pace: { ...atOnce, ...options.pace }
    })
  ).pipe(Effect.provide(NodeTransport.layer))
})

/** A state in which earlier nights left what a tiny BCDA has: a job of 23 hours, one of days ago, and a token that nobody takes any more. */
const earlierNights = Effect.fnUntraced(function* (tiny: Tiny) {
  const path = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "nights test "))),
    (made) => Effect.promise(() => rm(made, { recursive: true, force: true }))
  )
  const { apiBase, apiVersion, baseUrl } = targetOf(tiny, tiny.apiVersion)
  const remembered = (id: number, hoursAgo: number) => ({
    finishedAt: new Date(Date.now() - hoursAgo * 3_600_000).toISOString(),
    statusUrl: `${apiBase}/jobs/${id}`,
    fileUrl: `${baseUrl}/data/${id}/${tinyFiles["Patient"]?.uuid}.ndjson`,
    looks: []
  })
  const state = {
    format: 1,
    target: { baseUrl, apiVersion },
    jobs: [remembered(youngJob, 23.5), remembered(goneJob, 48)]
  }
  const secrets = { format: 1, token: deadToken, expiresAt: new Date(0).toISOString() }
  yield* Effect.promise(() => writeFile(join(path, "state.json"), JSON.stringify(state)))
  yield* Effect.promise(() => writeFile(join(path, "secrets.json"), JSON.stringify(secrets)))
  return path
})

/** The lines of a run against a fresh tiny BCDA, and that server. With `nights`, it is not the first night, and no clock is moved. */
export const judged = (
  server: TinyOptions = {},
  { nights = false, ...options }: Partial<JudgeOptions> & { readonly nights?: boolean } = {},
  auth: AuthKind = server.auth ?? "basic"
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const tiny = yield* tinyBcda(server)
      const night = nights ? { clock: undefined, state: yield* earlierNights(tiny) } : {}
      const lines = yield* runOn(tiny, { ...night, ...options }, server.apiVersion, auth)
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

/** On a server that starts the same export twice, as the tiny BCDA does unless it is told otherwise. */
export const notLimited: ReadonlyArray<string> = [
  "not-applicable kickoff/put-off-says-when",
  "not-applicable kickoff/taken-after-waiting"
]

/** Verdicts that are not a pass, short enough to read in a failing test. */
export const notPassed = (verdicts: ReadonlyArray<VerdictLine>): ReadonlyArray<string> =>
  verdicts
    .filter(({ verdict }) => verdict !== "pass")
    .map(
      ({ check, verdict, because, expected, actual }) =>
        `${verdict} ${check}: ${because ?? `expected ${expected}, got ${actual}`}`
    )
