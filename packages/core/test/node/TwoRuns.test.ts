import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { Receipt } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { all, kickOffs } from "./support/Exporting.ts"
import { type FakeBcda, fakeBcda } from "./support/FakeBcda.ts"
import { runChild, startChild } from "./support/Killing.ts"
import { filesIn, tempDirectory } from "./support/TempDirectory.ts"
import { until } from "./support/Waiting.ts"

/** As containers are: each its own world of processes, where it is number 1, under the machine's name. */
const container = ["unshare", "-rpf", "--mount-proc", "--kill-child"]
const hasContainers = process.platform === "linux" && spawnSync("unshare", [...container.slice(1), "true"]).status === 0

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Receipt))
const isComplete = (output: string | undefined) => {
  const receipt = decode(output)
  return Result.isSuccess(receipt) && receipt.success.complete
}

const setUp = Effect.gen(function* () {
  const fake = yield* fakeBcda(all)
  fake.attribution = { ingestion_dates: [{ type: "last_attribution_update", timestamp: new Date().toISOString() }] }
  const root = yield* tempDirectory
  return { fake, cache: join(root, "cache"), directory: join(root, "export") }
})

const isFollowing = (fake: FakeBcda) => Effect.promise(() => until(() => fake.requests.includes("GET /api/v3/jobs/7")))

const modes = [
  ["a directory", false],
  ["a watermark", true]
] as const

describe("two processes with the same export", () => {
  it.live.each(modes)("of %s: the second is told who is first, asks for nothing and spoils nothing", ([, sinceLast]) =>
    Effect.gen(function* () {
      const { cache, directory, fake } = yield* setUp
      fake.pending = Number.POSITIVE_INFINITY
      const first = yield* startChild(fake, directory, { cache, sinceLast })
      yield* isFollowing(fake)
      const refused = yield* runChild(fake, directory, { cache, sinceLast })
      assert.match(
        refused ?? "",
        sinceLast ? /^DirectoryBusy .*\/watermarks\/.*\.lock\n$/ : /^DirectoryBusy .*\.lock\n$/
      )
      fake.pending = 0
      assert.isTrue(isComplete(yield* first.ended))
      assert.strictEqual(kickOffs(fake), 1)
      for (const { name } of all) assert.strictEqual(fake.asked(name), 1, name)
    })
  )

  it.live.each(modes)("of %s: the second goes on when the first was killed", ([, sinceLast]) =>
    Effect.gen(function* () {
      const { cache, directory, fake } = yield* setUp
      fake.pending = Number.POSITIVE_INFINITY
      const first = yield* startChild(fake, directory, { cache, sinceLast })
      yield* isFollowing(fake)
      first.child.kill("SIGKILL")
      assert.isUndefined(yield* first.ended)
      fake.pending = 0
      assert.isTrue(isComplete(yield* runChild(fake, directory, { cache, sinceLast })))
      assert.strictEqual(kickOffs(fake), 1)
      const left = [...(yield* filesIn(directory)).keys()].filter((path) => path.includes(".lock"))
      assert.deepStrictEqual(left, [])
    })
  )

  it.live("begun at the same moment are one run at a time: no file is fetched twice, no job started twice", () =>
    Effect.gen(function* () {
      const { cache, directory, fake } = yield* setUp
      const outputs = yield* Effect.forEach([1, 2, 3], () => runChild(fake, directory, { cache }), {
        concurrency: "unbounded"
      })
      for (const output of outputs) assert.isTrue(isComplete(output) || output?.startsWith("DirectoryBusy"), output)
      assert.isTrue(outputs.some(isComplete))
      assert.strictEqual(kickOffs(fake), 1)
      for (const { name } of all) assert.strictEqual(fake.asked(name), 1, name)
    })
  )

  it.live.skipIf(!hasContainers)("in two containers of one name: the second sees that the first is alive", () =>
    Effect.gen(function* () {
      const { cache, directory, fake } = yield* setUp
      fake.pending = Number.POSITIVE_INFINITY
      const first = yield* startChild(fake, directory, { cache, within: container })
      yield* isFollowing(fake)
      assert.match((yield* runChild(fake, directory, { cache, within: container })) ?? "", /^DirectoryBusy /)
      fake.pending = 0
      assert.isTrue(isComplete(yield* first.ended))
      assert.strictEqual(kickOffs(fake), 1)
    })
  )
})
