/** What a night on CMS's sandbox costs, counted by the server. */
import { outcomeOf, type TargetKind } from "@bcda-kit/conformance"
import type { LogEntry } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { judgeSandbox } from "../support/Judged.ts"

const bill = (log: ReadonlyArray<LogEntry>) => ({
  jobs: log.filter(({ status, target }) => target.includes("$export") && status === 202).length,
  tokens: log.filter(({ issued }) => issued !== undefined).length,
  wrongSecrets: log.filter(({ area, status }) => area === "token" && status === 401).length,
  requests: log.length
})

/** The most requests within any minute. */
const rush = (log: ReadonlyArray<LogEntry>): number => {
  const times = log.map(({ at }) => Date.parse(at))
  return Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + 60_000).length))
}

const night = (kind: TargetKind, pendingMillis: number) =>
  Effect.gen(function* () {
    const { lines, sandbox, verdicts } = yield* judgeSandbox({
      // few people, whose files are written before the clock of these tests jumps over that
      serve: { enrollees: 5, pace: { pendingMillis, perSubJobMillis: 10_000 } },
      target: { kind },
      // nobody moves the clocks of CMS
      judge: { clock: undefined }
    })
    const log = sandbox.log.entries()
    return { log, lines, verdicts, costs: bill(log) }
  })

describe("a night on CMS's sandbox costs at most three jobs, one token and sixty requests", () => {
  it.live("when jobs take a minute", () =>
    Effect.gen(function* () {
      const { costs, lines, log, verdicts } = yield* night("sandbox", 60_000)
      assert.isAtMost(costs.jobs, 3)
      assert.strictEqual(costs.tokens, 1)
      assert.isAtMost(costs.wrongSecrets, 1)
      assert.isAtMost(costs.requests, 60)
      assert.isAtMost(rush(log), 30)
      assert.strictEqual(outcomeOf(lines).exitCode, 0, outcomeOf(lines).text)
      assert.deepStrictEqual(
        verdicts.filter(({ because }) => because?.includes("budget")).map(({ check }) => check),
        [],
        "nothing is left out for want of budget"
      )
    })
  )

  it.live("and when jobs take longer than anybody waits", () =>
    Effect.gen(function* () {
      const { costs, lines, verdicts } = yield* night("sandbox", 3 * 3_600_000)
      assert.isAtMost(costs.jobs, 3)
      assert.strictEqual(costs.tokens, 1)
      assert.isAtMost(costs.requests, 60)
      assert.deepStrictEqual(
        verdicts.filter(({ verdict }) => verdict === "fail").map(({ check }) => check),
        []
      )
      assert.include([0, 3], outcomeOf(lines).exitCode)
    })
  )
})

describe("production", () => {
  it.live("gets one job, one token, nothing that is wrong on purpose, and nothing is cancelled", () =>
    Effect.gen(function* () {
      const { costs, log } = yield* night("production", 60_000)
      assert.deepInclude(costs, { jobs: 1, tokens: 1, wrongSecrets: 0 })
      assert.isAtMost(rush(log), 20)
      assert.deepStrictEqual(
        log.filter(
          ({ method, status }) => method === "DELETE" || (status !== undefined && status >= 400 && status !== 404)
        ),
        []
      )
    })
  )
})
