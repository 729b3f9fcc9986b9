import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { ExportRequest } from "@bcda-kit/core"
import { exportToDirectory } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type FakeFile, fakeBcda, lines, stall } from "./support/FakeBcda.ts"
import { filesIn, tempDirectory } from "./support/TempDirectory.ts"
import { until } from "./support/Waiting.ts"

const child = fileURLToPath(new URL("support/exportChild.ts", import.meta.url))

const files: ReadonlyArray<FakeFile> = Array.from({ length: 6 }, (_, i) => ({
  type: "Patient",
  name: `p${i}.ndjson`,
  content: lines("Patient", 2000 + i)
}))

describe("a process that is killed in the middle of a download", () => {
  it.live("leaves what the next one completes: the same bytes, no file twice, no second job", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda(files)
      const directory = join(yield* tempDirectory, "export")
      const killed = spawn(process.execPath, [child, fake.baseUrl, directory], { stdio: ["ignore", "pipe", "inherit"] })
      // Half a file has arrived, and two others are in their places.
      const half = new Promise<void>((resolve) => {
        fake.faults.set("p3.ndjson", (response, wire, nth) => {
          const isStalled = stall(0.5, 1)(response, wire, nth)
          resolve()
          return isStalled
        })
      })
      yield* Effect.promise(() => half)
      yield* Effect.promise(() =>
        until(
          () =>
            existsSync(join(directory, "Patient/p0.ndjson")) && existsSync(join(directory, "Patient/p3.ndjson.part"))
        )
      )
      const exit = once(killed, "exit")
      killed.kill("SIGKILL")
      assert.deepStrictEqual(yield* Effect.promise(() => exit), [null, "SIGKILL"])

      const before = yield* filesIn(directory)
      assert.isTrue(before.has(".lock"), "it had no time to tidy up")
      assert.isFalse(before.has("Patient/p3.ndjson"))
      assert.isFalse(before.has("receipt.json"))
      const whole = files.filter(({ name }) => before.has(`Patient/${name}`))

      const receipt = yield* exportToDirectory({ request: new ExportRequest({ scope: "all" }), directory }).pipe(
        Effect.provide(fake.client())
      )
      assert.isTrue(receipt.complete)
      const after = yield* filesIn(directory)
      for (const { name, content } of files) assert.strictEqual(after.get(`Patient/${name}`)?.toString(), content)
      for (const { name } of whole) assert.strictEqual(fake.asked(name), 1, name)
      assert.strictEqual(fake.asked("p3.ndjson"), 2)
      assert.lengthOf(
        fake.requests.filter((request) => request.endsWith("/$export")),
        1
      )
      assert.deepStrictEqual(
        Array.from(after.keys()).filter((path) => path.includes(".lock") || path.endsWith(".part")),
        []
      )
    })
  )
})
