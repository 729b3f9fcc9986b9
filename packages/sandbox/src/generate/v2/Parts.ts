import type { Amount, Count } from "../ccw/Amounts.ts"
import { value } from "../ccw/Elements.ts"
import type { Fact } from "../ccw/Information.ts"
import type { LineAmount } from "../ccw/LineAmounts.ts"
import { presentOnAdmission } from "../ccw/Terms.ts"
import type { Claim, DiagnosisUse, Role } from "../claims/Claim.ts"
import { ccwName, type Provider } from "../claims/Providers.ts"
import { coding, concept, each, type Info, money, type Part, standards } from "../Fhir.ts"
import { constant, type Json, list, optional, print, quote, raw, TRUE, template } from "../Json.ts"
import { blueButton, carin, hl7, ICD_9_CM, ICD_10, ICD_10_CM, TAXONOMY, variable } from "../Systems.ts"

/** Elements of a v2 (R4) ExplanationOfBenefit. */

/** An amount of the whole claim, as an extension. */
export const moneyExtension = <C>({ name, of }: Amount<C>): Part<C> => {
  const extension = template<{ money: Json }>((at) => ({ url: variable(name), valueMoney: raw(at.money) }))
  return (claim) => extension({ money: money(of(claim)) })
}

const isCount = <C>(of: Amount<C> | Count<C>): of is Count<C> => "count" in of

const balanceType = (name: string, display: string) => ({
  coding: [{ system: blueButton("benefit-balance"), code: variable(name), display }]
})

/** An entry of `benefitBalance.financial`: money or a count. */
const financial = <C>(of: Amount<C> | Count<C>): Part<C> => {
  const type = balanceType(of.name, of.display)
  if (isCount(of)) {
    const entry = template<{ count: number }>((at) => ({ type, usedUnsignedInt: raw(at.count) }))
    return (claim) => entry({ count: of.count(claim) })
  }
  const entry = template<{ money: Json }>((at) => ({ type, usedMoney: raw(at.money) }))
  return (claim) => entry({ money: money(of.of(claim)) })
}

const balance = template<{ financial: Json }>((at) => [
  {
    category: { coding: [{ system: hl7("ex-benefitcategory"), code: "1", display: "Medical Care" }] },
    financial: raw(at.financial)
  }
])

export const benefitBalance = <C>(of: ReadonlyArray<Amount<C> | Count<C>>): ((claim: C) => Json) => {
  const entries = of.map((one) => financial(one))
  return (claim) => balance({ financial: list(entries.map((entry) => entry(claim))) })
}

const category = (standard: Json, name: string, display: string) => ({
  coding: [constant(standard), { system: blueButton("adjudication"), code: variable(name), display }]
})

/** An adjudicated amount: the standard word, then the variable. */
export const adjudication = <L>({ display, name, of, standard }: LineAmount<L>, extension?: Json): Part<L> => {
  const entry = template<{ money: Json }>((at) => ({
    amount: raw(at.money),
    category: category(standards[standard], name, display),
    ...(extension === undefined ? {} : { extension: [constant(extension)] })
  }))
  return (line) => entry({ money: money(of(line)) })
}

/** The total charge of a claim. */
export const totalCharge = <C>(standard: "submitted" | "priorpayerpaid", of: (claim: C) => number): Part<C> => {
  const entry = adjudication<C>({ standard, name: "clm_tot_chrg_amt", display: "Claim Total Charge Amount", of })
  return (claim) => list([entry(claim)])
}

const denial = template<{ reason: Json }>((at) => ({
  category: {
    coding: [{ system: carin("C4BBAdjudicationDiscriminator"), code: "denialreason", display: "Denial Reason" }]
  },
  reason: raw(at.reason)
}))

/** Why less was paid than charged. */
export const denialReason = (name: string, code: string, display?: string): Json =>
  denial({ reason: concept(value(name, code, display)) })

const infoCategory = coding(hl7("claiminformationcategory"), "info", "Information")

/** An entry of supportingInfo under one of CARIN's words, or under `info` when CARIN has none. */
export const info = <C>(
  { display, name, payload }: Fact<C>,
  word?: readonly [code: string, display: string, both?: "alone"]
): Info<C> => {
  const first = word === undefined ? infoCategory : coding(carin("C4BBSupportingInfoType"), word[0], word[1])
  return {
    category:
      word?.[2] === "alone"
        ? concept(first)
        : concept(first, coding(blueButton("information"), variable(name), display)),
    payload
  }
}

/** How a kind of claim calls its diagnoses. */
export type DiagnosisTypes = Readonly<Record<Role, Json>>
const typed = (system: string, code: string, display: string): Json => print([{ coding: [{ system, code, display }] }])
const c4bb = (code: string, display: string): Json => typed(carin("C4BBClaimDiagnosisType"), code, display)
const other = c4bb("other", "Other")
export const secondary = c4bb("secondary", "Secondary")
const external = c4bb("externalcauseofinjury", "External Cause of Injury")
const reason = c4bb("patientreasonforvisit", "Patient Reason for Visit")
const principal = typed(hl7("ex-diagnosistype"), "principal", "Principal Diagnosis")
const admitting = typed(hl7("ex-diagnosistype"), "admitting", "Admitting Diagnosis")

/** How doctors' and home health claims call their diagnoses. */
export const professionalTypes: DiagnosisTypes = {
  principal: typed(hl7("ex-diagnosistype"), "principal", "principal"),
  admitting: secondary,
  other: secondary,
  "external-first": secondary,
  external: secondary,
  reason: secondary
}
export const facilityTypes: DiagnosisTypes = {
  principal,
  admitting,
  other,
  "external-first": external,
  external,
  reason
}
/** Nursing homes: the admitting diagnosis comes as any other. */
export const snfTypes: DiagnosisTypes = { ...facilityTypes, admitting: other }
/** Suppliers mix both. */
export const supplierTypes: DiagnosisTypes = { ...professionalTypes, principal, other }

const diagnosisOf = template<{ concept: Json; extension: Json | undefined; sequence: number; type: Json }>((at) => ({
  diagnosisCodeableConcept: raw(at.concept),
  extension: optional(at.extension),
  sequence: raw(at.sequence),
  type: raw(at.type)
}))

export const diagnoses = (claim: Claim, types: DiagnosisTypes): Json => {
  const numbers = { inside: 0, external: 0 }
  return each(claim.diagnoses, ({ diagnosis, poa, role }: DiagnosisUse, index) => {
    const outside = role.startsWith("external")
    if (role !== "admitting" && role !== "reason") numbers[outside ? "external" : "inside"]++
    const { code, display, icd } = diagnosis
    return diagnosisOf({
      concept:
        icd === 10
          ? concept(coding(ICD_10_CM, code, display), coding(ICD_10, code, display))
          : concept(coding(ICD_9_CM, code, display)),
      extension:
        poa === undefined || claim.slot.type !== "INPATIENT"
          ? undefined
          : list([presentOnAdmission(poa, outside ? numbers.external : numbers.inside, outside)]),
      sequence: index + 1,
      type: types[role]
    })
  })
}

const ROLES = {
  attending: ["C4BBClaimCareTeamRole", "Attending"],
  operating: ["C4BBClaimCareTeamRole", "Operating"],
  otheroperating: ["C4BBClaimCareTeamRole", "Other Operating"],
  performing: ["C4BBClaimCareTeamRole", "Performing provider"],
  prescribing: ["C4BBClaimCareTeamRole", "Prescribing provider"],
  referring: ["C4BBClaimCareTeamRole", "Referring"],
  primary: [undefined, "Primary provider"]
} as const

const NPI_TYPE = coding(carin("C4BBIdentifierType"), "npi", "National Provider Identifier")
const npiOf = template<{ npi: string }>((at) => ({ type: { coding: [constant(NPI_TYPE)] }, value: at.npi }))
/** A number without a system: v2 tells NPIs by their type. */
export const npiIdentifier = (npi: string): Json => npiOf({ npi })

export const upinIdentifier = print({
  type: {
    coding: [
      {
        system: hl7("v2-0203"),
        code: "UPIN",
        display: "Medicare/CMS (formerly HCFA)'s Universal Physician Identification numbers"
      }
    ]
  },
  value: "0"
})

const member = template<{
  display: Json | undefined
  extension: Json | undefined
  identifier: Json
  qualification: Json | undefined
  responsible: Json | undefined
  role: Json
  sequence: number
}>((at) => ({
  extension: optional(at.extension),
  provider: { display: optional(at.display), identifier: raw(at.identifier) },
  qualification: optional(at.qualification),
  responsible: optional(at.responsible),
  role: { coding: [raw(at.role)] },
  sequence: raw(at.sequence)
}))

const roles = Object.fromEntries(
  Object.entries(ROLES).map(([code, [system, display]]) => [
    code,
    coding(system === undefined ? hl7("claimcareteamrole") : carin(system), code, display)
  ])
)

export interface Member {
  readonly role: keyof typeof ROLES
  readonly identifier: Json
  readonly display?: Json | undefined
  readonly extension?: Json
  readonly qualification?: Json | undefined
  readonly responsible?: boolean
}

/** Numbers the care team from 1. */
export const careTeam = (members: ReadonlyArray<Member>): Json =>
  each(members, ({ display, extension, identifier, qualification, responsible, role }, index) =>
    member({
      display,
      extension,
      identifier,
      qualification,
      responsible: responsible === true ? TRUE : undefined,
      role: roles[role] ?? NPI_TYPE,
      sequence: index + 1
    })
  )

export const displayOf = (provider: Provider): Json | undefined =>
  provider.listed ? quote(ccwName(provider)) : undefined

/** The taxonomy is known for providers whose name is on file. */
export const taxonomyOf = ({ listed, specialty }: Provider): Json | undefined =>
  listed ? concept(coding(TAXONOMY, specialty.taxonomy, specialty.taxonomyDisplay)) : undefined

/** A provider by NPI, with name and taxonomy where known. */
export const clinician = (role: Member["role"], provider: Provider): Member => ({
  role,
  identifier: npiIdentifier(provider.npi),
  display: displayOf(provider),
  qualification: taxonomyOf(provider)
})
