import { dayOf, type Instant, isoDay, utcInstant, utcMidnight } from "../Dates.ts"
import { coding, each, period } from "../Fhir.ts"
import { type Json, list, optional, quote, raw, template } from "../Json.ts"
import { deathBy, type Mbi, type Person } from "../People.ts"
import { carinProfile, hl7, MBI, usCore } from "../Systems.ts"
import { sex } from "../v2/Patient.ts"

const patient = template<{
  id: string
  extension: Json
  identifier: Json
  link: Json | undefined
  family: string
  given: Json
  gender: string
  birth: string
  death: Json | undefined
  state: string
  zip: string
  language: string
  lastUpdated: string
}>((at) => ({
  resourceType: "Patient",
  id: at.id,
  meta: {
    lastUpdated: at.lastUpdated,
    profile: [`${carinProfile("C4BB-Patient")}|2.2.0`, `${usCore("us-core-patient")}|7.0.0`]
  },
  extension: raw(at.extension),
  identifier: raw(at.identifier),
  name: [{ family: at.family, given: raw(at.given) }],
  gender: at.gender,
  birthDate: at.birth,
  deceasedDateTime: optional(at.death),
  address: [{ state: at.state, postalCode: at.zip }],
  communication: [{ language: { coding: [{ system: "urn:ietf:bcp:47", code: at.language }] } }],
  link: optional(at.link)
}))

const CDC = "urn:oid:2.16.840.1.113883.6.238"

const described = template<{ url: string; coding: Json; text: string }>((at) => ({
  url: at.url,
  extension: [
    { url: "ombCategory", valueCoding: raw(at.coding) },
    { url: "text", valueString: at.text }
  ]
}))

const RACES: Readonly<Record<string, readonly [code: string, display: string]>> = {
  "1": ["2106-3", "White"],
  "2": ["2054-5", "Black or African American"],
  "3": ["2131-1", "Other Race"],
  "4": ["2028-9", "Asian"],
  "6": ["1002-5", "American Indian or Alaska Native"]
}

/** v3 has a race or an ethnicity, never both: CMS's one code for Hispanic people became an ethnicity. */
const raceOrEthnicity = ({ race }: Person): Json => {
  if (race === "5") {
    const text = "Hispanic or Latino"
    return described({ url: usCore("us-core-ethnicity"), coding: coding(CDC, "2135-2", text), text })
  }
  const known = RACES[race]
  const text = known?.[1] ?? "Unknown"
  return described({
    url: usCore("us-core-race"),
    coding: known === undefined ? coding(hl7("v3-NullFlavor"), "UNK", text) : coding(CDC, known[0], text),
    text
  })
}

const mbiOf = template<{ value: string; period: Json }>((at) => ({
  type: { coding: [{ system: hl7("v2-0203"), code: "MB" }] },
  system: MBI,
  value: at.value,
  period: raw(at.period)
}))

/** v3 marks the current MBI by the missing end of its period. */
const mbi = ({ period: during, value }: Mbi): Json =>
  mbiOf({
    value,
    period: period(utcMidnight(during.start), during.end === undefined ? undefined : utcMidnight(during.end))
  })

const linkOf = template<{ id: string }>((at) => ({
  other: { reference: `Patient/${at.id}`, display: at.id },
  type: "replaces"
}))

/** The v3 (R4, CARIN 2.2.0) Patient of a person, as of the update shown. */
export const patientV3 = (who: Person, updated: Instant): Json =>
  patient({
    id: who.idr,
    extension: list([sex(who), raceOrEthnicity(who)]),
    identifier: each(who.mbis, mbi),
    link: who.merged.length === 0 ? undefined : each(who.merged, (id) => linkOf({ id })),
    family: who.family,
    given: each(who.given, quote),
    gender: who.female ? "female" : "male",
    birth: isoDay(who.birth),
    death: deathBy(who, dayOf(updated)),
    state: who.state.usps,
    zip: who.zip,
    language: who.language,
    lastUpdated: utcInstant(updated)
  })
