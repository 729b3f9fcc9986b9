import { readFileSync } from "node:fs"
import { join } from "node:path"
import { ExportEvent } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { addOutcomes, noOutcomes, outcomesOf } from "../../src/internal/outcomes.ts"
import { errors, patients, setUp, tags, warnings } from "./support/Exporting.ts"
import { bulky, cut, type FakeFile, inTurn, status } from "./support/FakeBcda.ts"
import { filesIn } from "./support/TempDirectory.ts"

const mbi = "1S00E00AA00"

/** A line of an error file as BCDA writes it. */
const missing = (of: string) =>
  `${JSON.stringify({ issue: [{ code: "not-found", diagnostics: `Error retrieving BlueButton ID for cclfBeneficiary MBI ${of}`, severity: "error" }], resourceType: "OperationOutcome" })}\n`

const warning = `${JSON.stringify({ issue: [{ code: "processing", details: { text: "Default System-Type behavior" }, severity: "warning" }], resourceType: "OperationOutcome" })}\n`

const people = ["1S00E00AA00", "2S00E00AA01", "3S00-E00-AA02"]
const missingPeople: FakeFile = { ...errors, content: people.map(missing).join("") }

const issue = (severity: string, n: number) => ({ severity, code: "x", diagnostics: `text ${n}` })
const outcome = (...issues: ReadonlyArray<object>) => outcomesOf({ resourceType: "OperationOutcome", issue: issues })

describe("what error files say", () => {
  it.live("is in the receipt and among the events, in words and numbers, without the people it is about", () =>
    Effect.gen(function* () {
      const { events, run, directory, fake } = yield* setUp([
        patients,
        missingPeople,
        { ...warnings, content: warning }
      ])
      const seen = yield* events()
      const receipt = yield* run()
      assert.deepStrictEqual(receipt.outcomes, {
        fatal: 0,
        error: 3,
        warning: 1,
        information: 0,
        texts: [
          {
            severity: "error",
            code: "not-found",
            text: "Error retrieving BlueButton ID for cclfBeneficiary MBI [MBI]",
            count: 3
          },
          { severity: "warning", code: "processing", text: "Default System-Type behavior", count: 1 }
        ]
      })
      const read = seen.filter((event) => event._tag === "OutcomesRead")
      assert.sameMembers(
        read.map(({ path }) => path),
        ["error/e1-error.ndjson", "error/warnings-and-info.ndjson"]
      )
      assert.strictEqual(read.find(({ path }) => path.includes("e1"))?.outcomes.error, 3)
      const told = seen.map((event) => JSON.stringify(Schema.encodeSync(ExportEvent)(event))).join("")
      const files = yield* filesIn(directory)
      for (const person of people) {
        assert.notInclude(told, person)
        for (const [path, content] of files) {
          assert.strictEqual(content.includes(person), path === "error/e1-error.ndjson", path)
        }
      }
      assert.strictEqual(files.get("error/e1-error.ndjson")?.toString(), missingPeople.content)
      assert.strictEqual(fake.asked("e1-error.ndjson"), 1)
    })
  )

  it.live("is no people's names either when such a file is damaged", () =>
    Effect.gen(function* () {
      const { reason, directory } = yield* setUp([
        { ...errors, content: missing(mbi).replace('"error"', `"error" ${mbi}`) }
      ])
      const { message, ...rest } = yield* reason()
      assert.notInclude(message + JSON.stringify(rest), mbi)
      assert.notInclude(readFileSync(join(directory, "journal.jsonl"), "utf8"), mbi)
    })
  )

  it("is not without end: so many texts of each severity, and every issue counted", () => {
    let sum = noOutcomes
    for (let n = 0; n < 100; n++) sum = addOutcomes(sum, outcome(issue("information", n), issue("information", 3)))
    sum = addOutcomes(sum, outcome(issue("fatal", 1)))
    assert.deepInclude(sum, { fatal: 1, information: 200 })
    assert.strictEqual(sum.texts.length, 21)
    assert.deepStrictEqual(sum.texts[0], { severity: "fatal", code: "x", text: "text 1", count: 1 })
    assert.deepStrictEqual(sum.texts[1], { severity: "information", code: "x", text: "text 3", count: 101 })
    assert.strictEqual(addOutcomes(sum, outcome(issue("information", 99))).texts.length, 21)
  })

  it("counts what FHIR does not know as errors, and says what can be said of it", () => {
    const issue = [{ severity: "grave", diagnostics: "a" }, null, "x", { severity: "warning", diagnostics: 7 }]
    assert.deepInclude(outcomesOf({ resourceType: "OperationOutcome", issue }), { error: 3, warning: 1 })
    assert.deepStrictEqual(outcomesOf({ resourceType: "OperationOutcome" }), noOutcomes)
  })

  it("is bounded in length, and its code too", () => {
    const issue = [{ severity: "error", code: `${mbi} ${"c".repeat(1000)}`, diagnostics: "d".repeat(1000) }]
    const [text] = outcomesOf({ resourceType: "OperationOutcome", issue }).texts
    assert.isTrue(text?.code.startsWith("[MBI] ccc"))
    assert.deepStrictEqual([text?.code.length, text?.text.length], [500, 500])
  })
})

describe("the order of files", () => {
  it.live("is the error files first, then the manifest's", () =>
    Effect.gen(function* () {
      const files = [1, 2].map((n) => ({ ...patients, name: `p${n}.ndjson` }))
      const { run, fake } = yield* setUp([...files, errors])
      yield* run({ concurrency: 1 })
      const asked = fake.requests.filter((line) => line.includes("/data/"))
      assert.deepStrictEqual(
        asked,
        ["e1-error", "p1", "p2"].map((name) => `GET /data/7/${name}.ndjson`)
      )
    })
  )

  it.live("begins with what an earlier run began", () =>
    Effect.gen(function* () {
      const begun = { ...patients, name: "begun.ndjson", content: bulky("Patient", 280) }
      const { run, reason, fake } = yield* setUp([patients, errors, begun])
      fake.faults.set("begun.ndjson", inTurn(cut(0.8), status(404)))
      fake.faults.set("e1-error.ndjson", status(404))
      fake.faults.set("p.ndjson", status(404))
      yield* reason({ verify: "bytes" })
      fake.faults.clear()
      fake.requests.length = 0
      yield* run({ concurrency: 1, verify: "bytes" })
      const asked = fake.requests.filter((line) => line.includes("/data/"))
      assert.deepStrictEqual(
        asked,
        ["begun", "e1-error", "p"].map((name) => `GET /data/7/${name}.ndjson`)
      )
      assert.notStrictEqual(fake.ranges("begun.ndjson").at(-1), "")
    })
  )
})

describe("options of an export", () => {
  it.live("say how lines are checked, and the receipt says how they were", () =>
    Effect.gen(function* () {
      const broken = { ...patients, content: '{"resourceType":"Patient",}\n' }
      const { run, reason } = yield* setUp([broken, errors])
      assert.strictEqual((yield* reason())._tag, "BadLine")
      const receipt = yield* run({ verify: "bytes" })
      assert.deepStrictEqual(
        receipt.files.map(({ type, verify }) => [type, verify]),
        [
          ["Patient", "bytes"],
          ["OperationOutcome", "json"]
        ]
      )
    })
  )

  it.live("are not needed to hear that time is short", () =>
    Effect.gen(function* () {
      const { events, fake } = yield* setUp([patients])
      fake.expires = "2026-02-02 20:20:20 +0000 UTC"
      assert.deepStrictEqual(tags(yield* events()).slice(1, 4), ["ManifestReceived", "Expiring", "FileStarted"])
    })
  )
})
