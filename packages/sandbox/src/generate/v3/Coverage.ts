import { dayOf, type Instant, isoDay, utcInstant } from "../Dates.ts"
import { coding, each, period } from "../Fhir.ts"
import { type Json, list, optional, print, raw, template } from "../Json.ts"
import { idrContract, isOver, type Period, type Person, type Plan } from "../People.ts"
import { carinProfile, cms, cmsExtension, hl7, MBI, usCore } from "../Systems.ts"

const coverage = template<{
  id: string
  patient: string
  mbi: string
  class: Json
  contained: Json | undefined
  extension: Json
  identifier: Json
  payor: Json | undefined
  period: Json
  status: string
  type: Json
  lastUpdated: string
}>((at) => ({
  resourceType: "Coverage",
  id: at.id,
  meta: {
    lastUpdated: at.lastUpdated,
    profile: [`${carinProfile("C4BB-Coverage")}|2.2.0`, `${usCore("us-core-coverage")}|7.0.0`]
  },
  contained: optional(at.contained),
  extension: raw(at.extension),
  identifier: [raw(at.identifier)],
  status: at.status,
  type: { coding: [raw(at.type)] },
  subscriberId: at.mbi,
  beneficiary: { reference: `Patient/${at.patient}` },
  relationship: { coding: [{ system: hl7("subscriber-relationship"), code: "self", display: "Self" }] },
  period: raw(at.period),
  payor: optional(at.payor),
  class: raw(at.class)
}))

const classOf = template<{ code: string; value: string }>((at) => ({
  type: { coding: [{ system: hl7("coverage-class"), code: at.code }] },
  value: at.value
}))

const insurer = template<{ id: string; telecom: Json; name: string }>((at) => [
  {
    resourceType: "Organization",
    id: at.id,
    meta: { profile: [`${carinProfile("C4BB-Organization")}|2.2.0`] },
    active: true,
    name: at.name,
    contact: [
      {
        purpose: { coding: [{ system: hl7("contactentity-type"), code: "PATINF", display: "Patient" }] },
        telecom: raw(at.telecom)
      }
    ]
  }
])
const CMS = {
  contained: insurer({
    id: "cms-org",
    name: "Centers for Medicare and Medicaid Services",
    telecom: print([
      { system: "phone", value: "1-800-633-4227" },
      { system: "phone", value: "TTY: 1-877-486-2048" },
      { system: "url", value: "www.medicare.gov" }
    ])
  }),
  payor: print([{ reference: "#cms-org" }])
}
const insurerPayor = print([{ reference: "#insurer-org" }])
const insurerTelecom = print([
  { system: "phone", value: "555-0100 ext. 1" },
  { system: "phone", value: "555-0101 ext. 3" }
])

const codedExtension = template<{ url: string; coding: Json }>((at) => ({ url: at.url, valueCoding: raw(at.coding) }))
const coded = (name: string, code: string): Json =>
  codedExtension({ url: cmsExtension(name), coding: coding(cms(name), code) })
const textExtension = template<{ url: string; value: string }>((at) => ({ url: at.url, valueString: at.value }))
const text = (name: string, value: string): Json => textExtension({ url: cmsExtension(name), value })
const decimal = template<{ url: string; value: number }>((at) => ({ url: at.url, valueDecimal: raw(at.value) }))

const mbiIdentifier = template<{ value: string }>((at) => ({
  system: MBI,
  type: { coding: [{ system: hl7("v2-0203"), code: "MB" }] },
  value: at.value
}))
const memberIdentifier = template<{ value: string }>((at) => ({
  type: { coding: [{ system: hl7("v2-0203"), code: "MB" }] },
  value: at.value
}))

const SOPT = "https://nahdo.org/sopt"
const types = {
  a: coding(SOPT, "1", "MEDICARE"),
  b: coding(SOPT, "121", "MEDICARE FFS"),
  c: coding(SOPT, "11", "MEDICARE MANAGED CARE (Includes Medicare Advantage Plans)"),
  d: coding(SOPT, "122", "Medicare Drug Benefit"),
  dual: coding(SOPT, "14", "Dual Eligibility Medicare/Medicaid Organization")
}

const planClass = (value: string): Json => classOf({ code: "plan", value })

const contractOf = (plan: Plan): ReadonlyArray<Json> => [
  text("BENE-CNTRCT-NUM", idrContract(plan)),
  text("BENE-PBP-NUM", plan.package),
  coded("BENE-CVRG-TYPE-CD", "11")
]

const payerOf = (plan: Plan): { readonly contained: Json | undefined; readonly payor: Json | undefined } =>
  plan.insurer === undefined
    ? { contained: undefined, payor: undefined }
    : { contained: insurer({ id: "insurer-org", name: plan.insurer, telecom: insurerTelecom }), payor: insurerPayor }

/** The v3 Coverages of a person: none to five, only what there is: Part A, B, C, D, then dual. */
export const coveragesV3 = (who: Person, updated: Instant): ReadonlyArray<Json> => {
  const at = dayOf(updated)
  const { a, b, c, d, dual } = who.enrollment
  const mbi = who.mbis[0].value
  const common = (during: Period, id: string) => ({
    id,
    patient: who.idr,
    mbi,
    identifier: mbiIdentifier({ value: mbi }),
    period: period(
      isoDay(during.start),
      during.end !== undefined && isOver(during, at) ? isoDay(during.end) : undefined
    ),
    status: isOver(during, at) ? "cancelled" : "active",
    lastUpdated: utcInstant(updated)
  })
  const disabled = who.status.startsWith("2")
  const entitlement = list([
    coded("BENE-BUYIN-CD", dual === undefined ? "3" : "C"),
    coded("BENE-ENRLMT-RSN-CD", "I"),
    coded("BENE-MDCR-ENTLMT-STUS-CD", "Y"),
    coded("BENE-MDCR-STUS-CD", who.status),
    coded("BENE-ESRD-STUS-ID", who.status.endsWith("1") ? "Y" : "N"),
    coded("BENE-DSBLD-STUS-ID", disabled ? "Y" : "N"),
    coded("BENE-MDCR-ENTLMT-RSN-CD", disabled ? "1" : "0")
  ])
  const found: Array<Json> = []
  const original = (part: "a" | "b", during: Period): void => {
    found.push(
      coverage({
        ...common(during, `part-${part}-${who.idr}`),
        ...CMS,
        class: list([planClass(`Part ${part.toUpperCase()}`)]),
        extension: entitlement,
        type: types[part]
      })
    )
  }
  if (a !== undefined) original("a", a)
  if (b !== undefined) original("b", b)
  if (c !== undefined) {
    found.push(
      coverage({
        ...common(c.period, `part-c-${who.idr}-${idrContract(c)}-${c.package}`),
        ...payerOf(c),
        class: list([planClass("Part C")]),
        extension: list(contractOf(c)),
        type: types.c
      })
    )
  }
  if (d !== undefined) {
    found.push(
      coverage({
        ...common(d.period, `part-d-${who.idr}-${idrContract(d)}-${d.package}`),
        ...payerOf(d),
        identifier: memberIdentifier({ value: d.member }),
        class: each(
          [
            ["plan", "Part D"],
            ["rxid", d.member],
            ["rxgroup", `9${d.package}`],
            ["rxpcn", "SANDBOX"],
            ["rxbin", "999999"]
          ] as const,
          ([code, value]) => classOf({ code, value })
        ),
        extension: list([
          ...contractOf(d),
          coded("BENE-ENRLMT-EMPLR-SBSDY-SW", "N"),
          ...(dual === undefined
            ? []
            : [
                decimal({ url: cmsExtension("BENE-LIS-PTD-PRM-PCT"), value: d.subsidy }),
                coded("BENE-LIS-COPMT-LVL-CD", "4")
              ])
        ]),
        type: types.d
      })
    )
  }
  if (dual !== undefined) {
    found.push(
      coverage({
        ...common(dual.period, `dual-${who.idr}`),
        ...CMS,
        class: list([planClass("Dual Medicare/Medicaid")]),
        extension: list([
          coded("BENE-DUAL-STUS-CD", dual.status),
          coded("BENE-DUAL-TYPE-CD", dual.kind),
          codedExtension({
            url: cmsExtension("MEDICAID-STATE-CD"),
            coding: coding("https://www.usps.com", who.state.usps)
          })
        ]),
        type: types.dual
      })
    )
  }
  return found
}
