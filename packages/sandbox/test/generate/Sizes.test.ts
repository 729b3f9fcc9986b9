import { assert, describe, it } from "@effect/vitest"
import { claimTypes } from "../../src/generate/claims/ClaimType.ts"
import { slots } from "../../src/generate/claims/History.ts"
import { person } from "../../src/generate/People.ts"
import { seedOf } from "../../src/generate/Random.ts"
import { at, eobType, everySystem, linesOf, parse, selection, served, text } from "./Support.ts"

/*
 * Sizes against those that CMS's files and fixtures have. What is compared is a ratio, with the room that invented names and codes need; the
 * tables are printed.
 */

interface Measured {
  readonly bytes: number
  readonly items: number
}

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const kindOf = (line: string): string => {
  const one = parse(line)
  switch (text(one, "resourceType")) {
    case "ExplanationOfBenefit":
      return eobType(one)
    case "Coverage":
      return text(one, "id").slice(0, 6)
    case "Claim":
    case "ClaimResponse":
      return `${text(one, "resourceType")} ${text(one, "id").slice(0, 1)}`
    default:
      // The one v2 Patient that is known, a fixture, has as many identifiers.
      return at(one, "identifier[]").length === 5 ? "Patient of 5" : "Patient"
  }
}

const measure = (version: "v1" | "v2" | "v3"): ReadonlyMap<string, ReadonlyArray<Measured>> => {
  const types = served.filter(([of]) => of === version).map(([, type]) => type)
  const lines = types.flatMap((type) =>
    linesOf(
      selection({
        version,
        types: [type],
        people: 300,
        ...(version === "v3" ? { filter: everySystem } : {})
      }),
      { claimsPerPerson: 0.05 }
    )
  )
  return Map.groupBy(
    lines.map((line) => ({
      kind: kindOf(line),
      bytes: Buffer.byteLength(line),
      items: at(parse(line), "item[]").length
    })),
    ({ kind }) => kind
  )
}

/** CMS's bytes of a line; of claims, of one with so many items. */
type Row = readonly [kind: string, bytes: number, items?: number]

const published: Readonly<Record<"v1" | "v2" | "v3", ReadonlyArray<Row>>> = {
  v1: [
    ["Patient", 1068],
    ["part-a", 864],
    ["part-b", 776],
    ["part-c", 396],
    ["part-d", 29_989],
    ["CARRIER", 10_300, 1],
    ["CARRIER", 21_260, 3],
    ["HHA", 10_158, 1],
    ["HOSPICE", 9657, 1],
    ["PDE", 9999, 1],
    ["DME", 11_848, 1],
    ["OUTPATIENT", 14_215, 1],
    ["OUTPATIENT", 33_730, 6],
    ["SNF", 14_349, 1],
    ["INPATIENT", 18_902, 1],
    ["INPATIENT", 24_995, 11]
  ],
  v2: [
    ["Patient of 5", 6543],
    ["part-a", 8000],
    ["part-b", 7500],
    ["part-c", 13_600],
    ["part-d", 18_800],
    ["PDE", 12_648, 1],
    ["HOSPICE", 13_035, 1],
    ["HHA", 13_952, 1],
    ["DME", 17_427, 1],
    ["CARRIER", 17_478, 1],
    ["CARRIER", 62_600, 7],
    ["OUTPATIENT", 19_369, 1],
    ["SNF", 20_677, 1],
    ["INPATIENT", 25_729, 1],
    ["Claim f", 3085, 0],
    ["Claim f", 6774, 2],
    ["Claim m", 2214, 0],
    ["Claim m", 2882, 1],
    ["ClaimResponse f", 1561, 0],
    ["ClaimResponse f", 2619, 1],
    ["ClaimResponse m", 1555, 0]
  ],
  v3: [
    ["Patient", 1116],
    ["part-a", 2700],
    ["part-b", 2700],
    ["part-c", 1750],
    ["part-d", 2650],
    ["dual--", 2000],
    ["PDE", 12_711, 1],
    ["DME", 15_681, 1],
    ["CARRIER", 17_945, 1],
    ["CARRIER", 36_600, 4],
    ["OUTPATIENT", 27_770, 1],
    ["HHA", 36_035, 1],
    ["INPATIENT", 39_400, 3],
    ["SNF", 45_387, 3],
    ["SNF", 82_062, 9]
  ]
}

/** Bytes of a kind with so many items: from the straight line through all of the kind, as few have exactly that many. */
const bytesAt = (found: ReadonlyArray<Measured>, items: number | undefined): number => {
  const [bytes, counts] = [mean(found.map((one) => one.bytes)), mean(found.map((one) => one.items))]
  if (items === undefined) return bytes
  const spread = found.reduce((sum, one) => sum + (one.items - counts) ** 2, 0)
  const slope =
    spread === 0 ? 0 : found.reduce((sum, one) => sum + (one.items - counts) * (one.bytes - bytes), 0) / spread
  return bytes + slope * (items - counts)
}

describe("sizes of lines, against CMS's", () => {
  it.each(["v1", "v2", "v3"] as const)(
    "%s: every kind is from two thirds to one and a half times as large as CMS's",
    (version) => {
      const measured = measure(version)
      const rows = published[version].map(([kind, bytes, items]) => {
        const ours = Math.round(bytesAt(measured.get(kind) ?? [], items))
        return { kind, items: items ?? "", bytes, ours, ratio: Number((ours / bytes).toFixed(2)) }
      })
      console.table(rows)
      assert.deepStrictEqual(
        rows.filter(({ ratio }) => !(ratio >= 0.67 && ratio <= 1.5)),
        []
      )
    }
  )

  it("v1: Part D is most of Coverage, as in the hundred people of CMS's download", () => {
    const lines = linesOf(selection({ version: "v1", types: ["Coverage"] }))
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
    assert.isTrue(Math.abs(bytes / 3_202_488 - 1) < 0.1, String(bytes))
  })
})

describe("numbers of claims, against CMS's", () => {
  /** Share of people with any, mean, and share of all claims, over eight years. */
  const rows = {
    CARRIER: [0.97, 31.3, 0.309],
    DME: [0.68, 0.9, 0.009],
    HHA: [0.13, 2.2, 0.021],
    HOSPICE: [0.23, 0.2, 0.002],
    INPATIENT: [0.82, 4.1, 0.04],
    OUTPATIENT: [1, 37.6, 0.371],
    SNF: [0.32, 0.4, 0.004],
    PDE: [0.93, 24.7, 0.244]
  } as const

  it("are of the published size for everybody who is covered all the time", () => {
    const seed = seedOf(1)
    const from = Date.UTC(2014, 0, 1) / 86_400_000
    const people = Array.from({ length: 1500 }, (_, index) => person(seed, index)).filter(
      ({ death, enrollment: { a, b, d } }) =>
        death === undefined && [a, b, d?.period].every((period) => period !== undefined && period.start <= from)
    )
    assert.isAbove(people.length, 500)
    const counts = people.map((who) => Map.groupBy(slots(seed, who, 1), ({ type }) => type))
    // Laid out over 22 years, compared over eight.
    const years = 22 / 8
    const total = counts.reduce((sum, types) => sum + [...types.values()].flat().length, 0) / years / people.length
    const found = claimTypes.map((type) => {
      const each = counts.map((types) => types.get(type)?.length ?? 0)
      const [any, average, share] = rows[type]
      return {
        type,
        any,
        "ours any": Number((each.filter((count) => count > 0).length / people.length).toFixed(2)),
        mean: average,
        "ours mean": Number((mean(each) / years).toFixed(1)),
        share,
        "ours share": Number((mean(each) / years / total).toFixed(3))
      }
    })
    console.table(found)
    for (const one of found) {
      assert.closeTo(one["ours any"], one.any, 0.06, one.type)
      assert.isTrue(Math.abs(one["ours mean"] - one.mean) <= Math.max(0.25, one.mean * 0.35), `${one.type} mean`)
    }
    assert.closeTo(total, 101.5, 25)
  })
})
