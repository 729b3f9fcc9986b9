/**
 * The registry: every requirement that a check of this version really looks at. It is data; adding a row that no check cites, or citing
 * an id that has no row, fails the tests.
 */
import type { IgVersion, Requirement, Strength } from "./Requirement.ts"

const all: ReadonlyArray<IgVersion> = ["2", "3", "4"]
const notInBallot: ReadonlyArray<IgVersion> = ["2", "3"]
const since3: ReadonlyArray<IgVersion> = ["3", "4"]

const ig = (id: string, strength: Strength, text: string, versions = all): Requirement => ({
  id,
  text,
  strength,
  versions,
  source: "bulk-data"
})
const smart = (id: string, strength: Strength, text: string): Requirement => ({
  id,
  text,
  strength,
  versions: all,
  source: "smart",
  onlyIf: "smart"
})
const page = (id: string, text: string): Requirement => ({
  id,
  text,
  strength: "PROMISE",
  versions: [],
  source: "page"
})
const known = (id: string, text: string): Requirement => ({ id, text, strength: "KNOWN", versions: [], source: "bcda" })

/** Rows of the Bulk Data Access IG. */
const bulkData: ReadonlyArray<Requirement> = [
  ig(
    "index#instantiates",
    "SHOULD",
    "The CapabilityStatement says by canonical URL that the server instantiates the IG's own."
  ),
  {
    ...ig("export#capability-accurate", "SHOULD", "The CapabilityStatement declares the export operations that exist."),
    changes: [{ version: "3", strength: "SHALL" }]
  },
  ig("export#sec-limit-to-authorized", "SHALL", "Nobody gets data that they are not authorized for."),
  {
    ...ig("export#sec-status-same-auth", "SHALL", "A job's status is protected like its kick-off."),
    onlyIf: "smart"
  },
  { ...ig("export#sec-files-same-auth", "SHALL", "A job's files are protected like its kick-off."), onlyIf: "smart" },
  ig("export#role-resource-server", "SHALL", "A server takes kick-offs, tells a job's status and gives its manifest."),
  ig("export#hdr-prefer", "MAY", "A kick-off without Prefer is either an error or taken as asynchronous."),
  ig("export#kickoff-202", "SHALL", "A kick-off that succeeds is answered 202."),
  ig("export#kickoff-content-location", "SHALL", "It names the job's absolute status URL in Content-Location."),
  ig("export#kickoff-error-code", "SHALL", "A kick-off that fails is answered 4XX or 5XX."),
  ig("export#kickoff-error-oo", "SHALL", "The body of a failed kick-off is an OperationOutcome in JSON."),
  ig("export#type-filter", "SHALL", "An export with _type holds the listed types only."),
  ig("export#type-unknown", "SHOULD", "A type the server does not have is refused with an OperationOutcome."),
  ig("export#status-202", "SHALL", "The status of a running job is answered 202."),
  ig("export#status-retry-after", "SHOULD", "It says in Retry-After when to ask again."),
  ig("export#status-xprogress", "MAY", "It may describe the progress in X-Progress, in under 100 characters."),
  ig("export#status-error-code", "SHALL", "A status request that fails is answered 4XX or 5XX."),
  ig("export#status-error-oo", "SHOULD", "The body of a failed status request is an OperationOutcome."),
  ig("export#status-200", "SHALL", "The status of a finished job is answered 200."),
  ig("export#status-ctype", "SHALL", "The manifest is sent as application/json."),
  ig("export#status-body", "SHALL", "The manifest is a JSON object."),
  ig("export#status-expires", "SHOULD", "Expires tells as an HTTP date until when the files can be fetched."),
  ig("export#status-files-accessible", "SHALL", "Every file of the manifest can be fetched at its URL."),
  ig("export#m-transactionTime", "SHALL", "The manifest has transactionTime, a FHIR instant."),
  ig("export#m-request", "SHALL", "The manifest has request, the full URL of the kick-off.", notInBallot),
  ig("export#m-rat", "SHALL", "The manifest has requiresAccessToken, a boolean."),
  ig("export#m-rat-true", "SHALL", "It is true where both the API and the files want a bearer token."),
  ig("export#m-output", "SHALL", "The manifest has output, an array with one item for each file.", notInBallot),
  ig("export#m-item-type", "SHALL", "Every item of output names its resource type."),
  ig("export#m-item-url", "SHALL", "Every item of output has an absolute URL."),
  ig("export#m-one-type", "SHALL", "A file holds resources of one type, the one its item names."),
  ig("export#m-error", "SHALL", "The manifest has error, an array.", notInBallot),
  ig("export#f-200", "SHALL", "A file that can be fetched is answered 200."),
  ig("export#f-ctype", "SHALL", "An NDJSON file is sent as application/fhir+ndjson."),
  ig("export#f-ndjson", "SHALL", "A file is NDJSON: one FHIR resource on each line."),
  ig("export#f-token", "SHALL", "Where requiresAccessToken is true, a file is not given out without a valid token."),
  ig("export#f-content-encoding", "SHALL", "A compressed file says so in Content-Encoding.", since3),
  ig("export#d-202", "SHALL", "A cancelled job is answered 202."),
  ig("export#d-then-404", "SHALL", "After that its status URL answers 404 with an OperationOutcome.")
]

/** Rows of SMART Backend Services, which the IG recommends and BCDA does not use. */
const backendServices: ReadonlyArray<Requirement> = [
  smart("smart#token-issued", "SHALL", "A valid request for a token is given one."),
  smart(
    "smart#token-fields",
    "SHALL",
    "The answer has access_token, token_type bearer and expires_in as a number of seconds."
  ),
  smart("smart#token-short-lived", "SHALL", "Tokens live for a short time only."),
  smart("smart#err-invalid-client", "SHALL", "Wrong credentials are refused as OAuth has it.")
]

/** What CMS's public page on BCDA tells its users. */
const promises: ReadonlyArray<Requirement> = [
  page("SEED-06", "A token needs a client id and its secret."),
  page("SEED-08", "A GET on the Group or Patient endpoint starts a job."),
  page("SEED-10", "_type restricts what is exported."),
  page("SEED-11", "_type takes several types, separated by commas."),
  page("SEED-12", "Without a token the answer is 401."),
  page("SEED-13", "With an invalid token the answer is an authorization error."),
  page("SEED-16", "A kick-off carries Accept and Prefer; without one of them it is refused, or taken all the same."),
  page("SEED-18", "A job that was started is answered 202 with Content-Location."),
  page("SEED-19", "Content-Location is the jobs URL of this host and version, ending in the job's number."),
  page("SEED-24", "The list of jobs shows the job just started."),
  page("SEED-25", "A job's status is read by its number, with a token."),
  page("SEED-26", "A token lives for about twenty minutes."),
  page("SEED-27", "A job that is being worked on answers 202."),
  page("SEED-28", "A job that is done answers 200."),
  page("SEED-29", "X-Progress tells how far a job is, in per cent."),
  page("SEED-31", "A job that is done lists the URLs of its files."),
  page("SEED-34", "The manifest has the six members the page shows."),
  page("SEED-35", "transactionTime is an instant, not later than the answer."),
  page("SEED-36", "request repeats the kick-off URL."),
  page("SEED-37", "requiresAccessToken is true."),
  page("SEED-38", "A file's URL is /data/, the job's number and a UUID."),
  page("SEED-39", "error is an array."),
  page("SEED-40", "JobID is the number the job was polled by."),
  page("SEED-41", "Every file is fetched by a GET with the token."),
  page("SEED-46", "A file comes compressed with gzip when that is asked for."),
  page("SEED-47", "Unpacked, it is the same NDJSON."),
  page("SEED-48", "Data comes as FHIR resources in NDJSON."),
  page("SEED-49", "A download needs the token."),
  page("SEED-52", "Each file holds the one resource type it is labelled with."),
  page("SEED-54", "Cancelling an active job is answered 202."),
  page("SEED-65", "The list of jobs has one entry for each job."),
  page("SEED-66", "It is a searchset Bundle with a total."),
  page("SEED-67", "Each entry is a Task with its number, period, request and status."),
  page("SEED-68", "A Task's input is GET and the kick-off URL."),
  page("SEED-69", "The attribution status tells when data came in."),
  page("SEED-71", "It names the kinds last_attribution_update and last_runout_update, each with a time."),
  page("SEED-74", "Metadata needs no token."),
  page("SEED-75", "Metadata is a CapabilityStatement in JSON."),
  page("SEED-76", "It says active while the API is up."),
  page("SEED-77", "It names FHIR 4.0.1."),
  page("SEED-83", "It declares an export operation on Patient."),
  page("SEED-84", "It declares an export operation on Group."),
  page("SEED-85", "It names the URL that tokens come from.")
]

/** What BCDA is known to do, and nobody promised. */
const habits: ReadonlyArray<Requirement> = [
  known("bcda#v1-is-stu3", "Version 1 of the API names FHIR 3.0.1."),
  known(
    "bcda#since-future-refused",
    "A kick-off with _since in the future is refused with 400 and an OperationOutcome."
  )
]

/** Every requirement of this version. */
export const requirements: ReadonlyArray<Requirement> = [...bulkData, ...backendServices, ...promises, ...habits]

/** The same by id. */
export const registry: ReadonlyMap<string, Requirement> = new Map(requirements.map((row) => [row.id, row]))
