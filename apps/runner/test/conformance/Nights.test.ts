/** Three nights on one sandbox whose clock jumps: what the first leaves, the others look at; and a night that dies loses nothing. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { NightState, outcomeOf, type VerdictLine } from "@bcda-kit/conformance"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { vi } from "vitest"
import { start, temporary } from "../support/Bcda.ts"
import { inItsOwnTime, judgeRunning, realPace } from "../support/Judged.ts"

const ageing = ["token/expired-refused", "file/lives-a-day", "file/gone-after-days"]

const nightly = (verdicts: ReadonlyArray<VerdictLine>) =>
  Object.fromEntries(
    verdicts
      .filter(({ check }) => ageing.includes(check))
      .map(({ because, check, verdict }) => [check, because ? `${verdict}: ${because}` : verdict])
  )

const stateIn = (directory: string) =>
  Schema.decodeUnknownSync(Schema.fromJsonString(NightState))(readFileSync(join(directory, "state.json"), "utf8"))

const SecretsFile = Schema.fromJsonString(Schema.Struct({ token: Schema.String }))
const tokenIn = (directory: string) =>
  Schema.decodeUnknownSync(SecretsFile)(readFileSync(join(directory, "secrets.json"), "utf8")).token

describe("checks that take more than one night", () => {
  it.live("are looked at when they are due, and say until then when that is", () =>
    Effect.gen(function* () {
      using folder = temporary()
      const state = join(folder.path, "state")
      const sandbox = yield* realPace()
      const night = Effect.fnUntraced(function* (name: string) {
        const directory = join(folder.path, name)
        const { lines, verdicts } = yield* judgeRunning(sandbox, { judge: { clock: undefined, directory, state } })
        const broken = verdicts.filter(({ verdict }) => ["fail", "blocked"].includes(verdict))
        assert.deepStrictEqual(
          broken.map(({ actual, because, check }) => `${check}: ${because ?? actual}`),
          []
        )
        assert.strictEqual(outcomeOf(lines).exitCode, 0, outcomeOf(lines).text)
        const token = tokenIn(state)
        for (const file of ["results.jsonl", "capture.jsonl", "report.md", "coverage.md"]) {
          assert.notInclude(readFileSync(join(directory, file), "utf8"), token, `${file} of ${name}`)
        }
        return { token, found: nightly(verdicts) }
      })

      const first = yield* night("first")
      const nothing = "not-run: no earlier run with this state has left a job to look at"
      const noToken = "not-run: no earlier run with this state has left a token"
      assert.deepStrictEqual(first.found, {
        "token/expired-refused": noToken,
        "file/lives-a-day": nothing,
        "file/gone-after-days": nothing
      })

      yield* Effect.sleep(Duration.minutes(10))
      const soon = yield* night("soon")
      for (const check of ["file/lives-a-day", "file/gone-after-days"]) {
        assert.match(soon.found[check] ?? "", /^not-run: not due before 2026-10-0[678]T[\d:.]+Z$/)
      }
      assert.notStrictEqual(soon.token, first.token)

      yield* Effect.sleep(Duration.minutes(23 * 60 + 15))
      const second = yield* night("second")
      assert.deepInclude(second.found, {
        "file/lives-a-day": "pass",
        "token/expired-refused": "pass"
      })
      assert.match(second.found["file/gone-after-days"] ?? "", /^not-run: not due before/)
      const capture = readFileSync(join(folder.path, "second", "capture.jsonl"), "utf8")
      assert.notInclude(capture, soon.token, "the dead token is in no evidence either")
      assert.include(capture, "bearer (dead) [token#")

      yield* Effect.sleep(Duration.minutes(23 * 60 + 30))
      const third = yield* night("third")
      assert.strictEqual(third.found["file/gone-after-days"], "pass")
      assert.strictEqual(
        third.found["file/lives-a-day"],
        "pass",
        "of last night's job, since the first has been looked at"
      )
    }).pipe(Effect.scoped, inItsOwnTime)
  )

  it("remember the job of a run that was killed before its end", async () => {
    using folder = temporary()
    await using sandbox = await startSandbox({ pace: { pendingMillis: 0, perSubJobMillis: 0 } })
    const [first] = sandbox.credentials
    const env = { BCDA_CLIENT_ID: first?.clientId ?? "", BCDA_CLIENT_SECRET: first?.clientSecret ?? "" }
    const state = join(folder.path, "state")
    // The first file never comes: the run is in the middle of a request when it dies.
    await sandbox.faults.add([{ fault: "no-answer", where: "file" }])
    const running = start(["conformance", "--target", sandbox.baseUrl, "--out", folder.path, "--state", state], { env })
    await vi.waitUntil(() => sandbox.log.entries({ target: /^\/data\// }).length > 0, { interval: 10, timeout: 30_000 })
    running.child.kill("SIGKILL")
    await running.ran
    const [job, ...others] = stateIn(state).jobs
    assert.deepStrictEqual(others, [])
    assert.match(job?.statusUrl ?? "", /\/api\/v3\/jobs\/\d+$/)
    assert.match(job?.fileUrl ?? "", /\/data\/\d+\/.*\.ndjson$/)
    assert.notInclude(running.stderr() + running.stdout(), tokenIn(state))
  })
})
