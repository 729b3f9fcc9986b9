import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { BcdaClient, ExportRequest, Target } from "@bcda-kit/core"
import { exportToDirectory } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { claims1, kickOffs, patients, request, setUp } from "./support/Exporting.ts"
import type { FakeBcda } from "./support/FakeBcda.ts"
import { until } from "./support/Waiting.ts"

const ofTypes = (types: ReadonlyArray<string>) => ({ request: new ExportRequest({ scope: "all", types }) })

/** The server's client, as it would be if the server were elsewhere or another. */
const withTarget = (fake: FakeBcda, target: Target) =>
  Layer.effect(
    BcdaClient,
    BcdaClient.use((client) => Effect.succeed({ ...client, target }))
  ).pipe(Layer.provide(fake.client()))

describe("a directory is refused", () => {
  it.live("when it belongs to another request, but not for the order of its types", () =>
    Effect.gen(function* () {
      const { run, reason, fake } = yield* setUp([patients])
      yield* run(ofTypes(["Patient", "Coverage"]))
      fake.requests.length = 0
      yield* run(ofTypes(["Coverage", "Patient"]))
      for (const request of [
        new ExportRequest({ scope: "all", types: ["Patient"] }),
        new ExportRequest({ scope: "runout", types: ["Patient", "Coverage"] }),
        new ExportRequest({ scope: "all", types: ["Patient", "Coverage"], since: "2026-01-01T00:00:00Z" })
      ]) {
        assert.strictEqual((yield* reason({ request }))._tag, "DirectoryMismatch")
      }
      assert.deepStrictEqual(fake.requests, [])
    })
  )

  it.live("when it belongs to another target or API version", () =>
    Effect.gen(function* () {
      const { run, directory, fake } = yield* setUp([patients])
      yield* run()
      for (const change of [{ baseUrl: "https://elsewhere.test" }, { apiVersion: "v2" as const }]) {
        const { name, baseUrl, apiVersion, auth } = fake.target
        const target = new Target({ name, baseUrl, apiVersion, auth, ...change })
        const error = yield* exportToDirectory({ request, directory }).pipe(
          Effect.provide(withTarget(fake, target)),
          Effect.flip
        )
        assert.strictEqual(error.reason._tag, "DirectoryMismatch")
      }
    })
  )

  it.live("but not when an earlier run was refused before there was a job, and then it is the other request's", () =>
    Effect.gen(function* () {
      const { run, reason, directory, fake } = yield* setUp([patients])
      const refused = new ExportRequest({ scope: "all", types: ["Patient"], since: "tomorrow" })
      const { apiVersion, auth } = fake.target
      const elsewhere = new Target({ name: "other", baseUrl: "https://elsewhere.test", apiVersion, auth })
      const first = yield* exportToDirectory({ request: refused, directory }).pipe(
        Effect.provide(withTarget(fake, elsewhere)),
        Effect.flip
      )
      assert.strictEqual(first.reason._tag, "InvalidRequest")
      assert.isTrue((yield* run()).complete)
      assert.strictEqual((yield* reason({ request: refused }))._tag, "DirectoryMismatch")
      assert.isTrue((yield* run()).complete)
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("when it holds other files", () =>
    Effect.gen(function* () {
      const { reason, directory, fake } = yield* setUp()
      mkdirSync(directory)
      writeFileSync(join(directory, "thesis.txt"), "mine")
      assert.strictEqual((yield* reason())._tag, "DirectoryMismatch")
      assert.strictEqual(kickOffs(fake), 0)
    })
  )

  it.live("when it is a file", () =>
    Effect.gen(function* () {
      const { reason, directory } = yield* setUp()
      writeFileSync(directory, "")
      assert.strictEqual((yield* reason())._tag, "FileSystem")
    })
  )

  it.live("while another run is at work in it", () =>
    Effect.gen(function* () {
      const { run, reason, fake } = yield* setUp()
      fake.pending = 1_000_000
      const fiber = yield* Effect.forkChild(run())
      yield* Effect.promise(() => until(() => kickOffs(fake) > 0))
      assert.strictEqual((yield* reason())._tag, "DirectoryBusy")
      fake.pending = 0
      assert.isTrue((yield* Fiber.join(fiber)).complete)
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("but not when the same local server, started anew, has another port; what is missing is then lost", () =>
    Effect.gen(function* () {
      const { run, directory, fake } = yield* setUp([patients, claims1])
      const receipt = yield* run()
      fake.requests.length = 0
      const moved = (name: string) => {
        const { apiVersion, auth } = fake.target
        return exportToDirectory({ request, directory }).pipe(
          Effect.provide(withTarget(fake, new Target({ name, baseUrl: "http://127.0.0.1:1", apiVersion, auth })))
        )
      }
      assert.deepStrictEqual(yield* moved(fake.target.name), receipt)
      assert.strictEqual((yield* Effect.flip(moved("another"))).reason._tag, "DirectoryMismatch")
      rmSync(join(directory, "Patient/p.ndjson"))
      assert.strictEqual((yield* Effect.flip(moved(fake.target.name))).reason._tag, "CannotResume")
      assert.isTrue(existsSync(join(directory, "receipt.json")))
      assert.deepStrictEqual(fake.requests, [])
    })
  )
})
