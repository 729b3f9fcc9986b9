/** The published JSON Schemas are those of the code, and an independent validator takes by them what the code takes. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Effect, Result, Schema } from "effect"
import { expect } from "vitest"
import {
  bcdaExpected,
  checks,
  describeTarget,
  ExpectedFailures,
  proofOf,
  type ResultLine,
  requirements,
  TargetFile
} from "../../src/index.ts"
import { keptOf } from "../../src/prove/Proof.ts"
import { publishedSchemas } from "../../src/report/PublishedSchemas.ts"
import { judged, targetOf } from "../support/Judging.ts"
import { tinyBcda } from "../support/TinyBcda.ts"

const pathOf = (name: string): string => fileURLToPath(import.meta.resolve(`@bcda-kit/conformance/${name}`))

/** Whether the published schema takes a value, as JSON. */
const validator = (name: string) => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(pathOf(name), "utf8")))
  return (value: unknown): boolean => validate(JSON.parse(JSON.stringify(value)))
}

describe("a published schema", () => {
  it.each(Object.entries(publishedSchemas))("%s is that of the code", async (name, made) => {
    await expect(`${JSON.stringify(made(), undefined, 2)}\n`).toMatchFileSnapshot(pathOf(name))
  })
})

describe("results.schema.json", () => {
  it.live("takes every line of real runs, and no other", () =>
    Effect.gen(function* () {
      const takes = validator("results.schema.json")
      const runs = yield* Effect.all([judged(), judged({ apiVersion: "v2" }, { profile: "bcda-page" })])
      for (const line of runs.flatMap(({ lines }): ReadonlyArray<ResultLine> => lines)) {
        assert.isTrue(takes(line), JSON.stringify(line))
        assert.isFalse(takes({ ...line, kind: "else" }))
        if (line.kind === "verdict") {
          assert.isFalse(takes({ ...line, verdict: "green" }))
          assert.isFalse(takes({ ...line, evidence: [{}] }))
        }
      }
    })
  )
})

describe("prove.schema.json", () => {
  it.live("takes a proof, and nothing that a proof is not", () =>
    Effect.gen(function* () {
      const takes = validator("prove.schema.json")
      const { verdicts } = yield* judged()
      const server = { server: "healthy", area: "none", title: "Nothing is wrong", baseline: "healthy" }
      const kept = verdicts.map(keptOf)
      const proof = proofOf(
        [
          { kind: "server", stance: "variant", ...server, verdicts: kept },
          {
            kind: "server",
            stance: "fault",
            ...server,
            server: "broken",
            verdicts: kept.map((line) => ({ ...line, verdict: "fail" as const }))
          }
        ],
        checks,
        requirements
      )
      assert.isTrue(takes(proof))
      assert.isFalse(takes({ ...proof, survivors: undefined }))
      assert.isFalse(takes({ ...proof, format: 2 }))
      assert.isFalse(takes({ ...proof, matrix: [{ server: "x" }] }))
    })
  )
})

const entry = { check: "a/b", verdict: "fail", reason: "It is so.", link: "https://a.example", review: "2027-01-01" }

/** Files as people write them: whether each is one. */
const files: ReadonlyArray<readonly ["expected.schema.json" | "target.schema.json", boolean, unknown]> = [
  ["target.schema.json", true, { baseUrl: "https://a.example" }],
  ["target.schema.json", true, { $schema: "./x.json", baseUrl: "https://a.example", auth: "smart", keyId: "one" }],
  ["target.schema.json", true, { baseUrl: "https://a.example", budget: { jobs: 0 }, levels: { group: ["a"] } }],
  ["target.schema.json", false, {}],
  ["target.schema.json", false, { baseUrl: "https://a.example", budgt: {} }],
  ["target.schema.json", false, { baseUrl: "https://a.example", budget: { jobs: -1 } }],
  ["target.schema.json", false, { baseUrl: "https://a.example", budget: { requestsPerMinute: 0 } }],
  ["target.schema.json", false, { baseUrl: "https://a.example", methods: [] }],
  ["target.schema.json", false, { baseUrl: "https://a.example", secrets: { clientSecret: "not a name" } }],
  ["target.schema.json", false, { baseUrl: "https://a.example", kind: "theirs" }],
  ["expected.schema.json", true, { format: 1, expected: [] }],
  ["expected.schema.json", true, { $schema: "./x.json", format: 1, expected: [entry] }],
  ["expected.schema.json", true, { format: 1, expected: bcdaExpected }],
  ["expected.schema.json", false, { format: 2, expected: [] }],
  ["expected.schema.json", false, { format: 1, expected: [{ ...entry, verdict: "pass" }] }],
  ["expected.schema.json", false, { format: 1, expected: [{ ...entry, reason: "" }] }],
  ["expected.schema.json", false, { format: 1, expected: [{ ...entry, link: "see above" }] }],
  ["expected.schema.json", false, { format: 1, expected: [{ ...entry, review: "soon" }] }],
  ["expected.schema.json", false, { format: 1, expected: [{ ...entry, note: "" }] }]
]

/** Whether the code takes a file of a schema. */
const readBy =
  <A>(schema: Schema.Decoder<A>) =>
  (file: unknown): boolean =>
    Result.isSuccess(Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })(file))

describe("the schemas of files that are read", () => {
  const reads = {
    "target.schema.json": readBy(TargetFile),
    "expected.schema.json": readBy(ExpectedFailures)
  }

  it.each(files)("%s says %s, as the code does, of %j", (name, valid, file) => {
    assert.strictEqual(validator(name)(file), valid)
    assert.strictEqual(reads[name](file), valid)
  })

  it.live("take what a descriptor of a plain target comes to", () =>
    Effect.gen(function* () {
      const tiny = yield* tinyBcda()
      assert.isTrue(validator("target.schema.json")(describeTarget(targetOf(tiny))))
    }).pipe(Effect.scoped)
  )
})
