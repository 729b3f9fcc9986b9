/** What one night leaves for the next: when a job is due, and that what was remembered is on the disk at once, whole, and for its owner alone. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { describeTarget } from "../src/index.ts"
import { dueJob, memoryOfRun, type RememberedJob } from "../src/Memory.ts"
import { openState } from "../src/State.ts"

const directory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "state test "))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

const sandbox = describeTarget(Target.sandbox("v3"))
const at = (text: string) => DateTime.makeUnsafe(text)
const night = { atLeast: Duration.hours(23), below: Duration.hours(24) }
const days = { atLeast: Duration.hours(48) }

const job = (finishedAt: string, ...looks: ReadonlyArray<string>): RememberedJob => ({
  finishedAt: at(finishedAt),
  statusUrl: `https://sandbox.bcda.cms.gov/api/v3/jobs/${finishedAt}`,
  looks
})

const due = (jobs: ReadonlyArray<RememberedJob>, now: string, age: Parameters<typeof dueJob>[2] = night) => {
  const found = dueJob(jobs, "look", age, at(now), "no job at all")
  return "job" in found ? found.job.statusUrl.split("/").at(-1) : found.because
}

describe("a job of an earlier night is due", () => {
  const one = "2026-11-23T02:00:00.000Z"
  it("from its age on, and until it is too old", () => {
    assert.strictEqual(due([job(one)], "2026-11-24T00:59:59.999Z"), "not due before 2026-11-24T01:00:00.000Z")
    assert.strictEqual(due([job(one)], "2026-11-24T01:00:00Z"), one)
    assert.strictEqual(due([job(one)], "2026-11-24T01:59:59.999Z"), one)
    assert.match(due([job(one)], "2026-11-24T02:00:00Z") ?? "", /^the moment has passed/)
    assert.strictEqual(due([job(one)], "2027-11-24T02:00:00Z", days), one, "no matter how old")
  })

  it("once", () => {
    assert.match(due([job(one, "look")], "2026-11-24T01:30:00Z") ?? "", /^no job at all/)
    assert.strictEqual(due([job(one, "another look")], "2026-11-24T01:30:00Z"), one)
    assert.match(due([], "2026-11-24T01:30:00Z") ?? "", /^no job at all/)
  })

  it("and another is taken when the first was missed", () => {
    const two = "2026-11-24T02:00:00.000Z"
    assert.strictEqual(due([job(one), job(two)], "2026-11-25T01:30:00Z"), two)
    assert.strictEqual(due([job(one), job(two)], "2026-11-24T12:00:00Z"), "not due before 2026-11-25T01:00:00.000Z")
    assert.strictEqual(due([job(one), job(two)], "2026-11-26T12:00:00Z", days), one, "the oldest first")
  })
})

describe("the state", () => {
  const statusUrl = "https://sandbox.bcda.cms.gov/api/v3/jobs/7"
  const canary = "canary-token-51be02"

  it.effect("is on the disk at once, and what opens it next goes on from there", () =>
    Effect.gen(function* () {
      const path = yield* directory
      yield* TestClock.setTime(Date.parse("2026-11-23T02:00:00Z"))
      const first = yield* openState(path, sandbox)
      yield* first.finished({ statusUrl, fileUrl: `${statusUrl}/file` })
      yield* first.finished({ statusUrl })
      yield* TestClock.adjust(Duration.hours(23))
      // The first run never ends: it was killed.
      const second = yield* openState(path, sandbox)
      const found = yield* second.due("look", night)
      if (!("job" in found)) return assert.fail(found.because)
      assert.strictEqual(found.job.fileUrl, `${statusUrl}/file`)
      assert.isTrue("job" in (yield* second.due("look", night)), "a look that nobody marked is taken again")
      yield* second.looked(found.job, "look")
      const third = yield* openState(path, sandbox)
      assert.isFalse("job" in (yield* third.due("look", night)))
      assert.isTrue("job" in (yield* third.due("another", night)))
      yield* TestClock.adjust(Duration.days(14))
      yield* third.finished({ statusUrl: `${statusUrl}0` })
      assert.notInclude(yield* Effect.promise(() => readFile(join(path, "state.json"), "utf8")), `${statusUrl}"`)
    }).pipe(Effect.scoped)
  )

  it.effect("keeps a token apart, and gives out that of the run before when it is dead", () =>
    Effect.gen(function* () {
      const path = yield* directory
      yield* TestClock.setTime(Date.parse("2026-11-23T02:00:00Z"))
      const first = yield* openState(path, sandbox)
      assert.deepStrictEqual(yield* first.deadToken, { because: "no earlier run with this state has left a token" })
      yield* first.issued(Redacted.make(canary), Duration.minutes(20))
      yield* first.finished({ statusUrl })
      const soon = yield* openState(path, sandbox)
      assert.deepStrictEqual(yield* soon.deadToken, { because: "not due before 2026-11-23T02:20:00.000Z" })
      yield* TestClock.adjust(Duration.minutes(20))
      const later = yield* openState(path, sandbox)
      yield* later.issued(Redacted.make("another-token"), Duration.minutes(20))
      const dead = yield* later.deadToken
      assert.strictEqual("token" in dead && Redacted.value(dead.token), canary, "its own token is not in the way")
      assert.notInclude(yield* Effect.promise(() => readFile(join(path, "state.json"), "utf8")), "token")
    }).pipe(Effect.scoped)
  )

  it.effect("is for its owner alone, also where a file was there before, and leaves nothing beside it", () =>
    Effect.gen(function* () {
      const path = yield* directory
      const first = yield* openState(path, sandbox)
      yield* first.issued(Redacted.make(canary), Duration.minutes(20))
      yield* Effect.promise(() => chmod(join(path, "state.json"), 0o644))
      yield* Effect.promise(() => writeFile(join(path, "state.json.new"), "half a st", { mode: 0o644 }))
      // It is written when it is opened, over what a killed run left beside it.
      yield* openState(path, sandbox)
      assert.deepStrictEqual(yield* Effect.promise(() => readdir(path)), ["secrets.json", "state.json"])
      for (const name of ["secrets.json", "state.json"]) {
        const { mode } = yield* Effect.promise(() => stat(join(path, name)))
        assert.strictEqual(mode & 0o777, 0o600, name)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("is refused when it is another target's, or damaged, or cannot be written", () =>
    Effect.gen(function* () {
      const path = yield* directory
      yield* openState(path, sandbox)
      const other = yield* Effect.flip(openState(path, describeTarget(Target.sandbox("v2"))))
      assert.strictEqual(other.reason._tag, "StateUnreadable")
      assert.include(other.message, "https://sandbox.bcda.cms.gov, v3")
      yield* Effect.promise(() => writeFile(join(path, "secrets.json"), `{"format":1,"token":"${canary}"`))
      const damaged = yield* Effect.flip(openState(path, sandbox))
      assert.include(damaged.message, "secrets.json")
      assert.notInclude(damaged.message, canary)
      const below = yield* Effect.flip(openState(join(path, "state.json", "below"), sandbox))
      assert.strictEqual(below.reason._tag, "OutputUnwritable")
    }).pipe(Effect.scoped)
  )
})

describe("a run that moves the server's clock", () => {
  it.effect("sees its own job and its first token grow old by the server's time, and asks nothing of a disk", () =>
    Effect.gen(function* () {
      let ahead = Duration.zero
      const memory = memoryOfRun(Effect.map(DateTime.now, (now) => DateTime.addDuration(now, ahead)))
      assert.deepStrictEqual(yield* memory.due("look", night), { because: "no job of this run was done" })
      assert.deepStrictEqual(yield* memory.deadToken, { because: "the run got no token whose life is known" })
      yield* memory.issued(Redacted.make("first"), Duration.minutes(20))
      yield* memory.finished({ statusUrl: "http://a/1", openFiles: true })
      assert.deepStrictEqual(yield* memory.deadToken, { because: "not due before 1970-01-01T00:20:00.000Z" })
      ahead = Duration.minutes(25)
      yield* memory.issued(Redacted.make("second"), Duration.minutes(20))
      const dead = yield* memory.deadToken
      assert.strictEqual("token" in dead && Redacted.value(dead.token), "first", "the second is its own for now")
      ahead = Duration.hours(23)
      const found = yield* memory.due("look", night)
      if (!("job" in found)) return assert.fail(found.because)
      assert.deepInclude(found.job, { statusUrl: "http://a/1", openFiles: true })
      yield* memory.looked(found.job, "look")
      assert.deepStrictEqual(yield* memory.due("look", night), { because: "no job of this run was done" })
    })
  )
})
