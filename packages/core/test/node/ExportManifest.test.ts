import type { ServerResponse } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { claims1, kickOffs, patients, setUp } from "./support/Exporting.ts"
import { bulky, cut, type FakeBcda, type FakeFile, inTurn, status } from "./support/FakeBcda.ts"
import { filesIn } from "./support/TempDirectory.ts"

/** Answers polls with a manifest of its own making. */
const answering =
  (fake: FakeBcda, files: ReadonlyArray<Pick<FakeFile, "type" | "name" | "url">>, more: object = {}) =>
  (response: ServerResponse) => {
    response.end(
      JSON.stringify({
        transactionTime: "2026-02-01T20:20:20Z",
        output: files.map(({ name, type, url }) => ({ type, url: url ?? `${fake.baseUrl}/data/7/${name}` })),
        ...more
      })
    )
  }

describe("a manifest that is not to go by", () => {
  const both = [patients, claims1]
  const wrong = {
    "another job's": { more: { JobID: 6 }, tag: "Malformed" },
    "an answer to another request": { more: { request: "http://x/api/v3/Group/runout/$export" }, tag: "Malformed" },
    "one that lists a file twice": { files: [patients, patients], tag: "Malformed" },
    "one with a name that is none": { files: [{ ...patients, url: "http://x/" }], tag: "UnsafeName" }
  }
  for (const [what, { tag, ...given }] of Object.entries(wrong)) {
    it.live(`ends the run and is not kept: ${what}`, () =>
      Effect.gen(function* () {
        const { fake, reason, run } = yield* setUp(both)
        const { files, more }: { files?: ReadonlyArray<FakeFile>; more?: object } = given
        fake.jobAnswer = answering(fake, files ?? both, more)
        assert.strictEqual((yield* reason())._tag, tag)
        assert.strictEqual(fake.asked("p.ndjson"), 0)
        fake.jobAnswer = undefined
        assert.lengthOf((yield* run()).files, 2)
        assert.strictEqual(kickOffs(fake), 1)
      })
    )
  }

  it.live("ends for good a directory whose job turns out to be another export's", () =>
    Effect.gen(function* () {
      const { directory, fake, reason } = yield* setUp(both)
      fake.jobAnswer = (response) => response.writeHead(404).end()
      yield* reason()
      fake.jobAnswer = answering(fake, both, { request: "http://x/api/v3/Group/runout/$export" })
      const { _tag, ...more } = yield* reason()
      assert.deepStrictEqual([_tag, fake.asked("p.ndjson")], ["CannotResume", 0])
      assert.deepInclude(more, { directory, jobId: "7", detail: "the manifest answers another request than was made" })
    })
  )

  it.live("may say nothing of its job and request, or say the request in other words", () =>
    Effect.gen(function* () {
      const { fake, run } = yield* setUp(both)
      fake.jobAnswer = answering(fake, both, { JobID: "7", request: "https://other/api/v3/Group/all/$export?" })
      assert.isTrue((yield* run()).complete)
    })
  )
})

/** Files whose URLs are paths, on the server. */
const files = (fake: FakeBcda, ...all: ReadonlyArray<FakeFile>) =>
  all.map(({ url, ...file }) => (url === undefined ? file : { ...file, url: `${fake.baseUrl}${url}` }))

describe("a manifest that is wrong about a file", () => {
  const gone = { ...claims1, url: "/data/6/e1.ndjson" }

  it.live("is asked for again, in the same run", () =>
    Effect.gen(function* () {
      const { fake, run } = yield* setUp([patients, claims1])
      const wrong = answering(fake, files(fake, patients, gone))
      fake.jobAnswer = (response) => {
        fake.jobAnswer = undefined
        wrong(response)
      }
      const receipt = yield* run()
      assert.isTrue(receipt.complete)
      assert.lengthOf(receipt.files, 2)
      assert.strictEqual(fake.asked("p.ndjson"), 1)
    })
  )

  it.live("is asked for again by the next run, and stays replaced", () =>
    Effect.gen(function* () {
      const { fake, reason, run } = yield* setUp([patients, claims1])
      fake.jobAnswer = answering(fake, files(fake, patients, { ...claims1, type: "Coverage" }))
      assert.strictEqual((yield* reason())._tag, "BadLine")
      fake.jobAnswer = undefined
      const receipt = yield* run()
      assert.deepStrictEqual(
        receipt.files.map(({ path }) => path),
        ["Patient/p.ndjson", "ExplanationOfBenefit/e1.ndjson"]
      )
      const polls = fake.requests.length
      assert.deepStrictEqual(yield* run(), receipt)
      assert.lengthOf(fake.requests, polls)
    })
  )

  it.live("leaves nothing behind of a file that the better one does not list", () =>
    Effect.gen(function* () {
      // Large enough to be gone on with, so that the wire is kept beside its part.
      const lost = { ...claims1, name: "lost.ndjson", content: bulky(claims1.type, 280) }
      const { directory, fake, run } = yield* setUp([patients, claims1, lost])
      fake.jobAnswer = (response) => {
        fake.jobAnswer = answering(fake, [patients, claims1])
        answering(fake, [patients, lost])(response)
      }
      fake.faults.set("lost.ndjson", inTurn(cut(0.9), status(404)))
      yield* run()
      const found = [...(yield* filesIn(directory)).keys()].filter((path) => path.includes("/"))
      assert.sameMembers(found, ["ExplanationOfBenefit/e1.ndjson", "Patient/p.ndjson"])
    })
  )

  const worse: Record<string, (fake: FakeBcda) => ReadonlyArray<FakeFile>> = {
    "with a file less": () => [patients],
    "without one that is here": () => [claims1, { ...claims1, url: "/data/7/other.ndjson" }],
    "with one that is here elsewhere": () => [{ ...patients, type: "Coverage" }, claims1],
    "that is the same": () => [patients, gone]
  }
  for (const [what, then] of Object.entries(worse)) {
    it.live(`is not replaced by one ${what}`, () =>
      Effect.gen(function* () {
        const { fake, reason } = yield* setUp([patients, claims1])
        fake.jobAnswer = (response) => {
          fake.jobAnswer = answering(fake, files(fake, ...then(fake)))
          answering(fake, files(fake, patients, gone))(response)
        }
        assert.strictEqual((yield* reason())._tag, "FileGone")
        assert.strictEqual((yield* reason())._tag, "FileGone")
        assert.strictEqual(fake.asked("e1.ndjson"), 0)
      })
    )
  }
})

describe("an empty file", () => {
  it.live("is none that BCDA lists: it is asked for again, and then refused", () =>
    Effect.gen(function* () {
      const { fake, reason } = yield* setUp([patients, { ...claims1, content: "" }])
      assert.strictEqual((yield* reason())._tag, "BadLine")
      assert.isAbove(fake.asked("e1.ndjson"), 1)
      assert.deepStrictEqual(new Set(fake.ranges("e1.ndjson")), new Set([""]))
    })
  )

  it.live("is as good as any in the error list", () =>
    Effect.gen(function* () {
      const { run } = yield* setUp([
        patients,
        { type: "OperationOutcome", name: "e-error.ndjson", section: "error", content: "" }
      ])
      assert.isTrue((yield* run()).complete)
    })
  )
})

describe("a file that needs a token, though the manifest says that none does", () => {
  it.live("gets it where a token may go", () =>
    Effect.gen(function* () {
      const { fake, run } = yield* setUp([patients])
      fake.jobAnswer = answering(fake, [patients], { requiresAccessToken: false })
      assert.isTrue((yield* run()).complete)
      assert.strictEqual(fake.asked("p.ndjson"), 2)
    })
  )
})
