import { type BugSwitches, isFixed } from "./Bugs.ts"
import type { DataKind } from "./DataSource.ts"

/** Where BCDA runs; each place has settings of its own. `sandbox` is the public one, `test` and `dev` are CMS's. */
export type Deployment = "sandbox" | "prod" | "test" | "dev"

/** A programme of Medicare. An organization belongs to the first one whose pattern its CMS id fits. */
interface Model {
  readonly name: string
  readonly cmsId: RegExp
  /** The pattern as it was meant, where BCDA's own fits nobody. */
  readonly meant?: RegExp
  /** What its organizations see where. A deployment that is not named does not know the model: it is disabled there. */
  readonly kinds: Partial<Readonly<Record<Deployment, ReadonlyArray<DataKind>>>>
  /** Claims reach back this many whole years from the day on which a performance year begins. */
  readonly lookback?: { readonly years: number; readonly month: number }
  /** People who object to the sharing of their data are exported all the same. */
  readonly ignoresOptOuts?: true
}

const settled: ReadonlyArray<DataKind> = ["adjudicated"]
const open: ReadonlyArray<DataKind> = ["partially-adjudicated"]
const both: ReadonlyArray<DataKind> = ["adjudicated", "partially-adjudicated"]
const everywhere = (kinds: ReadonlyArray<DataKind>): Model["kinds"] => ({
  sandbox: kinds,
  prod: kinds,
  test: kinds,
  dev: kinds
})

/**
 * BCDA's models (conf/configs/*.yml of its source). ACCESS has a look-back of 3 years there that comes to nothing, because nothing says when
 * its years begin; the same holds for IOTA in test and dev.
 */
const models: ReadonlyArray<Model> = [
  { name: "CKCC", cmsId: /^C\d{4}$/, kinds: everywhere(settled), lookback: { years: 2, month: 1 } },
  { name: "KCF", cmsId: /^K\d{4}$/, kinds: everywhere(settled), lookback: { years: 2, month: 1 } },
  // ACO REACH, once called Direct Contracting.
  { name: "DC", cmsId: /^D\d{4}$/, kinds: { ...everywhere(settled), prod: both }, lookback: { years: 3, month: 4 } },
  { name: "SSP", cmsId: /^A\d{4}$/, kinds: everywhere(settled) },
  { name: "CEC", cmsId: /^E\d{4}$/, kinds: everywhere(settled) },
  { name: "NGACO", cmsId: /^V\d{3}$/, kinds: everywhere(settled) },
  { name: "TEST", cmsId: /^TEST\d{3}$/, kinds: everywhere(both) },
  // The doubled backslash is BCDA's: no CMS id fits these three, so organizations that should are disabled (bug).
  { name: "Sandbox Adj", cmsId: /^SBXA\\w\d{3}$/, meant: /^SBXA\w\d{3}$/, kinds: { sandbox: settled } },
  { name: "Sandbox Partially-Adj", cmsId: /^SBXP\\w\d{3}$/, meant: /^SBXP\w\d{3}$/, kinds: { sandbox: open } },
  { name: "Sandbox Both", cmsId: /^SBXB\\w\d{3}$/, meant: /^SBXB\w\d{3}$/, kinds: { sandbox: both } },
  { name: "TCOCMD", cmsId: /^CT\d{4,6}$/, kinds: everywhere(both), ignoresOptOuts: true },
  { name: "CDAC", cmsId: /^DA\d{4}$/, kinds: everywhere(both) },
  { name: "GUIDE", cmsId: /^GUIDE-\d{4}$/, kinds: everywhere(settled) },
  { name: "ACCESS", cmsId: /^ACCES\d{5}$/, kinds: everywhere(settled) },
  { name: "IOTA", cmsId: /^IOTA\d{3}$/, kinds: { prod: both, test: both, dev: both } }
]

/** Models that v1 and v2 refuse. */
const v3Only: Readonly<Record<Deployment, ReadonlyArray<string>>> = {
  sandbox: [],
  prod: ["IOTA", "ACCESS", "GUIDE"],
  test: ["IOTA", "ACCESS", "GUIDE"],
  dev: ["ACCESS", "GUIDE"]
}

/**
 * Production lets only named organizations use v3. Its list has some 650 names; the ones here stand for no single organization: BCDA's own
 * test entity and IOTA001 to IOTA103, the whole model.
 */
const v3Named = (cmsId: string): boolean => {
  const [, number] = /^IOTA(\d{3})$/.exec(cmsId) ?? []
  return cmsId === "TEST994" || (number !== undefined && Number(number) >= 1 && Number(number) <= 103)
}

/** Organizations that may not start a job like a running one: all of them in two deployments, one in the sandbox. */
const limited: Readonly<Record<Deployment, "all" | ReadonlyArray<string>>> = {
  sandbox: ["SBXBM0002"],
  prod: "all",
  test: "all",
  dev: []
}

/** BCDA's own organizations, which are never limited. */
const ownTest = /^(TEST\d{3}|A999\d|A888\d|D999\d|E999\d|V994|T8882)$/

/** The GUIDE organizations of the established track, by number; all others are of the new track. */
const guideEstablished: ReadonlySet<number> = new Set([
  1, 16, 34, 37, 45, 58, 62, 68, 74, 76, 85, 92, 106, 115, 117, 118, 130, 156, 166, 168, 169, 173, 188, 208, 209, 237,
  247, 254, 259, 263, 266, 271, 280, 284, 334, 336, 342, 345, 408, 420, 429, 441, 446, 448, 452, 468, 473, 475, 485,
  499, 521, 525, 526, 529, 534, 540, 552, 563, 573, 578, 591, 634, 651, 665, 671, 677, 682, 689, 693, 707, 708, 721,
  756, 765, 777, 779, 782, 783, 790, 806, 838, 841, 844, 864, 877, 883, 893, 903, 937, 962, 977, 979, 1008, 1023, 1033
])

/** How BCDA treats an organization, as far as its CMS id and the deployment decide. */
export interface Treatment {
  /** The model's name in BCDA's settings; undefined when no model fits. */
  readonly model: string | undefined
  /** An organization without a model takes no part: 401 with an empty text on exports and the job list. */
  readonly modelDisabled: boolean
  readonly kinds: ReadonlyArray<DataKind>
  /** 403 on exports and the job list of v1 and v2. */
  readonly v3Only: boolean
  /** 403 on exports and the job list of v3. */
  readonly noV3: boolean
  /** A `_typeFilter` that asks for SharedSystem claims is refused. */
  readonly noSharedSystem: boolean
  /** A second job like a running one is refused with 429. */
  readonly duplicateJobs: boolean
  readonly ignoresOptOuts: boolean
}

/** Works out the treatment of an organization by its CMS id. */
export const treatmentOf = (cmsId: string, deployment: Deployment, bugs: BugSwitches = "today"): Treatment => {
  const asMeant = isFixed(bugs, "sandbox-models-disabled")
  const model = models.find(
    (one) => one.kinds[deployment] !== undefined && ((asMeant && one.meant) || one.cmsId).test(cmsId)
  )
  const { [deployment]: named } = limited
  return {
    model: model?.name,
    modelDisabled: model === undefined,
    kinds: model?.kinds[deployment] ?? [],
    v3Only: model !== undefined && v3Only[deployment].includes(model.name),
    noV3: deployment === "prod" && !v3Named(cmsId),
    noSharedSystem: model?.name === "GUIDE",
    duplicateJobs: !ownTest.test(cmsId) && (named === "all" || named.includes(cmsId)),
    ignoresOptOuts: model?.ignoresOptOuts === true
  }
}

/**
 * First day of service that an organization sees claims of, `YYYY-MM-DD`; undefined when there is no bound. GUIDE has fixed days, other models
 * count whole years back from the begin of their performance year.
 */
export const lookbackOf = (cmsId: string, at: Date): string | undefined => {
  const model = models.find((one) => one.cmsId.test(cmsId))
  if (model?.name === "GUIDE") return guideEstablished.has(Number(cmsId.slice(6))) ? "2021-07-01" : "2022-07-01"
  if (model?.lookback === undefined) return undefined
  const { month, years } = model.lookback
  const year = at.getUTCMonth() + 1 >= month ? at.getUTCFullYear() : at.getUTCFullYear() - 1
  return `${year - years}-${String(month).padStart(2, "0")}-01`
}
