import * as Months from "../ccw/Months.ts"
import { dayOf, easternInstant, type Instant, isoDay, yearOf } from "../Dates.ts"
import { period } from "../Fhir.ts"
import { type Json, list, optional, raw, template } from "../Json.ts"
import { isOver, type Period, type Person } from "../People.ts"
import { carinProfile, hl7 } from "../Systems.ts"

const coverage = template<{
  part: string
  letter: string
  patient: string
  mbi: string
  status: string
  extension: Json
  period: Json | undefined
  lastUpdated: string
}>((at) => ({
  resourceType: "Coverage",
  id: `part-${at.letter}-${at.patient}`,
  meta: { lastUpdated: at.lastUpdated, profile: [carinProfile("C4BB-Coverage")] },
  extension: raw(at.extension),
  status: at.status,
  type: { coding: [{ system: hl7("v3-ActCode"), code: "SUBSIDIZ" }] },
  subscriberId: at.mbi,
  beneficiary: { reference: `Patient/${at.patient}` },
  relationship: { coding: [{ system: hl7("subscriber-relationship"), code: "self", display: "Self" }] },
  period: optional(at.period),
  payor: [{ identifier: { value: "Centers for Medicare and Medicaid Services" } }],
  class: [
    { type: { coding: [{ system: hl7("coverage-class"), code: "group", display: "Group" }] }, value: "Medicare" },
    { type: { coding: [{ system: hl7("coverage-class"), code: "plan", display: "Plan" }] }, value: `Part ${at.part}` }
  ]
}))

/** The four v2 (R4) Coverages of a person, Part A to D, enrolled or not, with every month of the reference year. */
export const coveragesV2 = (who: Person, updated: Instant): ReadonlyArray<Json> => {
  const at = dayOf(updated)
  const year = yearOf(at)
  const { a, b, d } = who.enrollment
  const make = (part: string, during: Period | undefined, extension: ReadonlyArray<Json>): Json =>
    coverage({
      part,
      letter: part.toLowerCase(),
      patient: who.ccw,
      mbi: who.mbis[0].value,
      status: during !== undefined && isOver(during, at) ? "cancelled" : "active",
      extension: list(extension),
      period: during === undefined ? undefined : period(isoDay(during.start), ended(during, at)),
      lastUpdated: easternInstant(updated)
    })
  const status = Months.medicareStatus(who)
  const reference = Months.referenceYear(year)
  const duals = Months.duals(who, year)
  const buyIns = Months.buyIns(who, year)
  return [
    make("A", a, [
      status,
      ...Months.entitlement(who),
      Months.terminated("a", a !== undefined && isOver(a, at)),
      reference,
      ...duals,
      ...buyIns
    ]),
    make("B", b, [status, Months.terminated("b", b !== undefined && isOver(b, at)), reference, ...duals, ...buyIns]),
    make("C", undefined, [...Months.advantage(who, year), reference, ...duals]),
    make("D", d?.period, [
      status,
      ...Months.contracts(who, year),
      ...Months.contractHistory(who, year, year),
      ...Months.packages(who),
      ...Months.segments(),
      ...Months.costShares(who),
      ...Months.employerSubsidies(),
      reference,
      ...duals
    ])
  ]
}

const ended = (during: Period, at: number): string | undefined =>
  during.end !== undefined && isOver(during, at) ? isoDay(during.end) : undefined
