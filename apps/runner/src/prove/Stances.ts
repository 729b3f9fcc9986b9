import type { ProfileId } from "@bcda-kit/conformance"
import type { ApiVersion } from "@bcda-kit/core"
import type { FaultInstruction, FaultName } from "@bcda-kit/sandbox"

/**
 * How an entry of the sandbox's catalogue is shown to the suite, where it is not simply switched on at its default place of a healthy v3. A
 * fault that is not named here has to turn a check red.
 */
export interface Stance {
  /** The API that the fault is about. */
  readonly apiVersion?: ApiVersion
  /** Whom the server knows the suite as, by the id of one of the sandbox's personas. Default: the first. */
  readonly persona?: string
  /** Where it strikes, when, and its options. */
  readonly with?: Omit<FaultInstruction, "fault">
  /** Set before it, for what shows only beside something else. */
  readonly beside?: ReadonlyArray<FaultInstruction>
  /** Of a fault: why a server may do this after all. Then nothing may turn red. */
  readonly legal?: string
  /** Of a fault: why it shows in nothing but that the server cannot be judged. Then blocked checks are its kill. */
  readonly blocks?: string
  /** Of a variant: by whose statements it is one, when CMS's page or BCDA's habits say otherwise, and which. */
  readonly by?: { readonly profile: ProfileId; readonly because: string }
}

/** A flood ends after so many megabytes, all of which have to come through this process. */
const flood = { megabytes: 4 }

/**
 * What a healthy server does in place of what BCDA does today, so that every check passes on it and each of BCDA's own breaches can be switched
 * on like any other. It also has what it need not have, so that this can be broken too.
 */
export const healthy: ReadonlyArray<FaultInstruction> = [
  { fault: "expires-in-number" },
  { fault: "repeated-type-merged" },
  { fault: "retry-after-seconds" },
  { fault: "expires-http-date" },
  { fault: "x-progress-page-spelling" },
  { fault: "same-job-put-off", retryAfter: "30" },
  { fault: "group-readable" },
  { fault: "smart-configuration" }
]

export const stances: Readonly<Partial<Record<FaultName, Stance>>> = {
  "database-down": {
    legal:
      "no statement promises clients anything of /_health; to say there that the database is away is true, and no answer of the API is wrong"
  },
  "tls-1.1": { blocks: "no client of today shakes hands with it, so there is no exchange to judge" },
  "header-huge": { blocks: "the client gives up inside the headers, so there is no exchange to judge" },
  "job-stays-pending": { apiVersion: "v2" },
  "duplicate-lookup": { persona: "duplicates" },
  "gzip-bomb": { with: flood },
  "endless-line": { with: flood },
  "endless-body": { with: flood },
  "slow-body": { with: { bytes: 16_384 } },
  "data-of-another-job": { with: { when: { type: "Coverage" } } },
  "error-content-type": { with: { where: ["kick-off", "status"] } },
  "missing-token-400": {
    by: { profile: "ig-stu2", because: "the IG leaves the status open; CMS's page says 401" }
  },
  "future-since-accepted": {
    by: { profile: "ig-stu2", because: "the IG says nothing of the future; BCDA refuses it" }
  },
  "x-progress-missing": {
    by: { profile: "ig-stu2", because: "the IG makes it optional; CMS's page shows it" }
  },
  "signed-urls": {
    by: { profile: "ig-stu2", because: "the IG has them; CMS's page promises files behind a token, below /data" }
  },
  "file-server-on-another-host": {
    by: { profile: "ig-stu2", because: "the IG allows it; CMS's page shows files on BCDA's own host" }
  },
  "attribution-page-spelling": {
    by: { profile: "bcda-page", because: "the page shows this form; BCDA writes another" }
  },
  "operation-named-patient-export": {
    by: { profile: "ig-stu2", because: "the IG names no names; BCDA's v3 calls them export" }
  }
}
