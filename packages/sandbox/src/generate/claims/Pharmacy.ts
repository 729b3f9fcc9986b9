import { type Drug, drug } from "../codes/Services.ts"
import type { Day } from "../Dates.ts"
import { type Cents, share, split } from "../Money.ts"
import { type Seed } from "../Random.ts"
import { type Claim, contentOf, correction } from "./Claim.ts"
import { type Facility, facility, type Provider, provider } from "./Providers.ts"
import type { Sighting } from "./Sighting.ts"

/**
 * One filled prescription. Its cost is divided exactly: plan + patient + subsidy + other payers + discount = total, and total = ingredient +
 * dispensing fee + tax; the part below and the part above the out-of-pocket threshold add up to it as well.
 */
export interface PharmacyClaim extends Claim {
  readonly drug: Drug
  readonly prescriber: Provider
  readonly pharmacy: Facility
  readonly quantity: number
  readonly supply: number
  readonly fill: number
  readonly prescription: string
  readonly paidOn: Day
  readonly daw: string
  readonly origin: string
  readonly total: Cents
  readonly plan: Cents
  readonly patient: Cents
  readonly subsidy: Cents
  readonly otherPayer: Cents
  readonly otherTroop: Cents
  readonly discount: Cents
  readonly below: Cents
  readonly above: Cents
}

export const pharmacyClaim = (seed: Seed, sighting: Sighting): PharmacyClaim => {
  const { slot } = sighting
  const draw = contentOf(seed, slot)
  const what = drug(draw)
  const supply = draw.pick([30, 30, 90, 14])
  const ingredient = share(draw.between(what.price[0] * 100, what.price[1] * 100), correction(sighting) * (supply / 30))
  const total = ingredient + draw.between(50, 450) + (draw.chance(0.1) ? share(ingredient, 0.02) : 0)
  const lowIncome = slot.person.enrollment.dual !== undefined
  const [patient = 0, subsidy = 0, otherPayer = 0, otherTroop = 0, discount = 0, plan = 0] = split(total, [
    draw.between(10, 30),
    lowIncome ? draw.between(5, 15) : 0,
    draw.chance(0.05) ? 5 : 0,
    draw.chance(0.05) ? 3 : 0,
    what.brand ? draw.between(1, 10) : 0,
    draw.between(55, 75)
  ])
  const above = draw.chance(0.1) ? total : 0
  return {
    slot,
    sighting,
    icd: 10,
    diagnoses: [],
    drug: what,
    prescriber: provider(seed, draw.unit()),
    pharmacy: facility(seed, draw.unit(), "PDE"),
    quantity: Math.round(what.daily * supply * 10) / 10,
    supply,
    fill: draw.between(0, 5),
    prescription: draw.text("0123456789", 9),
    paidOn: slot.from + draw.between(7, 30),
    daw: draw.pick(["0", "0", "0", "1", "2"]),
    origin: draw.pick(["1", "3", "3"]),
    total,
    plan,
    patient,
    subsidy,
    otherPayer,
    otherTroop,
    discount,
    below: total - above,
    above
  }
}
