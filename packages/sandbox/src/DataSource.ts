/**
 * Where the sandbox's claims come from: the one interface between BCDA's manners (routes, jobs, files) and the data
 * in the files. The generator and a directory of NDJSON files are both a `DataSource`, and so is anything a test makes up.
 */

/** The three APIs. BCDA serves v1 as FHIR STU3, v2 and v3 as R4; CMS removes v1 and v2 on 2027-07-30. */
export type ApiVersion = "v1" | "v2" | "v3"

/** Resource types that BCDA writes files of. `Claim` and `ClaimResponse` exist in v2 only. */
export type ResourceType = "Patient" | "Coverage" | "ExplanationOfBenefit" | "Claim" | "ClaimResponse"

/** What an organization may see: settled claims, or claims that Medicare is still working on (PAC), or both. */
export type DataKind = "adjudicated" | "partially-adjudicated"

/** The people whose claims are asked for, seen from the data's side: no credentials here. */
export interface Population {
  /** Stable key of the persona, for example `small`. The same key and seed always mean the same people. */
  readonly persona: string
  /** CMS id of the organization, for example `A9990`. */
  readonly cmsId: string
  /** How many people are asked for. */
  readonly people: number
  /**
   * Where on the organization's list each of them stands, ascending: as many numbers as `people`. They skip who opted
   * out, and the people of one export may come in two parts. Absent: 0 to `people - 1`.
   */
  readonly members?: ReadonlyArray<number>
  readonly kinds: ReadonlyArray<DataKind>
  /**
   * Which of 32 places among all made-up people the organization has; a sandbox gives each persona its own. Absent: by
   * the persona's key, which two unknown keys may share.
   */
  readonly place?: number
  /** Places on the list of people whom the claims server does not know. */
  readonly unknown?: ReadonlySet<number>
  /** Places on the list of people for whom the claims server fails, by type. */
  readonly failing?: Partial<Readonly<Record<ResourceType, ReadonlyArray<number>>>>
}

/** One FHIR token: `system|code`. */
export interface ClaimTag {
  readonly system: string
  readonly code: string
}

/**
 * Which claims are wanted, already worked out: the caller's `_typeFilter` (v3), the System-Type default that BCDA adds
 * to a v3 export without one, the look-back of the organization's model and the service-date cap of a runout export.
 *
 * BCDA applies it to claims only, never to Patient or Coverage.
 */
export interface ClaimFilter {
  /**
   * Every inner list must be met by at least one of its tags (a comma in `_tag` is OR, a second `_tag` is AND).
   * Tags exist on v3 claims only; empty on v1 and v2.
   */
  readonly tags: ReadonlyArray<ReadonlyArray<ClaimTag>>
  /** Wanted values of `outcome`. Absent means any; an empty list means none can match. v3 only. */
  readonly outcomes?: ReadonlyArray<"complete" | "partial">
  /** First day of service wanted, `YYYY-MM-DD`, inclusive; compared with the day a claim's service ended. */
  readonly serviceFrom?: string
  /** Last day of service wanted, `YYYY-MM-DD`, inclusive; compared with the day a claim's service ended. */
  readonly serviceTo?: string
}

/** One accepted export, as the data sees it. */
export interface Selection {
  readonly version: ApiVersion
  /** Types to write, in the order BCDA would queue them; never empty. */
  readonly types: ReadonlyArray<ResourceType>
  /** Which list of people: the current one, or last year's (`runout`). `/Patient/$export` uses `all`. */
  readonly group: "all" | "runout"
  readonly endpoint: "Group" | "Patient"
  /** Only resources whose `meta.lastUpdated` is strictly later. */
  readonly since?: Date
  /**
   * The people are new since the caller's `_since` and get their whole history, so there is no `since`. BCDA plans them
   * apart from the others of the same export, and before them.
   */
  readonly newcomers?: true
  /** Only resources whose `meta.lastUpdated` is not later. BCDA shows this time as the manifest's `transactionTime`. */
  readonly until: Date
  readonly filter: ClaimFilter
  readonly population: Population
  /** People per file, by type. BCDA: ExplanationOfBenefit 50, Patient 5000, all others 4000. */
  readonly batchSizes: Readonly<Record<ResourceType, number>>
}

/** One line of NDJSON without its newline, as text or as the very bytes to send. */
export type Line = string | Uint8Array

/** A person whose resources could not be had. BCDA says so in a line of the file's sibling `…-error.ndjson`. */
export interface Unavailable {
  /** The claims server does not know the person, or it failed. Failures may fail the whole job, see `exportFailPercent`. */
  readonly why: "unknown" | "failed"
  /** The person's MBI, which the line shows. */
  readonly mbi: string
}

/**
 * Takes up no line. A source gives it where it has been busy without one (a person without news), so that it does not hold up everybody else.
 */
export const pause: unique symbol = Symbol("pause")

/** What a sub-job gives, piece by piece. */
export type Item = Line | Unavailable | typeof pause

/** One batch of people for one type: at most one data file and one error file come out of it. */
export interface SubJob {
  readonly type: ResourceType
  /** How many people the batch covers. */
  readonly people: number
  /**
   * The file's lines, without newlines. Called at most once per job, when a worker gets to it, so nothing needs to sit
   * in memory. No line at all means no file: BCDA leaves empty files out of the manifest. Throwing fails the job.
   */
  readonly lines: () => Iterable<Item> | AsyncIterable<Item>
}

/**
 * Supplies the claims of a sandbox.
 *
 * @example
 * const onePatient: DataSource = {
 *   plan: ({ types, population }) => types.filter((type) => type === "Patient").map((type) => ({
 *     type, people: population.people, lines: () => ['{"id":"-1","resourceType":"Patient"}']
 *   }))
 * }
 */
export interface DataSource {
  /**
   * The sub-jobs of an export. Should be quick: the answer to the kick-off waits for it. An empty plan fails the job,
   * as BCDA fails a job that has no beneficiaries; for "people, but no data" plan a sub-job without lines. Called twice
   * for an export that has new people among others.
   */
  readonly plan: (selection: Selection) => ReadonlyArray<SubJob>
  /**
   * Replaces every persona's own data kinds, for sources that hold what they hold whoever asks (a directory of files).
   * Absent: the persona decides.
   */
  readonly kinds?: (version: ApiVersion) => ReadonlyArray<DataKind>
}

/** BCDA's people per file (defaults of its settings `BCDA_FHIR_MAX_RECORDS_*`). */
export const defaultBatchSizes: Readonly<Record<ResourceType, number>> = {
  Patient: 5000,
  Coverage: 4000,
  ExplanationOfBenefit: 50,
  Claim: 4000,
  ClaimResponse: 4000
}

/** Cuts people `0 … people - 1` into batches `[from, to)`: 110 people in batches of 50 are three. */
export const batches = (people: number, size: number): ReadonlyArray<{ readonly from: number; readonly to: number }> =>
  Array.from({ length: Math.ceil(people / size) }, (_, index) => ({
    from: index * size,
    to: Math.min(people, (index + 1) * size)
  }))
