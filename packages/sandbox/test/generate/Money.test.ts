import { assert, describe, it } from "@effect/vitest"
import { split } from "../../src/generate/Money.ts"
import { at, eobType, everySystem, type Resource, resources, selection, text, texts, type Value } from "./Support.ts"

const V = "https://bluebutton.cms.gov/resources/variables/"
const cents = (value: Value): number => Math.round(Number(value) * 100)
const sum = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0)

/** The amount of the entry whose category has a code, 0 when there is none. */
const amount = (entries: ReadonlyArray<Value>, code: string): number => {
  const found = entries.find((entry) => texts(entry, "category.coding[].code").includes(code))
  return found === undefined ? 0 : cents(at(found, "amount.value")[0] ?? 0)
}

const lines = (claim: Resource): ReadonlyArray<(code: string) => number> =>
  at(claim, "item[]").map((item) => (code) => amount(at(item, "adjudication[]"), code))

/** An amount of the whole claim: an extension in v1, in benefitBalance in v2. */
const whole = (claim: Resource, name: string): number => {
  const extension = at(claim, "extension[]").find((one) => text(one, "url") === V + name)
  const balance = at(claim, "benefitBalance[].financial[]").find((one) =>
    texts(one, "type.coding[].code").includes(V + name)
  )
  return cents(at(extension, "valueMoney.value")[0] ?? at(balance, "usedMoney.value")[0] ?? 0)
}

const payment = (claim: Resource): number => cents(at(claim, "payment.amount.value")[0] ?? 0)
const charge = (claim: Resource): number =>
  cents(at(claim, "totalCost.value")[0] ?? at(claim, "total[].amount.value")[0] ?? 0)

const PART_B_MOST = 25_700

describe("split", () => {
  it("loses no cent", () => {
    for (const cents of [0, 1, 99, 12_345]) assert.strictEqual(sum([...split(cents, [3, 1, 0, 7])]), cents)
    assert.deepStrictEqual(split(100, [1, 1]), [50, 50])
    assert.deepStrictEqual(split(7, [0, 0]), [0, 7])
  })
})

describe.each(["v1", "v2"] as const)("money in %s", (version) => {
  const claims = Map.groupBy(resources(selection({ version, people: 200 })), eobType)
  const of = (...types: ReadonlyArray<string>) => {
    const found = types.flatMap((type) => claims.get(type) ?? [])
    assert.isNotEmpty(found)
    return found
  }

  it("of doctors and suppliers adds up by line and by claim", () => {
    for (const claim of of("CARRIER", "DME")) {
      for (const line of lines(claim)) {
        const paid = line(`${V}line_nch_pmt_amt`)
        const allowed = line(`${V}line_alowd_chrg_amt`)
        const owed =
          line(`${V}line_bene_ptb_ddctbl_amt`) + line(`${V}line_coinsrnc_amt`) + line(`${V}line_bene_prmry_pyr_pd_amt`)
        assert.strictEqual(paid + owed, allowed)
        assert.isAtMost(allowed, line(`${V}line_sbmtd_chrg_amt`))
        assert.strictEqual(line(`${V}line_prvdr_pmt_amt`) + line(`${V}line_bene_pmt_amt`), paid)
      }
      const all = (name: string) => sum(lines(claim).map((line) => line(V + name)))
      assert.strictEqual(all("line_nch_pmt_amt"), payment(claim))
      assert.strictEqual(whole(claim, "nch_clm_prvdr_pmt_amt") + whole(claim, "nch_clm_bene_pmt_amt"), payment(claim))
      assert.strictEqual(all("line_sbmtd_chrg_amt"), whole(claim, "nch_carr_clm_sbmtd_chrg_amt"))
      assert.strictEqual(all("line_alowd_chrg_amt"), whole(claim, "nch_carr_clm_alowd_amt"))
      assert.strictEqual(all("line_bene_ptb_ddctbl_amt"), whole(claim, "carr_clm_cash_ddctbl_apld_amt"))
    }
  })

  it("of facilities adds up: charges always, payments by line where lines are paid", () => {
    for (const claim of of("HHA", "HOSPICE", "INPATIENT", "OUTPATIENT", "SNF")) {
      const all = (name: string) => sum(lines(claim).map((line) => line(V + name)))
      assert.strictEqual(all("rev_cntr_tot_chrg_amt"), charge(claim))
      assert.isAtMost(payment(claim), charge(claim))
      if (!["INPATIENT", "SNF"].includes(eobType(claim)))
        assert.strictEqual(all("rev_cntr_pmt_amt_amt"), payment(claim))
    }
    for (const type of ["HHA", "HOSPICE", "INPATIENT", "OUTPATIENT", "SNF"])
      assert.isTrue(
        of(type).some((claim) => payment(claim) > charge(claim) / 10),
        `${type} is paid for`
      )
    for (const claim of of("OUTPATIENT"))
      for (const line of lines(claim)) {
        const [paid, owed, coinsurance] = [
          line(`${V}rev_cntr_pmt_amt_amt`),
          line(`${V}rev_cntr_cash_ddctbl_amt`),
          line(`${V}rev_cntr_coinsrnc_wge_adjstd_c`)
        ]
        assert.isAtMost(paid + owed + coinsurance, line(`${V}rev_cntr_tot_chrg_amt`))
        assert.strictEqual(line(`${V}rev_cntr_ptnt_rspnsblty_pmt`), owed + coinsurance)
      }
    for (const claim of of("INPATIENT", "SNF")) {
      const [owed, coinsurance] = [
        whole(claim, "nch_bene_ip_ddctbl_amt"),
        whole(claim, "nch_bene_pta_coinsrnc_lblty_amt")
      ]
      assert.strictEqual(whole(claim, "nch_ip_tot_ddctn_amt"), owed + coinsurance)
      assert.isAtMost(payment(claim) + owed + coinsurance + whole(claim, "prpayamt"), charge(claim))
    }
  })

  it("of prescriptions adds up to the cost of the drug", () => {
    for (const claim of of("PDE"))
      for (const line of lines(claim)) {
        const total = line(`${V}tot_rx_cst_amt`)
        const parts = [
          "cvrd_d_plan_pd_amt",
          "ptnt_pay_amt",
          "othr_troop_amt",
          "lics_amt",
          "plro_amt",
          "rptd_gap_dscnt_num"
        ]
        assert.strictEqual(sum(parts.map((name) => line(V + name))), total)
        assert.strictEqual(line(`${V}gdc_blw_oopt_amt`) + line(`${V}gdc_abv_oopt_amt`), total)
        assert.isAbove(total, 0)
      }
  })

  it("asks for the Part B deductible once a year", () => {
    const years = Map.groupBy(
      of("CARRIER", "DME", "OUTPATIENT").filter((claim) => text(claim, "status") === "active"),
      (claim) => `${text(claim, "patient.reference")} ${text(claim, "billablePeriod.start").slice(0, 4)}`
    )
    let asked = 0
    for (const found of years.values()) {
      const owed = sum(
        found.flatMap((claim) =>
          lines(claim).map((line) => line(`${V}line_bene_ptb_ddctbl_amt`) + line(`${V}rev_cntr_cash_ddctbl_amt`))
        )
      )
      assert.isAtMost(owed, PART_B_MOST)
      if (owed > 0) asked++
    }
    assert.isAbove(asked, years.size / 2)
  })

  it("has no negative amount and no fraction of a cent", () => {
    const visit = (value: Value): void => {
      if (typeof value === "number")
        assert.isTrue(value >= 0 && Math.abs(value * 100 - Math.round(value * 100)) < 1e-6, String(value))
      else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) visit(part)
    }
    for (const found of claims.values()) for (const claim of found) visit(claim["item"] ?? null)
  })
})

const total = (claim: Resource, code: string) => amount(at(claim, "total[]"), code)

const settled = (one: Resource) =>
  texts(one, "meta.tag[].code").includes("FinalAction") && !texts(one, "meta.tag[].code").includes("SharedSystem")

const mbi = (version: "v2" | "v3") =>
  new Map(
    resources(selection({ version, types: ["Patient"], people: 60 })).map((one) => [
      `Patient/${text(one, "id")}`,
      texts(one, "identifier[].value").find((value) => value.charAt(1) === "S") ?? ""
    ])
  )

const sums = (version: "v2" | "v3") => {
  const people = mbi(version)
  const found = new Map<string, number>()
  for (const one of resources(selection({ version, people: 60 }))) {
    if (version === "v2" ? text(one, "status") !== "active" : !settled(one)) continue
    const end = text(one, "billablePeriod.end")
    if (end < "2021-03-01" || end > "2026-09-01") continue
    const key = `${people.get(text(one, "patient.reference"))} ${end} ${eobType(one)}`
    found.set(key, (found.get(key) ?? 0) + payment(one))
  }
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

describe("money in v3", () => {
  const claims = Map.groupBy(resources(selection({ version: "v3", people: 200, filter: everySystem })), eobType)

  it("of doctors and suppliers adds up by line and by claim", () => {
    for (const claim of [...(claims.get("CARRIER") ?? []), ...(claims.get("DME") ?? [])]) {
      const shared = texts(claim, "meta.tag[].code").includes("SharedSystem")
      for (const line of lines(claim)) {
        const owed =
          line("CLM_LINE_MDCR_DDCTBL_AMT") + line("CLM_LINE_MDCR_COINSRNC_AMT") + line("CLM_BENE_PRMRY_PYR_PD_AMT")
        if (!shared) assert.strictEqual(line("CLM_LINE_CVRD_PD_AMT") + owed, line("CLM_LINE_ALOWD_CHRG_AMT"))
        assert.isAtMost(line("CLM_LINE_ALOWD_CHRG_AMT"), line("CLM_LINE_SBMT_CHRG_AMT"))
      }
      const all = (code: string) => sum(lines(claim).map((line) => line(code)))
      assert.strictEqual(all("CLM_LINE_CVRD_PD_AMT"), payment(claim))
      assert.strictEqual(all("CLM_LINE_SBMT_CHRG_AMT"), total(claim, "CLM_SBMT_CHRG_AMT"))
      assert.strictEqual(all("CLM_LINE_ALOWD_CHRG_AMT"), total(claim, "CLM_ALOWD_CHRG_AMT"))
      assert.strictEqual(all("CLM_LINE_MDCR_DDCTBL_AMT"), total(claim, "CLM_MDCR_DDCTBL_AMT"))
    }
  })

  it("of facilities and prescriptions adds up", () => {
    for (const type of ["HHA", "HOSPICE", "INPATIENT", "OUTPATIENT", "SNF"])
      for (const claim of claims.get(type) ?? []) {
        const all = (code: string) => sum(lines(claim).map((line) => line(code)))
        assert.strictEqual(all("CLM_LINE_SBMT_CHRG_AMT"), total(claim, "CLM_SBMT_CHRG_AMT"))
        assert.strictEqual(total(claim, "CLM_PRVDR_PMT_AMT"), payment(claim))
        assert.strictEqual(
          total(claim, "CLM_BENE_PMT_AMT"),
          total(claim, "CLM_MDCR_DDCTBL_AMT") + total(claim, "CLM_MDCR_COINSRNC_AMT")
        )
        if (type === "OUTPATIENT") assert.strictEqual(all("CLM_LINE_CVRD_PD_AMT"), payment(claim))
      }
    for (const claim of claims.get("PDE") ?? [])
      for (const line of lines(claim)) {
        assert.strictEqual(line("TOT_RX_CST_AMT"), total(claim, "TOT_RX_CST_AMT"))
        assert.strictEqual(
          line("CLM_LINE_GRS_BLW_THRSHLD_AMT") + line("CLM_LINE_GRS_ABOVE_THRSHLD_AMT"),
          line("TOT_RX_CST_AMT")
        )
        assert.isAtMost(total(claim, "CLM_BENE_PMT_AMT") + total(claim, "CLM_OTHR_TP_PD_AMT"), line("TOT_RX_CST_AMT"))
      }
  })

  it("is the same as in v2 for the same claims", () => {
    // The versions share no claim number, so people and days have to do: sums by person and last day of service.
    const v2 = sums("v2")
    assert.isAbove(v2.size, 50)
    assert.deepStrictEqual(sums("v3"), v2)
  })
})
