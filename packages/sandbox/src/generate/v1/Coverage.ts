import * as Months from "../ccw/Months.ts"
import { dayOf, easternInstant, type Instant, yearOf } from "../Dates.ts"
import { type Json, list, optional, print, raw, template } from "../Json.ts"
import { isOver, type Person } from "../People.ts"

const coverage = template<{
  part: string
  letter: string
  patient: string
  status: string
  extension: Json
  contract: Json | undefined
  lastUpdated: string
}>((at) => ({
  resourceType: "Coverage",
  id: `part-${at.letter}-${at.patient}`,
  meta: { lastUpdated: at.lastUpdated },
  extension: raw(at.extension),
  status: at.status,
  type: { coding: [{ system: "Medicare", code: `Part ${at.part}` }] },
  beneficiary: { reference: `Patient/${at.patient}` },
  grouping: { subGroup: "Medicare", subPlan: `Part ${at.part}` },
  contract: optional(at.contract)
}))

/** A slip of CMS's that every Part A of the sandbox has: one contract is an id, the other a reference with a word too many. */
const partAContract = print([{ id: "ptc-contract1" }, { reference: "Coverage/part-a-contract1 reference" }])

/** CMS's sandbox, whose reference year is 2021, goes back to 2011. */
const CONTRACT_YEARS = 11

/**
 * The four v1 (STU3) Coverages of a person, Part A to D, enrolled or not, in the few-extensions form that BCDA's sandbox shows: only Part D
 * is large, because it repeats the contract of every month of eleven years.
 */
export const coveragesV1 = (who: Person, updated: Instant): ReadonlyArray<Json> => {
  const at = dayOf(updated)
  const year = yearOf(at)
  const { a, b } = who.enrollment
  const aOver = a !== undefined && isOver(a, at)
  const bOver = b !== undefined && isOver(b, at)
  const make = (part: string, over: boolean, extension: ReadonlyArray<Json>): Json =>
    coverage({
      part,
      letter: part.toLowerCase(),
      patient: who.ccw,
      status: over ? "cancelled" : "active",
      extension: list(extension),
      contract: part === "A" ? partAContract : undefined,
      lastUpdated: easternInstant(updated)
    })
  const status = Months.medicareStatus(who)
  const reference = Months.referenceYear(year)
  return [
    make("A", aOver, [status, Months.terminated("a", aOver), reference]),
    make("B", bOver, [status, Months.terminated("b", bOver), reference]),
    make("C", false, [reference]),
    make("D", false, [
      status,
      ...(who.index % 4 === 0 ? [] : Months.contracts(who, year).slice(0, 8)),
      ...Months.contractHistory(who, year - CONTRACT_YEARS + 1, year),
      ...Months.costShares(who),
      reference
    ])
  ]
}
