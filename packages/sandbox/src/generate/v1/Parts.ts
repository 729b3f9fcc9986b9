import type { Amount, Count } from "../ccw/Amounts.ts"
import { value } from "../ccw/Elements.ts"
import type { Fact } from "../ccw/Information.ts"
import type { LineAmount } from "../ccw/LineAmounts.ts"
import { presentOnAdmission } from "../ccw/Terms.ts"
import type { Claim, DiagnosisUse, Role } from "../claims/Claim.ts"
import { coding, concept, each, type Info, type Part } from "../Fhir.ts"
import { constant, integer, type Json, list, optional, print, raw, TRUE, template } from "../Json.ts"
import { type Cents, dollars } from "../Money.ts"
import { blueButton, ICD_9_CM, ICD_10, NPI, variable } from "../Systems.ts"

/** Elements of a v1 (STU3) ExplanationOfBenefit. */

const usd = template<{ value: number }>((at) => ({ code: "USD", system: "urn:iso:std:iso:4217", value: raw(at.value) }))

/** Money as STU3 has it: a quantity of US dollars. */
export const moneyV1 = (cents: Cents): Json => usd({ value: dollars(cents) })

/** An amount of the whole claim, as an extension. */
export const moneyExtension = <C>({ name, of }: Amount<C>): Part<C> => {
  const extension = template<{ money: Json }>((at) => ({ url: variable(name), valueMoney: raw(at.money) }))
  return (claim) => extension({ money: moneyV1(of(claim)) })
}

const balance = template<{ financial: Json }>((at) => ({
  category: {
    coding: [{ system: "http://hl7.org/fhir/benefit-category", code: "medical", display: "Medical Health Coverage" }]
  },
  financial: raw(at.financial)
}))

/** Counts of the whole claim, as `benefitBalance`. */
export const countBalance = <C>(counts: ReadonlyArray<Count<C>>): ((claim: C) => Json) => {
  const entries = counts.map(({ count, display, name }) => {
    const entry = template<{ count: number }>((at) => ({
      type: { coding: [{ system: blueButton("benefit-balance"), code: variable(name), display }] },
      usedUnsignedInt: raw(at.count)
    }))
    return (claim: C) => entry({ count: count(claim) })
  })
  return (claim) => list([balance({ financial: list(entries.map((entry) => entry(claim))) })])
}

const category = (name: string, display: string) => ({
  coding: [{ system: blueButton("adjudication"), code: variable(name), display }]
})

/** An adjudicated amount of a line; `extension` is added to it when given. */
export const adjudication = <L>({ display, name, of }: LineAmount<L>, extension?: Json, reason?: Json): Part<L> => {
  const entry = template<{ money: Json }>((at) => ({
    amount: raw(at.money),
    category: category(name, display),
    ...(extension === undefined ? {} : { extension: [constant(extension)] }),
    ...(reason === undefined ? {} : { reason: constant(reason) })
  }))
  return (line) => entry({ money: moneyV1(of(line)) })
}

/** An adjudication that gives a reason instead of an amount. */
export const reasoned = (name: string, display: string): ((code: string, shown?: string) => Json) => {
  const entry = template<{ reason: Json }>((at) => ({ category: category(name, display), reason: raw(at.reason) }))
  return (code, shown) => entry({ reason: concept(value(name, code, shown)) })
}

/** An entry of `information`. */
export const info = <C>({ display, name, payload }: Fact<C>): Info<C> => ({
  category: print({ coding: [{ system: blueButton("information"), code: variable(name), display }] }),
  payload
})

const TYPES: Readonly<Record<Role, Json>> = {
  principal: diagnosisType(
    "principal",
    "The single medical diagnosis that is most relevant to the patient's chief complaint or need for treatment."
  ),
  admitting: diagnosisType(
    "admitting",
    "The diagnosis given as the reason why the patient was admitted to the hospital."
  ),
  other: diagnosisType("other", "Required when other conditions coexist or develop subsequently during the treatment"),
  "external-first": diagnosisType(
    "external-first",
    "The code used to identify the 1st external cause of injury, poisoning, or other adverse effect."
  ),
  external: diagnosisType(
    "external",
    "A code used to identify an external cause of injury, poisoning, or other adverse effect."
  ),
  reason: diagnosisType("reason-for-visit", "A diagnosis code used to identify the patient's reason for the visit.")
}

function diagnosisType(code: string, display: string): Json {
  return print([{ coding: [{ system: blueButton("diagnosis-type"), code, display }] }])
}

const diagnosisOf = template<{ concept: Json; extension: Json | undefined; sequence: number; type: Json | undefined }>(
  (at) => ({
    diagnosisCodeableConcept: raw(at.concept),
    extension: optional(at.extension),
    sequence: raw(at.sequence),
    type: optional(at.type)
  })
)

const drgOf = template<{ coding: Json }>((at) => ({ packageCode: { coding: [raw(at.coding)] }, sequence: 1 }))

/** Diagnoses, after the DRG where there is one: v1 shows that as the first diagnosis. Only hospital stays type the secondary ones. */
export const diagnoses = (claim: Claim, options: { readonly drg?: string; readonly inpatient: boolean }): Json => {
  const first = options.drg === undefined ? [] : [drgOf({ coding: value("clm_drg_cd", options.drg) })]
  const numbers = { inside: 0, external: 0 }
  const print = ({ diagnosis, poa, role }: DiagnosisUse, index: number): Json => {
    const external = role.startsWith("external")
    if (role !== "admitting" && role !== "reason") numbers[external ? "external" : "inside"]++
    const system = diagnosis.icd === 10 ? ICD_10 : ICD_9_CM
    return diagnosisOf({
      concept: concept(coding(system, diagnosis.code, diagnosis.display)),
      extension:
        poa === undefined || !options.inpatient
          ? undefined
          : list([presentOnAdmission(poa, external ? numbers.external : numbers.inside, external)]),
      sequence: first.length + index + 1,
      type: role === "other" && !options.inpatient ? undefined : TYPES[role]
    })
  }
  return list([...first, ...claim.diagnoses.map(print)])
}

const ROLES = { primary: "Primary provider", assist: "Assisting Provider", other: "Other" } as const

const member = template<{
  extension: Json | undefined
  display: Json | undefined
  system: string
  value: string
  qualification: Json | undefined
  responsible: Json | undefined
  role: string
  shown: string
  sequence: number
}>((at) => ({
  extension: optional(at.extension),
  provider: { display: optional(at.display), identifier: { system: at.system, value: at.value } },
  qualification: optional(at.qualification),
  responsible: optional(at.responsible),
  role: { coding: [{ system: "http://hl7.org/fhir/claimcareteamrole", code: at.role, display: at.shown }] },
  sequence: raw(at.sequence)
}))

/** A member of the care team. v1 numbers them from 2. */
export const careTeamMember = (given: {
  readonly role: keyof typeof ROLES
  readonly system?: string
  readonly value: string
  readonly sequence: number
  readonly display?: Json | undefined
  readonly extension?: Json
  readonly qualification?: Json
  readonly responsible?: boolean
}): Json =>
  member({
    extension: given.extension,
    display: given.display,
    system: given.system ?? NPI,
    value: given.value,
    qualification: given.qualification,
    responsible: given.responsible === true ? TRUE : undefined,
    role: given.role,
    shown: ROLES[given.role],
    sequence: given.sequence
  })

/** A list of whole numbers. */
export const numbers = (of: ReadonlyArray<number>): Json => each(of, integer)
