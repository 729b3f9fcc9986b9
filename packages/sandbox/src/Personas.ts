import type { DataKind } from "./DataSource.ts"

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
  /** CMS id, as it appears in tokens and error texts. */
  readonly cmsId: string
  /** BCDA's own id for the organization, as it appears in the text of an empty job list. */
  readonly acoUuid: string
  /** Printed and obviously fake; the sandbox has nothing to protect. */
  readonly clientId: string
  /** Printed and obviously fake. */
  readonly clientSecret: string
  /** Number of enrollees. */
  readonly people: number
  readonly kinds: ReadonlyArray<DataKind>
  readonly attribution: { readonly all: AttributionFile; readonly runout: AttributionFile }
  /** Exceptions to the rule that everybody may do everything. */
  readonly limits?: {
    /** 403 on everything that needs a token: `ACO (CMS_ID: …) is unauthorized`. */
    readonly denylisted?: boolean
    /** Its model takes no part: 401 with an empty text on exports and the job list. */
    readonly modelDisabled?: boolean
    /** 403 on exports and the job list of v1 and v2. */
    readonly v3Only?: boolean
    /** 403 on exports and the job list of v3. */
    readonly noV3?: boolean
    /** A `_typeFilter` that asks for SharedSystem claims is refused, as BCDA refuses GUIDE organizations. */
    readonly noSharedSystem?: boolean
    /** A second job like a running one is refused with 429. Off for nearly everybody in CMS's own sandbox. */
    readonly duplicateJobs?: boolean
  }
}

/** The small model entity: settled claims of 100 people on v1, v2 and v3. */
export const small: Persona = {
  id: "small",
  label: "Small model entity",
  cmsId: "A9990",
  acoUuid: "00000000-aaaa-4000-8000-000000009990",
  clientId: "sandbox-small",
  clientSecret: "not-a-secret-small",
  people: 100,
  kinds: ["adjudicated"],
  attribution: { all: "current", runout: "current" }
}

/** The small REACH ACO: 110 people, who on v2 also have claims that Medicare is still working on. */
export const reachSmall: Persona = {
  id: "reach-small",
  label: "Small REACH ACO",
  cmsId: "D9991",
  acoUuid: "00000000-aaaa-4000-8000-000000009991",
  clientId: "sandbox-reach-small",
  clientSecret: "not-a-secret-reach-small",
  people: 110,
  kinds: ["adjudicated", "partially-adjudicated"],
  attribution: { all: "current", runout: "current" }
}

/** The organizations of a sandbox that was not told otherwise; the first is the one to try things with. */
export const defaultPersonas: ReadonlyArray<Persona> = [small, reachSmall]
