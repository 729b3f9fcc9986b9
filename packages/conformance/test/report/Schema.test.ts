import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Effect } from "effect"
import { expect } from "vitest"
import { resultsSchema } from "../../src/report/ResultsSchema.ts"
import { judged } from "../support/Judging.ts"

const published = fileURLToPath(import.meta.resolve("@bcda-kit/conformance/results.schema.json"))

describe("the published schema of results", () => {
  it("is that of the code", async () => {
    await expect(`${JSON.stringify(resultsSchema(), undefined, 2)}\n`).toMatchFileSnapshot(published)
  })

  it.live("takes every line of real runs, and no other", () =>
    Effect.gen(function* () {
      const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(published, "utf8")))
      const runs = yield* Effect.all([judged(), judged({ apiVersion: "v2" }, { profile: "bcda-page" })])
      for (const line of runs.flatMap(({ lines }) => lines)) {
        const plain: unknown = JSON.parse(JSON.stringify(line))
        assert.isTrue(validate(plain), JSON.stringify(validate.errors?.slice(0, 3)))
        assert.isFalse(validate({ ...JSON.parse(JSON.stringify(line)), kind: "else" }))
        if (line.kind === "verdict") {
          assert.isFalse(validate({ ...line, verdict: "green" }))
          assert.isFalse(validate({ ...line, evidence: [{}] }))
        }
      }
    })
  )
})
