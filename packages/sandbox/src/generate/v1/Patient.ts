import { coded, dated } from "../ccw/Elements.ts"
import { RACES } from "../ccw/Terms.ts"
import { dayOf, easternInstant, type Instant, isoDay, yearOf } from "../Dates.ts"
import { each } from "../Fhir.ts"
import { hex } from "../Ids.ts"
import { type Json, optional, quote, raw, template } from "../Json.ts"
import { deathBy, familyWithDigits, givenWithDigits, type Person } from "../People.ts"
import { type Seed } from "../Random.ts"
import { blueButton, MBI, variable } from "../Systems.ts"

const patient = template<{
  id: string
  hash: string
  mbi: string
  family: string
  given: Json
  gender: string
  birth: string
  death: Json | undefined
  state: string
  zip: Json | undefined
  race: Json
  year: Json
  lastUpdated: string
}>((at) => ({
  resourceType: "Patient",
  id: at.id,
  meta: { lastUpdated: at.lastUpdated },
  extension: [raw(at.race), raw(at.year)],
  identifier: [
    { system: variable("bene_id"), value: at.id },
    { system: "https://bluebutton.cms.gov/resources/identifier/mbi-hash", value: at.hash },
    {
      extension: [
        {
          url: blueButton("identifier-currency"),
          valueCoding: { system: blueButton("identifier-currency"), code: "current", display: "Current" }
        }
      ],
      system: MBI,
      value: at.mbi
    }
  ],
  name: [{ use: "usual", family: at.family, given: raw(at.given) }],
  gender: at.gender,
  birthDate: at.birth,
  deceasedDateTime: optional(at.death),
  address: [{ state: at.state, postalCode: optional(at.zip) }]
}))

/** The v1 (STU3) Patient of a person, as of the update shown. */
export const patientV1 = (seed: Seed, who: Person, updated: Instant): Json => {
  return patient({
    id: who.ccw,
    hash: hex(who.index, seed, 8),
    mbi: who.mbis[0].value,
    family: familyWithDigits(who),
    given: each(givenWithDigits(who), quote),
    gender: who.female ? "female" : "male",
    birth: isoDay(who.birth),
    death: deathBy(who, dayOf(updated)),
    state: who.state.ssa,
    zip: who.index % 5 < 3 ? quote(who.zip) : undefined,
    race: coded("race", who.race, RACES[who.race]),
    year: dated("rfrnc_yr", String(yearOf(dayOf(updated)))),
    lastUpdated: easternInstant(updated)
  })
}
