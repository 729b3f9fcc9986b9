/** From API v1 and v2 to v3: CMS removes the former on 2027-07-30. */
import { Result, Schema } from "effect"
import { InvalidRequest } from "./Errors.ts"
import { ExportRequest } from "./ExportRequest.ts"
import { readRequestUrl } from "./internal/requestUrls.ts"
import type { ApiVersion } from "./Target.ts"
import { TypeFilter } from "./TypeFilter.ts"

/** One thing that is different. */
export const MigrationNote = Schema.Struct({
  /**
   * `changed`: the request differs, and why. `check`: programs that read the files have to change. `lost`: something that v3 does not have.
   */
  kind: Schema.Literals(["changed", "check", "lost"]),
  topic: Schema.Literals(["request", "claims", "since", "ids", "fields", "manifest", "access"]),
  /** Plain words for people. */
  text: Schema.String
})
export type MigrationNote = typeof MigrationNote.Type

/** A request of v1 or v2 as v3 has it. */
export class Migration extends Schema.Class<Migration>("Migration")({
  request: ExportRequest,
  notes: Schema.Array(MigrationNote)
}) {}

/** What cannot be read off a request. */
export interface MigrationOptions {
  /** The version that the request was written for. */
  readonly from: "v1" | "v2"
  /**
   * Whether v2's exports held Claim and ClaimResponse without asking for them by type, as they do for entities that have partially
   * adjudicated data. Default false.
   */
  readonly partiallyAdjudicated?: boolean | undefined
}

const note = (kind: MigrationNote["kind"], topic: MigrationNote["topic"], text: string): MigrationNote => ({
  kind,
  topic,
  text
})

const pac = new Set(["Claim", "ClaimResponse"])

/**
 * The v3 request that brings what a v1 or v2 request brought, and what changes. Without `since`: v3 has other ids and its claims count as
 * changed since March 2026 at the earliest, so what was gathered from v2 cannot be continued, only replaced.
 * Sources: CMS, "How to Migrate to v3", "Filter Claims Data" and "Partially Adjudicated Claims Data" (v3); bcda-app.
 */
export const toV3 = (request: ExportRequest, options: MigrationOptions): Migration => {
  const { from } = options
  const asked = (request.types ?? []).filter((type) => type !== "Observation")
  const hasPac = asked.some((type) => pac.has(type))
  const kept = asked.filter((type) => !pac.has(type))
  const wantsEob = asked.length === 0 || asked.includes("ExplanationOfBenefit")
  const types = hasPac && !wantsEob ? [...kept, "ExplanationOfBenefit"] : kept
  const partial = from === "v2" && (hasPac || (asked.length === 0 && options.partiallyAdjudicated === true))
  const filter = partial ? (wantsEob ? TypeFilter.allClaims : TypeFilter.partiallyAdjudicated) : TypeFilter.adjudicated
  const exportsClaims = wantsEob || hasPac
  return new Migration({
    request: new ExportRequest({
      scope: request.scope,
      ...(types.length > 0 && { types }),
      ...(exportsClaims && { typeFilter: new TypeFilter(filter).text })
    }),
    notes: [
      note(
        "changed",
        "request",
        `The path has v3 in place of ${from}. Tokens and files have the same addresses as before.`
      ),
      ...requestNotes(request, { exportsClaims, partial, hasPac }),
      ...dataNotes(from, { exportsClaims, partial })
    ]
  })
}

interface Traits {
  readonly exportsClaims: boolean
  readonly partial: boolean
  readonly hasPac?: boolean
}

const requestNotes = (
  { types = [], since, typeFilter, parameters }: ExportRequest,
  { exportsClaims, partial, hasPac }: Traits
): ReadonlyArray<MigrationNote> => [
  ...(hasPac === true
    ? [
        note(
          "changed",
          "claims",
          "Claim and ClaimResponse are gone: v3 has partially adjudicated claims as ExplanationOfBenefit too."
        )
      ]
    : []),
  ...(partial
    ? [
        note(
          "changed",
          "claims",
          "The type filter asks for SharedSystem, the partially adjudicated claims; v3 leaves them out otherwise."
        ),
        note("check", "access", "Entities of the GUIDE model may not ask for SharedSystem; v3 answers them with 400.")
      ]
    : []),
  ...(exportsClaims && !partial
    ? [
        note(
          "changed",
          "claims",
          "The type filter names NationalClaimsHistory and DDPS, which v3 gives anyway, but without it adds a file of warnings."
        )
      ]
    : []),
  ...(types.includes("Observation")
    ? [
        note(
          "changed",
          "request",
          "Observation is left out: v1 accepts it, and its job fails. A request without other types asks for all there are."
        )
      ]
    : []),
  ...(since === undefined
    ? []
    : [
        note(
          "changed",
          "since",
          `since (${since}) is left out: begin v3 with a whole export, and use its transactionTime from then on. No claim of v3 counts as changed before 2026-03-26.`
        )
      ]),
  ...(typeFilter === undefined
    ? []
    : [note("changed", "request", "The type filter is replaced: v1 and v2 ignored it.")]),
  ...Object.keys(parameters ?? {}).map((name) =>
    note("changed", "request", `${name} is left out: BCDA ignores or refuses it.`)
  )
]

/** v1's and v2's own differences for who reads the files. */
const fieldNotes: Readonly<Record<"v1" | "v2", ReadonlyArray<string>>> = {
  v1: [
    "FHIR R4 in place of STU3. In ExplanationOfBenefit: information is supportingInfo, careTeamLinkId and diagnosisLinkId are careTeamSequence and diagnosisSequence, service is productOrService, totalCost is total, and insurance is a list.",
    "Money is { value, currency } in place of { value, system, code }.",
    "Amounts of a whole claim were extensions; they are adjudication entries of the ExplanationOfBenefit."
  ],
  v2: [
    "benefitBalance is gone: amounts and counts of a whole claim are adjudication entries of the ExplanationOfBenefit.",
    "Extensions of a whole claim became supportingInfo entries.",
    "A line's quantity is service units (v2: the NDC quantity, with the units in an extension); the NDC quantity is in detail.",
    "ExplanationOfBenefit.created is the claim's effective date (v2: the time of the export, different each time)."
  ]
}

const dataNotes = (from: "v1" | "v2", { exportsClaims, partial }: Traits): ReadonlyArray<MigrationNote> => [
  note(
    "check",
    "ids",
    `No id of v3 is the id of the same thing in ${from}, and the ranges overlap, so an equal id means nothing. Join people by MBI (identifier with system http://hl7.org/fhir/sid/us-mbi) and demographics; one person may have several.`
  ),
  ...(exportsClaims
    ? [
        note(
          "check",
          "ids",
          "Join claims by claim control number (identifier with system https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM); it is the same for all versions of a claim and for its partially adjudicated form."
        ),
        note(
          "check",
          "ids",
          "An ExplanationOfBenefit no longer refers to a Coverage: insurance.coverage has a display such as Part A."
        ),
        note(
          "check",
          "claims",
          "meta.tag tells a claim's source (System-Type) and whether it stands (Final-Action); outcome is complete or partial."
        ),
        note(
          "lost",
          "claims",
          `Claims reach back to 2021-03-01 (${from}: 2014). Keep what you have of the years before.`
        )
      ]
    : []),
  ...(partial
    ? [
        note(
          "check",
          "claims",
          "A Claim and its ClaimResponse are one ExplanationOfBenefit, with the patient by reference and no longer contained."
        )
      ]
    : []),
  note(
    "check",
    "fields",
    "Extension and code system URLs changed: https://bluebutton.cms.gov/resources/variables/NAME became https://bluebutton.cms.gov/fhir/StructureDefinition/NAME and .../fhir/CodeSystem/NAME, with other names (nch_near_line_rec_ident_cd is CLM-NRLN-RIC-CD). Look them up in CMS's v3 data dictionary."
  ),
  ...(exportsClaims ? fieldNotes[from].map((text) => note("check", "fields", text)) : []),
  note(
    "check",
    "fields",
    "Coverage exists only for the parts a person has (before: always four), and there is one for Medicaid (dual); dual status moved there from Patient. States are postal codes."
  ),
  note("check", "manifest", "A file under error is no failure: look at the severity of what it says."),
  note(
    "check",
    "access",
    "In production v3 is switched on for each entity: 403 means that CMS has to enable it. v1 and v2 end on 2027-07-30."
  )
]

/**
 * Reads a kick-off URL of BCDA, as found in a script or in the list of jobs, the way the server reads it: of a parameter that is there twice
 * the first counts, and what it ignores is not there.
 */
export const readUrl = (
  url: string
): Result.Result<{ readonly apiVersion: ApiVersion; readonly request: ExportRequest }, InvalidRequest> => {
  const read = readRequestUrl(url)
  const apiVersion = read?.version
  if (read === undefined || (apiVersion !== "v1" && apiVersion !== "v2" && apiVersion !== "v3")) {
    return Result.fail(
      new InvalidRequest({ detail: "this is not the URL of a BCDA export, such as .../api/v2/Group/all/$export" })
    )
  }
  const group = /^Group\/(.*)$/.exec(read.what)?.[1]
  return Result.succeed({
    apiVersion,
    request: new ExportRequest({
      scope: group === undefined ? "patient" : group === "all" || group === "runout" ? group : { group },
      ...(read.types !== undefined && { types: read.types }),
      ...(read.since !== undefined && { since: read.since }),
      ...(read.typeFilter !== undefined && apiVersion === "v3" && { typeFilter: read.typeFilter })
    })
  })
}
