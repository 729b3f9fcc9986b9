/** The registry holds every row of its sources, each with a check that looks at it or a reason of its own why none does. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  checks,
  type Document,
  type IgVersion,
  profiles,
  Requirement,
  registry,
  requirements
} from "../../src/index.ts"
import { counts } from "../../src/Profile.ts"
import { severityOf } from "../../src/Requirement.ts"

const cited = new Set(checks.flatMap((check) => check.requirements))
const numbered = (prefix: string, last: number) =>
  Array.from({ length: last }, (_, index) => `${prefix}-${String(index + 1).padStart(2, "0")}`)

const idsOf = (...documents: ReadonlyArray<Document>) =>
  requirements.filter(({ source }) => documents.includes(source.document)).map(({ id }) => id)

const count = (holds: (row: Requirement) => boolean) => requirements.filter(holds).length

describe("the registry", () => {
  it("has every row of every source, once", () => {
    assert.strictEqual(idsOf("bulk-data").length, 166)
    assert.strictEqual(idsOf("smart").length, 36)
    assert.deepStrictEqual(idsOf("page"), numbered("SEED", 87))
    assert.deepStrictEqual(idsOf("bcda"), [
      ...numbered("TODAY", 41),
      "bcda#v1-is-stu3",
      "bcda#since-future-refused",
      "bcda#token-not-cached",
      "bcda#file-parts",
      "bcda#errors-fhir-json"
    ])
    assert.strictEqual(registry.size, requirements.length, "an id stands twice")
  })

  it("is of its schema, with ids that say where a row comes from", () => {
    const forms: Readonly<Record<Document, RegExp>> = {
      "bulk-data": /^(index|export|async|artifacts)#[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$/,
      smart: /^smart#[a-z0-9]+(-[a-z0-9]+)*$/,
      page: /^SEED-\d{2}$/,
      bcda: /^(TODAY-\d{2}|bcda#[a-z0-9]+(-[a-z0-9]+)*)$/
    }
    for (const row of requirements) {
      Schema.decodeUnknownSync(Requirement, { onExcessProperty: "error" })(row)
      assert.match(row.id, forms[row.source.document])
    }
  })

  it("says each thing once, in a sentence", () => {
    const texts = requirements.map(({ text }) => text)
    const reasons = requirements.flatMap(({ notTestedBecause }) => notTestedBecause?.why ?? [])
    for (const said of [texts, reasons]) {
      assert.deepStrictEqual(
        said.filter((one, index) => said.indexOf(one) !== index),
        []
      )
      for (const one of said) assert.match(one, /^\S.*\.$/)
    }
    // a shorter reason cannot say what it would take
    for (const one of reasons) assert.isAbove(one.split(" ").length, 5, one)
  })

  it("has for every row a check that cites it or a reason why none does, and never both", () => {
    assert.deepStrictEqual(
      requirements.filter((row) => cited.has(row.id) === (row.notTestedBecause !== undefined)).map(({ id }) => id),
      []
    )
    assert.deepStrictEqual(
      [...cited].filter((id) => !registry.has(id)),
      [],
      "cited and not there"
    )
  })

  it("names for every row a public place", () => {
    for (const { id, source } of requirements) assert.isTrue(URL.canParse(source.url ?? ""), id)
  })

  it("binds as the IG does: so many rows of each strength and edition", () => {
    const strong = (...strengths: ReadonlyArray<string>) =>
      count((row) => row.igVersions.length > 0 && strengths.includes(row.strength))
    assert.deepStrictEqual([strong("SHALL", "SHALL NOT"), strong("SHOULD", "SHOULD NOT"), strong("MAY")], [115, 54, 33])
    const edition = (version: IgVersion) => count(({ igVersions }) => igVersions.includes(version))
    assert.strictEqual(edition("stu2"), 176)
    assert.strictEqual(
      count((row) => row.igVersions.length > 0 && !row.igVersions.includes("stu2")),
      26
    )
    for (const { id, igVersions, source, strength } of requirements) {
      const own = source.document === "page" || source.document === "bcda"
      assert.strictEqual(igVersions.length === 0, own, id)
      assert.strictEqual(strength === "statement", own, id)
    }
  })
})

// The list that the rows of the IG were made from, kept beside the repository and not in it.
const list = join(
  import.meta.dirname,
  "..",
  "..",
  "..",
  "..",
  "..",
  "shared",
  "reference",
  "conformance-requirements.md"
)
const present = existsSync(list)
if (!present) console.warn(`SKIPPED: there is no ${list}; the registry was not compared with the list of requirements`)

/** Rows that permit a thing and say how it must then look: their strength is that of the condition. */
const conditional = ["export#m-count", "export#m-deleted", "export#m-link", "export#m-extension"]

describe.skipIf(!present)("the list of the IG's requirements", () => {
  const rows = present
    ? [...readFileSync(list, "utf8").matchAll(/^\| `([a-z]+#[\w-]+)` \| ([^|]+) \| ([^|]+) \|/gm)]
    : []

  it("and the registry have the same rows", () => {
    assert.strictEqual(rows.length, 202)
    assert.deepStrictEqual(idsOf("bulk-data", "smart").toSorted(), rows.map(([, id = ""]) => id).toSorted())
  })

  it("and the registry say the same of strength and editions", () => {
    for (const [, id = "", strength = "", versions = ""] of rows) {
      const row = registry.get(id)
      const word = /SHALL NOT|SHALL|SHOULD NOT|SHOULD|MAY|optional/.exec(strength)?.[0].replace("optional", "MAY")
      if (!conditional.includes(id)) assert.strictEqual(row?.strength, word, id)
      const named = versions.replace(/\(.*\)/, "").match(/[234]/g) ?? []
      const later = row?.igVersions.filter((version) => version !== "stu1").map((version) => version.slice(3, 4))
      assert.deepStrictEqual(later, id === "export#m-error" ? ["2", "3"] : named, id)
    }
  })
})

/** How many weights the requirements have, under each profile. */
const weights = (ids: ReadonlyArray<string>, smart: boolean) =>
  Object.values(profiles).map((profile) => {
    const counting = ids.flatMap((id) => registry.get(id) ?? []).filter((row) => counts(profile, row))
    return new Set(counting.map((row) => severityOf(row, { ig: profile.ig, smart }))).size
  })

describe("a check", () => {
  it("counts under at least one profile", () => {
    for (const { id, requirements } of checks) assert.isAbove(Math.max(...weights(requirements, false)), 0, id)
  })
})
