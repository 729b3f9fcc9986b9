/** Evidence says where to look: the path in a document, the line and the byte of a file, and whose statement it is. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Evidence, registry } from "../src/index.ts"
import { placeOf } from "../src/report/Place.ts"
import { described, judged, runOn } from "./support/Judging.ts"
import { temporaryDirectory } from "./support/TemporaryDirectory.ts"
import { type Mutation, tinyBcda } from "./support/TinyBcda.ts"

/** A file of Patients begins with what it should not have. */
const beginning =
  (text: string): Mutation =>
  (reply, { route }) =>
    route === "file" && !("content-encoding" in reply.headers) && reply.body.includes('"Patient"')
      ? { ...reply, body: `${text}${reply.body.toString()}` }
      : reply

const first = '{"id":"é","resourceType":"Patient"}\n'
const second = 37

/** The broken evidence of a check at one place. */
const brokenAt = Effect.fnUntraced(function* (mutate: Mutation, check: string, at: string) {
  const { by } = yield* judged({ mutate }, { only: [check] })
  return by.get(check)?.evidence.find((one) => !one.holds && one.at === at)
})

describe("evidence", () => {
  const cases: ReadonlyArray<readonly [string, Mutation, string, string, Partial<Evidence>]> = [
    [
      "a line that is no JSON",
      beginning(`${first}not JSON\n`),
      "file/ndjson",
      "file bad lines",
      { line: 2, offset: second }
    ],
    ["a blank line", beginning(`${first}\n`), "file/ndjson", "file blank lines", { line: 2, offset: second }],
    [
      "a line without a type",
      beginning(`${first}{"id":"1"}\n`),
      "file/ndjson",
      "file lines without resourceType",
      { line: 2, offset: second }
    ],
    ["a byte order mark", beginning("\uFEFF"), "file/ndjson", "file byte order mark", { line: 1, offset: 0 }],
    [
      "a line of another type",
      beginning(`${first}{"resourceType":"Group"}\n`),
      "file/one-type",
      "file types",
      { line: 2, offset: second }
    ],
    [
      "the end of a body that is cut",
      (reply, { route }) =>
        route === "file"
          ? { ...reply, body: `${first}${first}`, cut: true, headers: { ...reply.headers, "content-length": "74" } }
          : reply,
      "file/fetched",
      "file end",
      { line: 1, offset: second }
    ]
  ]
  for (const [what, mutate, check, at, where] of cases) {
    it.live(`points at ${what}`, () =>
      Effect.gen(function* () {
        assert.deepInclude(yield* brokenAt(mutate, check, at), where)
      })
    )
  }

  it.live("points at where a document stops being one", () =>
    Effect.gen(function* () {
      const text = '{"resourceType":"CapabilityStatement",\n"name":"é"}{}'
      const tiny = yield* tinyBcda({
        mutate: (reply, { route }) => (route === "metadata" ? { ...reply, body: text } : reply)
      })
      const lines = yield* runOn(tiny, { target: described(tiny, { kind: "mock" }), only: ["metadata/readable"] })
      const [verdict] = lines.filter((line) => line.kind === "verdict").filter(({ verdict }) => verdict === "fail")
      const broken = verdict?.evidence.find(({ at, holds }) => at === "body" && !holds)
      assert.deepInclude(broken, { line: 2, offset: Buffer.byteLength(text) - 2 })
    }).pipe(Effect.scoped)
  )

  it("has no place where all of a body is meant", () => {
    assert.strictEqual(placeOf({ at: "body $.output[0].url" }), "body $.output[0].url")
    assert.strictEqual(placeOf({ at: "file types", line: 2, offset: 37 }), "file types, line 2, byte 37")
  })

  it.live("is told with its place and what is required in every report", () =>
    Effect.gen(function* () {
      const path = yield* temporaryDirectory
      yield* judged({ mutate: beginning(`${first}\n`) }, { only: ["file/ndjson"], directory: path })
      const text = registry.get("export#f-ndjson")?.text ?? "missing"
      for (const name of ["report.md", "report.html", "junit.xml"]) {
        const report = readFileSync(join(path, name), "utf8")
        assert.include(report, `file blank lines, line 2, byte ${second}`, name)
        assert.include(report, text, name)
      }
    }).pipe(Effect.scoped)
  )
})
