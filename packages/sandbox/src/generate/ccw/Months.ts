import { day } from "../Dates.ts"
import type { Json } from "../Json.ts"
import { ccwContract, isOver, type Person } from "../People.ts"
import { variable } from "../Systems.ts"
import { coded, codedAs, dated, value } from "./Elements.ts"
import { MEDICARE_STATUS } from "./Terms.ts"

/** Enrollment month by month, as extensions of Coverage (and of the v2 Patient). */

const MONTHS = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"] as const

const NOT_ENROLLED = "Not Medicare enrolled for the month"

const DUAL: Readonly<Record<string, string>> = {
  "**": "Enrolled in Medicare A and/or B, but no Part D enrollment data for the beneficiary. (This status was indicated as 'XX' for 2006-2009)",
  NA: "Non-Medicaid",
  "01": "Qualified Medicare Beneficiary (QMB)-only",
  "02": "QMB and full Medicaid coverage, including prescription drugs",
  "03": "Specified Low-Income Medicare Beneficiary (SLMB)-only",
  "04": "SLMB and full Medicaid coverage, including prescription drugs",
  "05": "Qualified Disabled Working Individual (QDWI)",
  "06": "Qualifying individuals (QI)",
  "08": "Other dual eligible (not QMB, SLMB, QWDI, or QI) with full Medicaid coverage, including prescription Drugs"
}

const BUY_IN: Readonly<Record<string, string>> = {
  "0": "Not entitled",
  "1": "Part A only",
  "2": "Part B only",
  "3": "Part A and Part B",
  C: "Part A and Part B state buy-in"
}

const SHARED_COST = "Beneficiary enrolled in Parts A and/or B, and Part D; "
const COST_SHARES: Readonly<Record<string, string>> = {
  "00": NOT_ENROLLED,
  "01": `${SHARED_COST}deemed eligible for LIS with 100% premium subsidy and no copayment`,
  "02": `${SHARED_COST}deemed eligible for LIS with 100% premium subsidy and low copayment`,
  "03": `${SHARED_COST}deemed eligible for LIS with 100% premium subsidy and high copayment`,
  "04": `${SHARED_COST}enrolled in LIS with 100% premium subsidy and high copayment`,
  "05": `${SHARED_COST}enrolled in LIS with 100% premium subsidy and 15% copayment`,
  "06": `${SHARED_COST}enrolled in LIS with 75% premium subsidy and 15% copayment`,
  "07": `${SHARED_COST}enrolled in LIS with 50% premium subsidy and 15% copayment`,
  "08": `${SHARED_COST}enrolled in LIS with 25% premium subsidy and 15% copayment`,
  "09": `${SHARED_COST}no premium or cost sharing subsidy Enrolled in Medicare A and/or B, but not Part D enrolled and:`,
  "10": "Beneficiary enrolled in Parts A and/or B, but not Part D; employer receives RDS subsidy"
}

const ENTITLEMENT: Readonly<Record<string, string>> = {
  // Beyond ASCII on purpose: CMS's text has this apostrophe.
  "0": "Old age and survivor’s insurance (OASI)",
  "1": "Disability insurance benefits (DIB)"
}

/** A month in which an enrollment counts is one that begins inside its period. */
const monthly = (
  name: string,
  of: (month: number) => readonly [code: string, display?: string | undefined]
): ReadonlyArray<Json> => MONTHS.map((month, index) => coded(`${name}${month}`, ...of(index + 1)))

export const medicareStatus = (who: Person): Json => coded("ms_cd", who.status, MEDICARE_STATUS[who.status])

export const referenceYear = (year: number): Json => dated("rfrnc_yr", String(year))

export const terminated = (part: "a" | "b", over: boolean): Json =>
  over ? coded(`${part}_trm_cd`, "1", "Dead") : coded(`${part}_trm_cd`, "0", "Not Terminated")

export const entitlement = (who: Person): ReadonlyArray<Json> => {
  const code = who.status.startsWith("2") ? "1" : "0"
  return [
    coded("orec", code, ENTITLEMENT[code]),
    coded("crec", code, ENTITLEMENT[code]),
    coded(
      "esrd_ind",
      who.status.endsWith("1") ? "Y" : "0",
      who.status.endsWith("1") ? "the beneficiary has ESRD" : undefined
    )
  ]
}

export const duals = (who: Person, year: number): ReadonlyArray<Json> =>
  monthly("dual_", (month) => {
    const { d, dual } = who.enrollment
    const at = day(year, month, 1)
    const code =
      dual !== undefined && dual.period.start <= at && !isOver(dual.period, at)
        ? dual.status
        : d === undefined
          ? "**"
          : "NA"
    return [code, DUAL[code]]
  })

export const buyIns = (who: Person, year: number): ReadonlyArray<Json> =>
  monthly("buyin", (month) => {
    const at = day(year, month, 1)
    const { a, b, dual } = who.enrollment
    const hasA = a !== undefined && a.start <= at && !isOver(a, at)
    const hasB = b !== undefined && b.start <= at && !isOver(b, at)
    const code = hasA && hasB ? (dual === undefined ? "3" : "C") : hasA ? "1" : hasB ? "2" : "0"
    return [code, BUY_IN[code]]
  })

export const costShares = (who: Person): ReadonlyArray<Json> =>
  monthly("cstshr", (month) => {
    const code = who.enrollment.d?.costShare[month - 1] ?? "00"
    return [code, COST_SHARES[code]]
  })

export const employerSubsidies = (): ReadonlyArray<Json> =>
  monthly("rdsind", () => ["N", "No employer subsidization for the retired beneficiary"])

/** Part D contract of a month: `0` when there is none. */
const contractAt = (who: Person, year: number, month: number): string => {
  const { d } = who.enrollment
  const at = day(year, month, 1)
  return d !== undefined && d.period.start <= at && !isOver(d.period, at) ? ccwContract(d) : "0"
}

const shown = (code: string): string | undefined => (code === "0" ? NOT_ENROLLED : undefined)

export const contracts = (who: Person, year: number): ReadonlyArray<Json> =>
  monthly("ptdcntrct", (month) => {
    const code = contractAt(who, year, month)
    return [code, shown(code)]
  })

/** CMS repeats the contract of each month of earlier years, under URLs such as `…/ptdcntrct01/2011-1`. */
export const contractHistory = (who: Person, from: number, to: number): ReadonlyArray<Json> =>
  Array.from({ length: to - from + 1 }, (_, years) =>
    MONTHS.map((month, index) => {
      const year = from + years
      const code = contractAt(who, year, index + 1)
      return codedAs(
        `${variable(`ptdcntrct${month}`)}/${year}-${index + 1}`,
        value(`ptdcntrct${month}`, code, shown(code))
      )
    })
  ).flat()

export const packages = (who: Person): ReadonlyArray<Json> =>
  monthly("ptdpbpid", () => [who.enrollment.d?.package ?? "000"])

export const segments = (): ReadonlyArray<Json> => monthly("sgmtid", () => ["000"])

/** The private plan (Part C) of each month. */
export const advantage = (who: Person, year: number): ReadonlyArray<Json> => {
  const plan = who.enrollment.c
  const has = (month: number): boolean => {
    const at = day(year, month, 1)
    return plan !== undefined && plan.period.start <= at && !isOver(plan.period, at)
  }
  return [
    ...monthly("ptc_cntrct_id_", (month) => [plan !== undefined && has(month) ? ccwContract(plan) : "0"]),
    ...monthly("ptc_pbp_id_", () => [plan?.package ?? "000"]),
    ...monthly("ptc_plan_type_cd_", () => ["00"]),
    ...monthly("hmo_ind_", (month) =>
      has(month) ? ["1", "Non-lock-in, CMS to process provider claims"] : ["0", "Not a member of an HMO"]
    )
  ]
}
