import { coded } from "../ccw/Elements.ts"
import { duals, referenceYear } from "../ccw/Months.ts"
import { RACES } from "../ccw/Terms.ts"
import { dayOf, easternInstant, type Instant, isoDay, yearOf } from "../Dates.ts"
import { coding, each } from "../Fhir.ts"
import { type Json, list, optional, print, quote, raw, template } from "../Json.ts"
import { deathBy, familyWithDigits, givenWithDigits, type Mbi, type Person } from "../People.ts"
import { blueButton, carinProfile, hl7, MBI, usCore, variable } from "../Systems.ts"

const patient = template<{
  id: string
  extension: Json
  identifier: Json
  family: string
  given: Json
  gender: string
  birth: string
  death: Json | undefined
  state: string
  zip: string
  lastUpdated: string
}>((at) => ({
  resourceType: "Patient",
  id: at.id,
  meta: { lastUpdated: at.lastUpdated, profile: [carinProfile("C4BB-Patient")] },
  extension: raw(at.extension),
  identifier: raw(at.identifier),
  name: [{ use: "usual", family: at.family, given: raw(at.given) }],
  gender: at.gender,
  birthDate: at.birth,
  deceasedDateTime: optional(at.death),
  address: [{ state: at.state, postalCode: at.zip }]
}))

const sexOf = template<{ code: string }>((at) => ({ url: usCore("us-core-sex"), valueCode: at.code }))

/** US Core's sex (a SNOMED code), in all versions of newer servers. */
export const sex = (who: Person): Json => sexOf({ code: who.female ? "248152002" : "248153007" })

/** v2 calls every race unknown in US Core's terms; CMS's own code beside it is the one to read. */
const unknownRace = print({
  url: usCore("us-core-race"),
  extension: [
    { url: "ombCategory", valueCoding: { system: hl7("v3-NullFlavor"), code: "UNK", display: "Unknown" } },
    { url: "text", valueString: "Unknown" }
  ]
})

const currency = (code: "current" | "historic", display: string) => ({
  url: blueButton("identifier-currency"),
  valueCoding: { system: blueButton("identifier-currency"), code, display }
})
const mbiOf = (code: "current" | "historic", display: string) =>
  template<{ value: string; period: Json | undefined }>((at) => ({
    period: optional(at.period),
    system: MBI,
    type: {
      coding: [
        {
          extension: [currency(code, display)],
          system: hl7("v2-0203"),
          code: "MC",
          display: "Patient's Medicare number"
        }
      ]
    },
    value: at.value
  }))
const currentMbi = mbiOf("current", "Current")
const historicMbi = mbiOf("historic", "Historic")
const start = template<{ start: string }>((at) => ({ start: at.start }))

const mbi = ({ period, value }: Mbi, index: number): Json =>
  index === 0
    ? currentMbi({ value, period: start({ start: isoDay(period.start) }) })
    : historicMbi({ value, period: undefined })

const member = template<{ type: Json; value: string }>((at) => ({
  type: { coding: [raw(at.type)] },
  system: variable("bene_id"),
  value: at.value
}))
const memberType = coding(hl7("v2-0203"), "MB", "Member Number")

/** The v2 (R4) Patient of a person, as of the update shown. */
export const patientV2 = (who: Person, updated: Instant): Json => {
  const year = yearOf(dayOf(updated))
  return patient({
    id: who.ccw,
    extension: list([
      sex(who),
      coded("race", who.race, RACES[who.race]),
      unknownRace,
      referenceYear(year),
      ...duals(who, year)
    ]),
    identifier: list([...who.mbis.map(mbi), member({ type: memberType, value: who.ccw })]),
    family: familyWithDigits(who),
    given: each(givenWithDigits(who), quote),
    gender: who.female ? "female" : "male",
    birth: isoDay(who.birth),
    death: deathBy(who, dayOf(updated)),
    state: who.state.usps,
    zip: who.zip,
    lastUpdated: easternInstant(updated)
  })
}
