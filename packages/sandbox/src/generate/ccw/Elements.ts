import { coding } from "../Fhir.ts"
import { type Json, raw, template } from "../Json.ts"
import { variable } from "../Systems.ts"

/**
 * Elements of v1 and v2, which both show the variables of CMS's Chronic Conditions Warehouse: a variable's URL is the extension's name, the
 * coding's system, and often the code.
 */

const codedExtension = template<{ url: string; coding: Json }>((at) => ({ url: at.url, valueCoding: raw(at.coding) }))
const identifierExtension = template<{ url: string; value: string }>((at) => ({
  url: at.url,
  valueIdentifier: { system: at.url, value: at.value }
}))
const quantityExtension = template<{ url: string; value: number }>((at) => ({
  url: at.url,
  valueQuantity: { value: raw(at.value) }
}))
const dateExtension = template<{ url: string; value: string }>((at) => ({ url: at.url, valueDate: at.value }))

/** A code of a variable. */
export const value = (name: string, code: string, display?: string): Json => coding(variable(name), code, display)

export const coded = (name: string, code: string, display?: string): Json =>
  codedExtension({ url: variable(name), coding: value(name, code, display) })

/** A coded extension whose URL is not a variable's. */
export const codedAs = (url: string, of: Json): Json => codedExtension({ url, coding: of })

export const identified = (name: string, of: string): Json => identifierExtension({ url: variable(name), value: of })

export const counted = (name: string, of: number): Json => quantityExtension({ url: variable(name), value: of })

/** A date, or, as FHIR allows, a year alone. */
export const dated = (name: string, of: string): Json => dateExtension({ url: variable(name), value: of })

/** An entry of a claim's procedures. */
export const procedureOf = template<{ date: string; concept: Json; sequence: number }>((at) => ({
  date: at.date,
  procedureCodeableConcept: raw(at.concept),
  sequence: raw(at.sequence)
}))
