import { type Json, list, optional, quote, raw, template } from "./Json.ts"
import { type Cents, dollars } from "./Money.ts"
import { carin, hl7 } from "./Systems.ts"

/** Small FHIR elements that more than one API version uses, printed. */

/** Makes one element of a list from something, or nothing. */
export type Part<A> = (from: A) => Json | undefined

/** Prints the parts that have something to say, as an array. */
export const collect = <A>(parts: ReadonlyArray<Part<A>>, from: A): Json => list(parts.map((part) => part(from)))

const plainCoding = template<{ system: string; code: string }>((at) => ({ system: at.system, code: at.code }))
const shownCoding = template<{ system: string; code: string; display: string }>((at) => ({
  system: at.system,
  code: at.code,
  display: at.display
}))

export const coding = (system: string, code: string, display?: string): Json =>
  display === undefined ? plainCoding({ system, code }) : shownCoding({ system, code, display })

const conceptOf = template<{ coding: Json }>((at) => ({ coding: raw(at.coding) }))

/** A CodeableConcept. */
export const concept = (...codings: ReadonlyArray<Json>): Json => conceptOf({ coding: list(codings) })

const periodOf = template<{ start: string; end: Json | undefined }>((at) => ({
  start: at.start,
  end: optional(at.end)
}))

/** A Period of days; the end may be missing. */
export const period = (start: string, end?: string): Json =>
  periodOf({ start, end: end === undefined ? undefined : quote(end) })

const referenceOf = template<{ reference: string }>((at) => ({ reference: at.reference }))
export const reference = (to: string): Json => referenceOf({ reference: to })

const usd = template<{ value: number }>((at) => ({ currency: "USD", value: raw(at.value) }))

/** Money as R4 has it. STU3 is different, see the v1 folder. */
export const money = (cents: Cents): Json => usd({ value: dollars(cents) })

export const quantity = template<{ value: number }>((at) => ({ value: raw(at.value) }))

/** The standard word for what an adjudicated amount is. */
export type Standard =
  | "benefit"
  | "coinsurance"
  | "deductible"
  | "discount"
  | "drugcost"
  | "eligible"
  | "noncovered"
  | "paidbypatient"
  | "paidtopatient"
  | "paidtoprovider"
  | "priorpayerpaid"
  | "submitted"

/** HL7 defines a few of the words, CARIN the others. */
export const standards: Readonly<Record<Standard, Json>> = {
  benefit: coding(hl7("adjudication"), "benefit", "Benefit Amount"),
  coinsurance: coding(carin("C4BBAdjudication"), "coinsurance", "Co-insurance"),
  deductible: coding(hl7("adjudication"), "deductible", "Deductible"),
  discount: coding(carin("C4BBAdjudication"), "discount", "Discount"),
  drugcost: coding(carin("C4BBAdjudication"), "drugcost", "Drug Cost"),
  eligible: coding(hl7("adjudication"), "eligible", "Eligible Amount"),
  noncovered: coding(carin("C4BBAdjudication"), "noncovered", "Noncovered"),
  paidbypatient: coding(carin("C4BBAdjudication"), "paidbypatient", "Paid by patient"),
  paidtopatient: coding(carin("C4BBAdjudication"), "paidtopatient", "Paid to patient"),
  paidtoprovider: coding(carin("C4BBAdjudication"), "paidtoprovider", "Paid to provider"),
  priorpayerpaid: coding(carin("C4BBAdjudication"), "priorpayerpaid", "Prior payer paid"),
  submitted: coding(hl7("adjudication"), "submitted", "Submitted Amount")
}

/** What an entry of supportingInfo (v1: information) tells; one of the members at most. */
export interface Payload {
  readonly code?: Json
  readonly timingDate?: Json
  readonly timingPeriod?: Json
  readonly valueQuantity?: Json
  readonly valueReference?: Json
  readonly valueString?: Json
}

/** An entry of supportingInfo: the printed `category` and how to get its payload; no payload, no entry. */
export interface Info<A> {
  readonly category: Json
  readonly payload: (from: A) => Payload | undefined
}

const infoOf = template<{
  category: Json
  sequence: number
  code: Json | undefined
  timingDate: Json | undefined
  timingPeriod: Json | undefined
  valueQuantity: Json | undefined
  valueReference: Json | undefined
  valueString: Json | undefined
}>((at) => ({
  category: raw(at.category),
  code: optional(at.code),
  sequence: raw(at.sequence),
  timingDate: optional(at.timingDate),
  timingPeriod: optional(at.timingPeriod),
  valueQuantity: optional(at.valueQuantity),
  valueReference: optional(at.valueReference),
  valueString: optional(at.valueString)
}))

/** Prints supportingInfo, numbering the entries that are there from 1. */
export const information = <A>(entries: ReadonlyArray<Info<A>>, from: A): Json => {
  const found: Array<Json> = []
  for (const { category, payload } of entries) {
    const given = payload(from)
    if (given === undefined) continue
    found.push(
      infoOf({
        category,
        sequence: found.length + 1,
        code: given.code,
        timingDate: given.timingDate,
        timingPeriod: given.timingPeriod,
        valueQuantity: given.valueQuantity,
        valueReference: given.valueReference,
        valueString: given.valueString
      })
    )
  }
  return list(found)
}

/** Prints one element per item. */
export const each = <A>(items: ReadonlyArray<A>, part: (item: A, index: number) => Json | undefined): Json =>
  list(items.map(part))
