import type { BugSwitches } from "./Bugs.ts"
import type { DataKind, ResourceType } from "./DataSource.ts"
import { type Deployment, type Treatment, treatmentOf } from "./Models.ts"

/**
 * What BCDA has on file about who an organization's people are.
 *
 * - `current`: a recent list. Exports work, attribution status shows it.
 * - `outdated`: a list of an earlier performance year. Exports answer 404, attribution status still shows it.
 * - `expired`: a list too old to use (50 days, runout 180). Exports answer 404, attribution status still shows it.
 * - `absent`: never any list. Exports answer 404, attribution status leaves it out.
 */
export type AttributionFile = "current" | "outdated" | "expired" | "absent"

/** An organization that may use the sandbox, and how BCDA treats it. */
export interface Persona {
  /** Stable key, used by command lines, tests and the generator. */
  readonly id: string
  readonly label: string
  /** CMS id, as it appears in tokens and error texts. What BCDA lets the organization do follows from it, see Models.ts. */
  readonly cmsId: string
  /** BCDA's own id for the organization, as it appears in the text of an empty job list and in error files. */
  readonly acoUuid: string
  /** Printed and obviously fake; the sandbox has nothing to protect. */
  readonly clientId: string
  /** Printed and obviously fake. */
  readonly clientSecret: string
  /** Number of enrollees on the newest list. An export of nobody fails. */
  readonly people: number
  /** Number of people on last year's list who are not on this year's (`Group/runout`). Default: a tenth of `people`. */
  readonly runoutPeople?: number
  /** What it may see, where that is not what its model sees in this deployment. */
  readonly kinds?: ReadonlyArray<DataKind>
  readonly attribution: { readonly all: AttributionFile; readonly runout: AttributionFile }
  /**
   * The monthly lists before the newest. `lists` is how many there are with it: `Group/all` with a `_since` before the oldest is 404.
   * `joined` is how many people, the last ones, are on the newest only. Default: lists without end, and nobody joined.
   */
  readonly history?: { readonly lists: number; readonly joined: number }
  /**
   * Places (from 0) on the newest list of people who object to the sharing of their data. They are left out of every
   * export, unless the model ignores objections.
   */
  readonly optedOut?: ReadonlyArray<number>
  /** Places on the newest list of people whom the claims server does not know: lines in `…-error.ndjson` instead of resources. */
  readonly unknown?: ReadonlyArray<number>
  /** Places on the newest list of people for whom the claims server fails, by the type that is asked for. */
  readonly failing?: Partial<Readonly<Record<ResourceType, ReadonlyArray<number>>>>
  /** Where it is not treated as its CMS id says. Members that are absent follow from the CMS id and the deployment. */
  readonly limits?: Partial<Omit<Treatment, "kinds" | "model">> & {
    /** 403 on everything that needs a token: `ACO (CMS_ID: …) is unauthorized`. */
    readonly denylisted?: boolean
  }
}

/** How BCDA treats a persona in a deployment: as its CMS id says, but for the persona's own exceptions. */
export const treatmentFor = (
  { cmsId, kinds, limits }: Persona,
  { bugs, deployment }: { readonly deployment: Deployment; readonly bugs: BugSwitches }
): Treatment => ({
  ...treatmentOf(cmsId, deployment, bugs),
  ...limits,
  ...(kinds === undefined ? {} : { kinds })
})

const range = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from }, (_, index) => from + index)

/** What most personas have in common. `number` makes the organization's id at BCDA. */
const persona = (
  id: string,
  number: number,
  rest: Omit<Persona, "id" | "acoUuid" | "clientId" | "clientSecret" | "attribution"> & Partial<Persona>
): Persona => ({
  id,
  acoUuid: `00000000-aaaa-4000-8000-${String(number).padStart(12, "0")}`,
  clientId: `sandbox-${id}`,
  clientSecret: `not-a-secret-${id}`,
  attribution: { all: "current", runout: "current" },
  ...rest
})

/** The small model entity: settled claims of 100 people on v1, v2 and v3. */
export const small = persona("small", 9990, { label: "Small model entity", cmsId: "A9990", people: 100 })

/** The large model entity: settled claims of 10,000 people. */
export const large = persona("large", 9992, { label: "Large model entity", cmsId: "A9992", people: 10_000 })

/** REACH organizations see open claims in production only; CMS's sandbox has two of them that see both. */
const both: ReadonlyArray<DataKind> = ["adjudicated", "partially-adjudicated"]

/** The small REACH ACO: 110 people, also claims that Medicare is still working on (v2; v3 on request). */
export const reachSmall = persona("reach-small", 9991, {
  label: "Small REACH ACO",
  cmsId: "D9991",
  people: 110,
  kinds: both
})

/** The large REACH ACO: the same with 11,000 people. */
export const reachLarge = persona("reach-large", 9993, {
  label: "Large REACH ACO",
  cmsId: "D9992",
  people: 11_000,
  kinds: both
})

/** An organization that CMS has shut out: 403 for every token it gets. */
export const denylisted = persona("denylisted", 9997, {
  label: "Denylisted",
  cmsId: "A9997",
  people: 40,
  limits: { denylisted: true }
})

/** This year's list has not come yet: 404 for `all` and Patient; runout works. */
export const outdated = persona("outdated", 995, {
  label: "Outdated attribution",
  cmsId: "TEST995",
  people: 40,
  attribution: { all: "outdated", runout: "current" }
})

/** Never any list: 404 for every export. */
export const noAttribution = persona("no-attribution", 996, {
  label: "No attribution file",
  cmsId: "TEST996",
  people: 0,
  attribution: { all: "absent", runout: "absent" }
})

/** A list with nobody on it: exports are accepted, and the job fails. */
export const noPeople = persona("no-people", 997, { label: "Nobody attributed", cmsId: "TEST997", people: 0 })

/** Ten people came with this month's list: `Group/all` with an earlier `_since` gives their whole history in files of their own. */
export const newMembers = persona("new-members", 9995, {
  label: "New members this month",
  cmsId: "A9995",
  people: 60,
  history: { lists: 12, joined: 10 }
})

/** Another organization, to which the others' jobs are 401. Two of its 40 people have opted out. */
export const other = persona("other", 9994, {
  label: "Another organization",
  cmsId: "A9994",
  people: 40,
  optedOut: [3, 17]
})

/** A GUIDE organization: no SharedSystem claims, nothing before July 2022. */
export const guide = persona("guide", 8001, { label: "GUIDE", cmsId: "GUIDE-9999", people: 30 })

/** An IOTA organization, which has v3 only. CMS's sandbox does not know the model; this is how the other deployments treat it. */
export const iota = persona("iota", 8002, {
  label: "IOTA (v3 only)",
  cmsId: "IOTA999",
  people: 30,
  kinds: both,
  limits: { modelDisabled: false, v3Only: true }
})

/** An organization that may not start a job like a running one, as in production. */
export const duplicates = persona("duplicates", 8003, {
  label: "Duplicate jobs refused",
  cmsId: "A0001",
  people: 50,
  limits: { duplicateJobs: true }
})

/**
 * The claims server does not know some of its 120 people and fails for others, so files have siblings with errors. Nobody in the third batch
 * of 50 is known: BCDA writes their error file and does not list it.
 */
export const partialErrors = persona("partial-errors", 8004, {
  label: "Errors for some people",
  cmsId: "A9996",
  people: 120,
  unknown: [12, 57, ...range(100, 120)],
  failing: { ExplanationOfBenefit: [30, 77], Coverage: [30] }
})

/** The organizations of a sandbox that was not told otherwise; the first is the one to try things with. No two share a person. */
export const defaultPersonas: ReadonlyArray<Persona> = [
  small,
  large,
  reachSmall,
  reachLarge,
  denylisted,
  outdated,
  noAttribution,
  noPeople,
  newMembers,
  other,
  guide,
  iota,
  duplicates,
  partialErrors
]
