import { type ClaimFilter, defaultBatchSizes, pause, type ResourceType, type Selection } from "../../src/DataSource.ts"
import { type GeneratedOptions, generated } from "../../src/generate/index.ts"

/** A moment at which all versions have data. */
export const UNTIL = new Date("2026-11-01T00:00:00Z")

export const noFilter: ClaimFilter = { tags: [] }

export const selection = (of: Partial<Selection> & { readonly people?: number } = {}): Selection => {
  const { people = 100, ...rest } = of
  return {
    version: "v2",
    types: ["ExplanationOfBenefit"],
    group: "all",
    endpoint: "Group",
    until: UNTIL,
    filter: noFilter,
    population: { persona: "small", cmsId: "A9990", people, kinds: ["adjudicated", "partially-adjudicated"] },
    batchSizes: defaultBatchSizes,
    ...rest
  }
}

/** Few claims, to be quick; all else is as by default. */
export const few: GeneratedOptions = { claimsPerPerson: 0.03 }

/** All lines of an export, file after file. */
export const linesOf = (wanted: Selection, options: GeneratedOptions = few): ReadonlyArray<string> =>
  generated(options)
    .plan(wanted)
    .flatMap((job) => textsOf(job.lines()))

export const textsOf = (lines: Iterable<unknown> | AsyncIterable<unknown>): ReadonlyArray<string> => {
  if (!(Symbol.iterator in lines)) throw new Error("the generator is synchronous")
  return Array.from(lines)
    .filter((line) => line !== pause)
    .map((line) => {
      if (typeof line !== "string") throw new Error("the generator makes text")
      return line
    })
}

/** JSON as it comes; tests narrow it with the readers below. */
export type Value = string | number | boolean | null | ReadonlyArray<Value> | { readonly [key: string]: Value }
export type Resource = { readonly [key: string]: Value }

export const parse = (line: string): Resource => {
  const value: Resource = JSON.parse(line)
  return value
}

export const resources = (wanted: Selection, options: GeneratedOptions = few): ReadonlyArray<Resource> =>
  linesOf(wanted, options).map(parse)

/** The values at a path such as `insurance[].coverage.reference`, all of them. */
export const at = (value: Value | undefined, path: string): ReadonlyArray<Value> => {
  let found: ReadonlyArray<Value> = value === undefined ? [] : [value]
  for (const step of path.split(".")) {
    const name = step.replace("[]", "")
    found = found.flatMap((one) => {
      if (typeof one !== "object" || one === null || isList(one)) return []
      const next = one[name]
      if (next === undefined) return []
      return step.endsWith("[]") && isList(next) ? next : [next]
    })
  }
  return found
}

export const isList = (value: Value): value is ReadonlyArray<Value> => Array.isArray(value)

export const texts = (value: Value | undefined, path: string): ReadonlyArray<string> => at(value, path).map(String)

export const text = (value: Value | undefined, path: string): string => {
  const [first] = texts(value, path)
  if (first === undefined) throw new Error(`nothing at ${path}`)
  return first
}

export const numbers = (value: Value | undefined, path: string): ReadonlyArray<number> => at(value, path).map(Number)

/** The eob-type of an ExplanationOfBenefit, whichever version. */
export const eobType = (claim: Resource): string => {
  const found = at(claim, "type.coding[]").find((coding) => /eob-type$/i.test(texts(coding, "system")[0] ?? ""))
  return text(found, "code")
}

export const allTypes: ReadonlyArray<ResourceType> = [
  "Patient",
  "Coverage",
  "ExplanationOfBenefit",
  "Claim",
  "ClaimResponse"
]

/** What each version serves. */
export const served = [
  ["v1", "Patient"],
  ["v1", "Coverage"],
  ["v1", "ExplanationOfBenefit"],
  ["v2", "Patient"],
  ["v2", "Coverage"],
  ["v2", "ExplanationOfBenefit"],
  ["v2", "Claim"],
  ["v2", "ClaimResponse"],
  ["v3", "Patient"],
  ["v3", "Coverage"],
  ["v3", "ExplanationOfBenefit"]
] as const

export const SYSTEM_TYPE = "https://bluebutton.cms.gov/fhir/CodeSystem/System-Type"
export const FINAL_ACTION = "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action"

/** Every claim of v3, whatever system it comes from. */
export const everySystem: ClaimFilter = {
  tags: [["SharedSystem", "NationalClaimsHistory", "DDPS"].map((code) => ({ system: SYSTEM_TYPE, code }))]
}
