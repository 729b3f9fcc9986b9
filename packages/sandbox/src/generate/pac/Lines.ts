import { counted } from "../ccw/Elements.ts"
import { type Revenue, revenues } from "../codes/Facility.ts"
import { type Drug, drug, isLevelOne, type Service, visit } from "../codes/Services.ts"
import { type Day, isoDay } from "../Dates.ts"
import { coding, concept, each, quantity } from "../Fhir.ts"
import { type Json, list, optional, quote, raw, template } from "../Json.ts"
import { hashText, type Seed, stream } from "../Random.ts"
import { blueButton, HCPCS, NDC, UNITS, variable } from "../Systems.ts"
import type { Processor } from "./History.ts"

/**
 * The lines of claims at work. Those that CMS publishes as test data have none; the server that they come from has them in its own tests. Here
 * every second claim has some.
 */
export interface PendingLine {
  readonly service: string
  readonly modifiers: ReadonlyArray<string>
  readonly on: Day
  readonly units: number
  /** Facilities only. */
  readonly revenue?: Revenue
  readonly drug?: Drug
}

const LINES = { fiss: hashText("pac-fiss-line"), mcs: hashText("pac-mcs-line") } as const

export const pendingLines = (
  seed: Seed,
  person: number,
  processor: Processor,
  place: number,
  from: Day,
  through: Day
): ReadonlyArray<PendingLine> => {
  const draw = stream(seed, person, LINES[processor], place)
  if (draw.chance(0.5)) return []
  return Array.from({ length: draw.between(1, 4) }, (): PendingLine => {
    const revenue = processor === "fiss" ? draw.pick(revenues("OUTPATIENT")) : undefined
    const done: Service = visit(draw)
    const service = revenue?.service ?? done.code
    const medicine = service.startsWith("J") || draw.chance(0.1)
    return {
      service,
      modifiers: draw.chance(0.5) ? (processor === "fiss" ? ["PO", "59"] : done.modifiers) : [],
      on: draw.between(from, through),
      units: draw.between(1, 6),
      ...(revenue === undefined ? {} : { revenue }),
      ...(medicine ? { drug: drug(draw) } : {})
    }
  })
}

const conceptExtension = template<{ url: string; code: string }>((at) => ({
  url: at.url,
  valueCodeableConcept: { coding: [{ system: at.url, code: at.code }] }
}))
const coded = (name: string, code: string): Json => conceptExtension({ url: variable(name), code })
/** A code with what its extension says of it. */
const described = template<{ extension: Json; coding: Json }>((at) => ({
  extension: [raw(at.extension)],
  coding: [raw(at.coding)]
}))

const modifier = template<{ system: string; code: string; version: string }>((at) => ({
  coding: [{ system: at.system, version: at.version, code: at.code }]
}))
const modifiersOf = (line: PendingLine, system: string): Json | undefined =>
  line.modifiers.length === 0
    ? undefined
    : each(line.modifiers, (code, index) => modifier({ system, code, version: String(index + 1) }))

const detail = template<{ ndc: string; quantity: Json }>((at) => [
  { sequence: 1, productOrService: { coding: [{ system: NDC, code: at.ndc }] }, quantity: raw(at.quantity) }
])
const millilitres = template<{ value: number }>((at) => ({
  value: raw(at.value),
  unit: "ML",
  system: UNITS,
  code: "mL"
}))
const drugOf = (line: PendingLine, amount: (of: { readonly value: number }) => Json): Json | undefined =>
  line.drug === undefined ? undefined : detail({ ndc: line.drug.ndc, quantity: amount({ value: line.drug.daily }) })

const facilityLine = template<{
  extension: Json
  sequence: number
  revenue: Json
  service: Json
  modifier: Json | undefined
  on: string
  quantity: Json
  detail: Json | undefined
}>((at) => ({
  extension: raw(at.extension),
  sequence: raw(at.sequence),
  revenue: raw(at.revenue),
  productOrService: raw(at.service),
  modifier: optional(at.modifier),
  servicedDate: at.on,
  quantity: raw(at.quantity),
  detail: optional(at.detail)
}))

const doctorLine = template<{
  sequence: number
  service: Json
  modifier: Json | undefined
  on: Json
  detail: Json | undefined
}>((at) => ({
  sequence: raw(at.sequence),
  diagnosisSequence: [1],
  productOrService: raw(at.service),
  modifier: optional(at.modifier),
  servicedPeriod: { end: raw(at.on) },
  detail: optional(at.detail)
}))

/** `item` of a v2 Claim: revenue lines of a facility, or the lines of a doctor's bill. */
export const pendingItems = (lines: ReadonlyArray<PendingLine>): Json =>
  each(lines, (line, index) => {
    const service = coding(HCPCS, line.service)
    return line.revenue === undefined
      ? doctorLine({
          sequence: index + 1,
          service: concept(service),
          modifier: modifiersOf(line, HCPCS),
          on: quote(isoDay(line.on)),
          detail: drugOf(line, quantity)
        })
      : facilityLine({
          extension: list([
            counted("fiss/rev-serv-unit-cnt", line.units),
            coded("fiss/hcpc-ind", isLevelOne(line.service) ? "1" : "2")
          ]),
          sequence: index + 1,
          revenue: described({
            extension: coded("fiss/non-bill-rev-code", "N"),
            coding: coding(variable("fiss/rev-cd"), line.revenue.code)
          }),
          service: described({ extension: coded("fiss/apc-hcpcs-apc", "05012"), coding: service }),
          modifier: modifiersOf(line, blueButton("hcpcs")),
          on: isoDay(line.on),
          quantity: quantity({ value: line.units }),
          detail: drugOf(line, millilitres)
        })
  })
