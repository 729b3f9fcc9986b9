/**
 * What CMS's public page on BCDA tells its users, statement by statement, in the order of the page. Its breach is a failure: people build on
 * what an operator tells them.
 */
import type { Area, Requirement } from "../Requirement.ts"
import {
  editions,
  noRequest,
  otherCredentials,
  type RowOptions,
  rowsFor,
  takesTime,
  unknownData,
  wouldBurden
} from "./Rows.ts"
import { accessPage } from "./Sources.ts"

/** The statements of one section; the area is that of the exchange they are about. */
const under =
  (section: string, area: Area) =>
  (id: string, text: string, own: RowOptions = {}): Requirement =>
    rowsFor(area, { igVersions: editions.none }).says(id, accessPage(section), text, own)

const environment = under("Sandbox and Production environments comparison", "environment")
const token = under("1. Get a bearer token", "token")
const start = under("2. Start a job", "kick-off")
const startHeaders = under("Request header", "kick-off")
const started = under("Response example: successful request", "kick-off")
const tooMany = under("Response example: too many requests", "kick-off")
const follow = under("3. Check job status", "status")
const running = under("Response example: incomplete job", "status")
const finished = under("Response example: completed job", "manifest")
const download = under("4. Download the data", "files")
const compressed = under("Request header: compressed data files", "files")
const data = under("Response example", "files")
const cancel = under("Cancel a job", "cancel")
const history = under("Request job history", "jobs")
const filtered = under("Request that filters jobs by end state", "jobs")
const listed = under("Response example: completed job", "jobs")
const attribution = under("Request attribution status", "attribution")
const metadata = under("Check API status", "metadata")

const beforeTheJob: ReadonlyArray<Requirement> = [
  environment(
    "SEED-01",
    "Sandbox and production work alike: endpoints, parameters and resource types are the same.",
    otherCredentials("It takes a run on production, with credentials that only model entities have.")
  ),
  environment(
    "SEED-02",
    "The sandbox opens to the test credentials that anybody can have, and holds test data.",
    otherCredentials("A run takes what credentials it is given; whether they are the published ones it cannot know.")
  ),
  environment(
    "SEED-03",
    "The sandbox is sandbox.bcda.cms.gov and production api.bcda.cms.gov, both over https.",
    noRequest("No step tries the same host over plain http, and embedded servers have no TLS.")
  ),
  environment("SEED-04", "Version 2 of the API speaks FHIR R4."),
  environment(
    "SEED-05",
    "A REACH ACO gets partially adjudicated claims from version 2 only.",
    otherCredentials("It takes the credentials of a REACH ACO.")
  ),
  token("SEED-06", "A token is had for a client id with its secret, and for nothing less."),
  token("SEED-07", "A job goes on when the token that started it expires.")
]

const kickOff: ReadonlyArray<Requirement> = [
  start("SEED-08", "A GET on the Group or Patient endpoint starts a job."),
  start("SEED-09", "Without _type a job exports every type there is."),
  start("SEED-10", "_type restricts what is exported."),
  start("SEED-11", "_type takes several types with commas between them."),
  startHeaders("SEED-12", "Without a token the answer is 401."),
  startHeaders("SEED-13", "With an invalid token the answer is an authorization error."),
  startHeaders("SEED-14", "With an expired token the answer is 401."),
  startHeaders("SEED-15", "The scheme is written Bearer, with a capital B and one blank after it."),
  startHeaders(
    "SEED-16",
    "A kick-off has Accept: application/fhir+json and Prefer: respond-async; without them it is refused or taken all the same."
  ),
  start("SEED-17", "The dollar sign belongs to the path: it makes export an operation."),
  started("SEED-18", "A job that was started is answered 202 with Content-Location."),
  started("SEED-19", "Content-Location is the jobs URL of the same host and version, ending in the job's number."),
  tooMany(
    "SEED-20",
    "Too many requests within some time are answered 429.",
    wouldBurden("It takes a burst of requests, on a sandbox that everybody shares.")
  ),
  tooMany("SEED-21", "Starting a job again while the same one runs is answered 429."),
  tooMany("SEED-22", "A 429 has Retry-After with a number of seconds."),
  tooMany("SEED-23", "After waiting so long, requests are answered again."),
  tooMany("SEED-24", "The list of jobs shows the jobs that run and those that ended.")
]

const following: ReadonlyArray<Requirement> = [
  follow("SEED-25", "A job's status is read by its number, with a token."),
  follow("SEED-26", "A token lives for about twenty minutes."),
  running("SEED-27", "A job that is being worked on answers 202."),
  running("SEED-28", "A job that is done answers 200."),
  running("SEED-29", "X-Progress tells how far a job is, in per cent."),
  running("SEED-30", "X-Progress is written like In Progress, 80%."),
  finished("SEED-31", "A job that is done lists the URLs of its files."),
  finished("SEED-32", "No two types share a URL, and no two files."),
  finished("SEED-33", "A job for everything has ExplanationOfBenefit, Coverage and Patient."),
  finished("SEED-34", "The manifest has transactionTime, request, requiresAccessToken, output, error and JobID."),
  finished("SEED-35", "transactionTime is an instant, not later than the answer."),
  finished("SEED-36", "request repeats the kick-off URL."),
  finished("SEED-37", "requiresAccessToken is true."),
  finished("SEED-38", "A file's URL is /data/, the job's number and a UUID."),
  finished("SEED-39", "error is an array."),
  finished("SEED-40", "JobID is the number the job was polled by.")
]

const downloading: ReadonlyArray<Requirement> = [
  download("SEED-41", "Every file is fetched by a GET with the token, and is not empty."),
  download("SEED-42", "Several files can be fetched at once."),
  download("SEED-43", "A token got later opens the files of an earlier job."),
  download("SEED-44", "Files can be fetched for 24 hours."),
  download("SEED-45", "After 24 hours they are gone and the job has to be started anew."),
  compressed("SEED-46", "A file comes compressed with gzip when that is asked for, and only then."),
  compressed("SEED-47", "Unpacked, it is the same NDJSON."),
  data("SEED-48", "Data comes as FHIR resources in NDJSON."),
  compressed("SEED-49", "A download needs the token."),
  download(
    "SEED-50",
    "Data that could not be exported has a URL in error.",
    unknownData("It takes an export that fails in part, which the sandbox data set does not.")
  ),
  download("SEED-51", "The files in error are NDJSON of OperationOutcomes."),
  data("SEED-52", "Each file holds the one resource type it is labelled with."),
  data("SEED-53", "In the sandbox the ids of patients are negative.")
]

const cancelling: ReadonlyArray<Requirement> = [
  cancel("SEED-54", "Cancelling an active job is answered 202."),
  cancel("SEED-55", "Any active job can be cancelled, whether it waits or is being worked on."),
  cancel("SEED-56", "Cancelling needs the token.")
]

const jobs: ReadonlyArray<Requirement> = [
  history("SEED-57", "A job is listed with its start, end, number, request and status."),
  history(
    "SEED-58",
    "All past jobs are listed.",
    takesTime("It takes knowing the jobs of earlier days, and each run begins with none.")
  ),
  history("SEED-59", "An organization without jobs is answered 404."),
  filtered("SEED-60", "_status takes each of nine end states."),
  filtered("SEED-61", "There is no tenth end state."),
  filtered("SEED-62", "The nine are shown as completed, failed, in-progress and cancelled."),
  filtered("SEED-63", "A list filtered by one state leaves out the other states that are shown alike."),
  filtered("SEED-64", "The list is had with a token, Accept and Prefer."),
  listed("SEED-65", "The list of jobs has one entry for each job."),
  listed("SEED-66", "It is a searchset Bundle with a total."),
  listed("SEED-67", "An entry is a Task, an order with its period, its official identifier, its input and its status."),
  listed("SEED-68", "A Task's input is GET and the kick-off URL.")
]

const attributionRows: ReadonlyArray<Requirement> = [
  attribution("SEED-69", "The attribution status tells when data came in."),
  attribution("SEED-70", "It is 404 for an organization for which nothing ever came in."),
  attribution("SEED-71", "It names the kinds last_attribution_update and last_runout_update, each with a time."),
  attribution("SEED-72", "It needs the token, and comes as application/json."),
  attribution("SEED-73", "Its times can be compared with that of the latest job.")
]

const metadataRows: ReadonlyArray<Requirement> = [
  metadata("SEED-74", "Metadata needs no token."),
  metadata("SEED-75", "Metadata is a CapabilityStatement in JSON."),
  metadata("SEED-76", "It says active while the API is up."),
  metadata("SEED-77", "It names FHIR 4.0.1."),
  metadata("SEED-78", "It names the release of the API, an r with a number."),
  metadata("SEED-79", "It names the formats application/json and application/fhir+json."),
  metadata("SEED-80", "It names the base URL of the environment."),
  metadata("SEED-81", "It instantiates the metadata of BFD and the Bulk Data IG's CapabilityStatement."),
  metadata("SEED-82", "It is that of a server, and lists the interactions batch and search-system."),
  metadata("SEED-83", "It declares an export operation on Patient."),
  metadata("SEED-84", "It declares an export operation on Group."),
  metadata("SEED-85", "It names the URL that tokens come from."),
  metadata("SEED-86", "It says that CORS is on, and that the service is OAuth."),
  metadata("SEED-87", "It names the software Beneficiary Claims Data API and the date of its release.")
]

export const accessPageRows: ReadonlyArray<Requirement> = [
  ...beforeTheJob,
  ...kickOff,
  ...following,
  ...downloading,
  ...cancelling,
  ...jobs,
  ...attributionRows,
  ...metadataRows
]
