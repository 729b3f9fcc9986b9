import {
  type FileStore,
  generated,
  type Item,
  memoryFileStore,
  partialErrors,
  pause,
  type Unavailable
} from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { complete, type Kit, makeKit, persona } from "./Support.ts"

/** Sub-jobs of EOBs, each made of what is given for it. */
const giving = (...subJobs: ReadonlyArray<{ readonly people: number; readonly items: ReadonlyArray<Item> }>) => ({
  plan: () =>
    subJobs.map(({ items, people }) => ({ type: "ExplanationOfBenefit" as const, people, lines: () => items }))
})

const unknown = (mbi: string): Unavailable => ({ why: "unknown", mbi })
const failed = (mbi: string): Unavailable => ({ why: "failed", mbi })

interface Entry {
  readonly type: string
  readonly url: string
}
interface Manifest {
  readonly output: ReadonlyArray<Entry>
  readonly error: ReadonlyArray<Entry>
}

/** Exports and gives the manifest (or the status of a failed job) and a way to read files. */
const exported = Effect.fnUntraced(function* (kit: Kit, path = "/api/v2/Patient/$export", who?: string) {
  const authorization = yield* kit.bearer(who)
  const job = yield* kit.start(path, authorization)
  yield* complete(kit)
  const { status, text } = yield* kit.send(job, { authorization })
  const manifest: Manifest = status === 200 ? JSON.parse(text) : { output: [], error: [] }
  const read = (url: string) => Effect.map(kit.send(url, { authorization }), (answer) => answer.text)
  return { status, manifest, read, job, authorization }
})

const line = (diagnostics: string): string =>
  `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found","diagnostics":"${diagnostics}"}]}\n`

const uuidOf = (url: string | undefined): string => /\/data\/\d+\/([0-9a-f-]{36})/.exec(url ?? "")?.[1] ?? "none"

describe("error files (5.4)", () => {
  it.effect("stand beside the data file, one line in v1's shape for each person, whatever the version", () =>
    Effect.gen(function* () {
      for (const version of ["v1", "v2", "v3"]) {
        const data = giving({ people: 4, items: ["{}", unknown("1S00E00AA01"), "[]", failed("1S00E00AA02")] })
        const kit = yield* makeKit({ data, personas: [persona()] })
        const { manifest, read } = yield* exported(kit, `/api/${version}/Patient/$export`)
        const [output] = manifest.output
        const error = manifest.error.at(-1)
        assert.strictEqual(error?.url, output?.url.replace(".ndjson", "-error.ndjson"))
        assert.strictEqual(error?.type, "OperationOutcome")
        assert.strictEqual(yield* read(output?.url ?? ""), "{}\n[]\n")
        assert.strictEqual(
          yield* read(error?.url ?? ""),
          line("Error retrieving BlueButton ID for cclfBeneficiary MBI 1S00E00AA01") +
            line(
              "Error retrieving ExplanationOfBenefit for beneficiary MBI 1S00E00AA02 in ACO 00000000-aaaa-4000-8000-000000009999"
            )
        )
      }
    })
  )

  it.effect("come after v3's warning, in the order of their data files", () =>
    Effect.gen(function* () {
      const one = { people: 2, items: ["{}", unknown("1S00E00AA01")] }
      const kit = yield* makeKit({ data: giving(one, { people: 1, items: ["{}"] }, one) })
      const { manifest } = yield* exported(kit, "/api/v3/Patient/$export")
      const [first, , third] = manifest.output.map(({ url }) => uuidOf(url))
      assert.deepStrictEqual(
        manifest.error.map(({ url }) => url.replace(/.*\/data\/\d+\//, "")),
        ["warnings-and-info.ndjson", `${first}-error.ndjson`, `${third}-error.ndjson`]
      )
    })
  )

  it.effect("are gzipped as data is", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ data: giving({ people: 2, items: ["{}", unknown("1S00E00AA01")] }) })
      const { authorization, manifest } = yield* exported(kit)
      const answer = yield* kit.response(manifest.error[0]?.url ?? "", { authorization, "accept-encoding": "gzip" })
      assert.strictEqual(answer.headers.get("content-encoding"), "gzip")
    })
  )

  it.effect("are not listed when the sub-job has no data (bug), though they are there", () =>
    Effect.gen(function* () {
      const data = giving({ people: 1, items: ["{}"] }, { people: 2, items: [pause, unknown("1S00E00AA01"), pause] })
      const memory = memoryFileStore()
      const written: Array<string> = []
      const store: FileStore = {
        ...memory,
        write: (job, name, ...rest) => {
          written.push(name)
          return memory.write(job, name, ...rest)
        }
      }
      const kit = yield* makeKit({ data, store })
      const { authorization, manifest, status } = yield* exported(kit)
      assert.strictEqual(status, 200)
      assert.strictEqual(manifest.output.length, 1)
      assert.deepStrictEqual(manifest.error, [])
      const error = written.find((name) => name.endsWith("-error.ndjson"))
      assert.include((yield* kit.send(`/data/1/${error}`, { authorization })).text, "MBI 1S00E00AA01")
    })
  )

  it.effect("no error, no file", () =>
    Effect.gen(function* () {
      const { manifest } = yield* exported(yield* makeKit({ data: giving({ people: 1, items: ["{}", pause] }) }))
      assert.deepStrictEqual(manifest.error, [])
    })
  )
})

describe("EXPORT_FAIL_PCT (11.3)", () => {
  const half = { people: 4, items: [failed("1"), "{}", failed("2"), unknown("3")] }
  it.effect.each([
    ["every person of a batch fails", undefined, { people: 2, items: [failed("1"), failed("2")] }, 500],
    ["one of two succeeds", undefined, { people: 2, items: [failed("1"), "{}"] }, 200],
    ["nobody is known", undefined, { people: 2, items: [unknown("1"), unknown("2")] }, 200],
    ["one fails, the other is unknown", undefined, { people: 2, items: [unknown("1"), failed("2")] }, 200],
    ["half fail, at 50", 50, half, 500],
    ["half fail, at 51", 51, half, 200]
  ] as const)("%s", ([, exportFailPercent, subJob, expected]) =>
    Effect.gen(function* () {
      const behaviour = exportFailPercent === undefined ? {} : { exportFailPercent }
      const kit = yield* makeKit({ data: giving({ people: 1, items: ["{}"] }, subJob), behaviour })
      assert.strictEqual((yield* exported(kit)).status, expected)
    })
  )
})

const strangers = (count: number) => Array.from({ length: count }, () => "Error retrieving BlueButton").join(", ")

describe("the persona partial-errors", () => {
  it.effect("has an error file where people are missing, with their MBIs", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ data: generated({ claimsPerPerson: 0.03 }) })
      const path = "/api/v3/Patient/$export"
      const { manifest, read } = yield* exported(kit, path, "partial-errors")
      const lines = yield* Effect.forEach(manifest.error.slice(1), ({ url }) =>
        Effect.map(read(url), (text) => {
          const type = manifest.output.find((output) => uuidOf(output.url) === uuidOf(url))?.type
          return `${type}: ${text.match(/Error retrieving \w+/g)?.join(", ") ?? ""}`
        })
      )
      assert.deepStrictEqual(lines, [
        `Patient: ${strangers(22)}`,
        "ExplanationOfBenefit: Error retrieving BlueButton, Error retrieving ExplanationOfBenefit",
        "ExplanationOfBenefit: Error retrieving BlueButton, Error retrieving ExplanationOfBenefit",
        `Coverage: Error retrieving BlueButton, Error retrieving Coverage, ${strangers(21)}`
      ])
      // Two of the three batches of 50 have data.
      assert.strictEqual(manifest.output.filter(({ type }) => type === "ExplanationOfBenefit").length, 2)
      const patients = yield* read(manifest.output.find(({ type }) => type === "Patient")?.url ?? "")
      assert.strictEqual(patients.trimEnd().split("\n").length, 98)
      const errors = yield* read(manifest.error[1]?.url ?? "")
      const mbis = errors.match(/\b1S00E\w{6}\b/g) ?? []
      assert.strictEqual(new Set(mbis).size, 22)
      assert.isTrue(mbis.every((mbi) => !patients.includes(mbi)))
    })
  )

  it.effect("asks for open claims by MBI, so nobody is unknown there: they have none", () =>
    Effect.gen(function* () {
      const both = { ...partialErrors, kinds: ["adjudicated", "partially-adjudicated"] as const }
      const kit = yield* makeKit({ data: generated(), personas: [both] })
      const { manifest } = yield* exported(kit, "/api/v2/Patient/$export?_type=Claim,ClaimResponse")
      assert.strictEqual(manifest.output.length, 2)
      assert.deepStrictEqual(manifest.error, [])
    })
  )
})
