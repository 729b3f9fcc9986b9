import { decodeFaults, type FaultDescription, faultCatalogue, faultPlaces, faultsJsonSchema } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { expect } from "vitest"
import { catalogue } from "../../src/faults/catalogue/index.ts"
import { troubles } from "../../src/internal/Trouble.ts"

const cell = (text: string): string => text.replaceAll("|", "\\|")

const row = ({ everywhere, kind, name, options, title, todayUnless, where }: FaultDescription): string => {
  const remarks = [
    ...(kind === "variant" ? ["variant"] : []),
    ...(todayUnless === undefined ? [] : [`BCDA today, unless \`${todayUnless}\``])
  ]
  const given = options.map((option) => `\`${option.name}\` ${JSON.stringify(option.default)}: ${option.about}`)
  const places = everywhere ? `${where.join(", ")} together` : where.join(", ")
  return `| \`${name}\` | ${cell(title)} | ${places} | ${cell([...remarks, ...given].join("; "))} |`
}

/** The catalogue for people, as `FAULTS.md` has it. */
const table = (): string => {
  const groups = [...new Set(faultCatalogue.map(({ group }) => group))]
  const faults = faultCatalogue.filter(({ kind }) => kind === "fault").length
  const parts = groups.flatMap((group) => [
    "",
    `## ${group}`,
    "",
    "| name | what happens | where | remarks and options |",
    "| --- | --- | --- | --- |",
    ...faultCatalogue.filter((entry) => entry.group === group).map(row)
  ])
  return `${[
    "# Faults and variants",
    "",
    `${faults} faults and ${faultCatalogue.length - faults} variants. A fault breaks what clients may rely on; a variant is another server's way of doing it right. Where`,
    "several places are named, the first is the default. How to bring them about: [README](README.md#faults).",
    "",
    "This page is made by `test/faults/Table.test.ts`; `pnpm exec vitest run --project sandbox test/faults/Table -u` makes it anew.",
    ...parts
  ].join("\n")}\n`
}

describe("the catalogue", () => {
  it("is printed in FAULTS.md", () => expect(table()).toMatchFileSnapshot("../../FAULTS.md"))

  it("says in one line of its own what each entry does", () => {
    const titles = faultCatalogue.map(({ title }) => title)
    assert.lengthOf(titles, new Set(titles).size)
    for (const title of titles) {
      assert.isAtMost(title.length, 115, title)
      assert.notMatch(title, /[\n.]$|^\s*$/)
    }
  })

  it("names places that there are, each once", () => {
    for (const { name, where } of faultCatalogue) {
      assert.lengthOf(where, new Set(where).size, name)
      for (const place of where) assert.include(faultPlaces, place)
    }
    assert.lengthOf(faultCatalogue, Object.keys(catalogue).length)
  })

  it("has the other way, as a variant, for everything that BCDA does today", () => {
    for (const { name, todayUnless } of faultCatalogue) {
      assert.strictEqual(catalogue[name].todayUnless, todayUnless)
      if (todayUnless !== undefined) assert.strictEqual(catalogue[todayUnless].kind, "variant")
    }
  })

  it("has an entry for every trouble inside BCDA", () => {
    const met = Object.values(catalogue).flatMap((entry) => Result.getOrThrow(entry.bind({})).troubles ?? [])
    assert.sameMembers(met, [...troubles])
  })

  it("says of every option what it is about, and what it is without being given", () => {
    for (const { name, options } of faultCatalogue) {
      for (const option of options) {
        assert.isAbove(option.about.length, 5, name)
        assert.isDefined(option.default, name)
      }
    }
  })
})

const schemaText = JSON.stringify(faultsJsonSchema())

describe("the JSON Schema of a faults file", () => {
  it("knows every fault with its places and options", () => {
    for (const { name, options, title } of faultCatalogue) {
      assert.include(schemaText, JSON.stringify(name))
      assert.include(schemaText, JSON.stringify(title))
      for (const option of options) assert.include(schemaText, `"${option.name}":{`)
    }
  })
})

describe("instructions", () => {
  it.effect("every entry can be named alone, and with each of its places and options", () =>
    Effect.gen(function* () {
      const all = faultCatalogue.flatMap(({ name, options, where }) => [
        { fault: name },
        ...where.map((place) => ({
          ...Object.fromEntries(options.map((option) => [option.name, option.default])),
          fault: name,
          where: place,
          when: { nth: [1, 2], until: "1 hour" },
          times: 3
        }))
      ])
      assert.deepStrictEqual(yield* decodeFaults(JSON.parse(JSON.stringify(all))), all)
    })
  )
})
