/**
 * What BCDA does today, read in its source and seen on the wire. The `TODAY-…` rows are the places where its documentation, its code and
 * the IG disagree; the `bcda#…` rows are habits that no document mentions. Nobody promised any of it, so a change is a warning: the day CMS
 * mends a thing is a day to look at one's client.
 */
import type { Area, Requirement } from "../Requirement.ts"
import {
  editions,
  inside,
  noRequest,
  opposed,
  otherCredentials,
  type RowOptions,
  rowsFor,
  takesTime,
  unknownData
} from "./Rows.ts"
import { bcdaSource } from "./Sources.ts"

const files = {
  requests: ["Requests and jobs", "bcda/api/requests.go"],
  validation: ["Parameters and headers", "bcda/web/middleware/validation.go"],
  limits: ["Repeated jobs", "bcda/web/middleware/ratelimit.go"],
  authorization: ["Tokens", "bcda/auth/middleware.go"],
  tokenService: ["Token service", "bcda/auth/client/ssas.go"],
  tokenRoute: ["Token route", "bcda/auth/api.go"],
  data: ["Files", "bcda/api/v1/api.go"],
  tasks: ["List of jobs", "bcda/responseutils/writer.go"],
  metadata: ["Metadata", "bcda/api/v2/api.go"],
  metadata3: ["Metadata of version 3", "bcda/api/v3/api.go"],
  routes: ["Routes", "bcda/web/router.go"],
  models: ["Models and their data", "bcda/service/config.go"],
  sandbox: ["Settings of the sandbox", "conf/configs/sandbox.yml"],
  production: ["Settings of production", "conf/configs/prod.env"],
  preparing: ["Preparing a job", "bcdaworker/queueing/worker_prepare.go"],
  working: ["Writing files", "bcdaworker/worker/worker.go"],
  planning: ["Planning a job", "bcda/service/service.go"]
} as const

const today = (
  number: number,
  area: Area,
  file: keyof typeof files,
  text: string,
  own: RowOptions = {}
): Requirement => {
  const [section, path] = files[file]
  const id = `TODAY-${String(number).padStart(2, "0")}`
  return rowsFor(area, { igVersions: editions.none }).says(id, bcdaSource(section, path), text, own)
}

const lives: ReadonlyArray<Requirement> = [
  today(
    1,
    "status",
    "authorization",
    "A job older than a day answers 200, then 410, then 404 with two JSON documents in one body.",
    takesTime("It takes a job of yesterday, and one of the days before that.")
  ),
  today(
    2,
    "status",
    "requests",
    "Expires is a time as Go prints it, with blanks and microseconds.",
    opposed("status/expires warns of it as the IG has it; a check of its own would warn when CMS mends it.")
  ),
  today(
    3,
    "status",
    "requests",
    "X-Progress is Pending or In Progress (N%), and N stays at nought or the share of one part."
  ),
  today(
    4,
    "status",
    "requests",
    "A running job has no Retry-After.",
    opposed("status/retry-after warns of it as the IG has it, and would be at odds with this row.")
  ),
  today(
    5,
    "jobs",
    "requests",
    "An empty list of jobs is 404 with an OperationOutcome and an empty Bundle in one body.",
    opposed("jobs/none-404 holds the server to the 404 alone, as the page has it.")
  ),
  today(6, "jobs", "tasks", "A job that waits is listed as accepted, a fifth value beside the four of the page."),
  today(7, "jobs", "tasks", "A Task's period is written in UTC, with a Z."),
  today(8, "attribution", "requests", "The times of the attribution status are written as RFC 3339 has it.")
]

const asking: ReadonlyArray<Requirement> = [
  today(9, "security", "authorization", "A bad token is 401, one that cannot be read 400, and 403 without rights."),
  today(
    10,
    "token",
    "tokenService",
    "expires_in is a string of the same 1200 each time.",
    opposed("token/expires-in-number warns of the string as OAuth has it; both cannot be right.")
  ),
  today(11, "token", "tokenRoute", "A token is had by HTTP Basic, with client id and secret."),
  today(
    12,
    "manifest",
    "planning",
    "A type has a file for each part of the job, claims one for every fifty people.",
    unknownData("It takes a group of more than fifty people with claims; the types chosen have one file each.")
  ),
  today(
    13,
    "kick-off",
    "limits",
    "Jobs that repeat a running one are refused for listed organizations only, and lists of types slip through.",
    otherCredentials("Test credentials are exempt; the sandbox lists one organization.")
  ),
  today(
    14,
    "kick-off",
    "limits",
    "A 429 has an empty body and a Retry-After of nought.",
    opposed("kickoff/put-off-says-when wants a number above nought, as the page has it.")
  ),
  today(
    15,
    "environment",
    "sandbox",
    "Sandbox and production differ in limits, in who may use version 3, and in who has open claims.",
    otherCredentials("It takes runs on both, side by side.")
  ),
  today(
    16,
    "environment",
    "production",
    "In production version 3 is for organizations on a list.",
    otherCredentials("It takes production credentials, on the list and off it.")
  ),
  today(
    17,
    "environment",
    "models",
    "In version 2 open claims go to every model that has both kinds, not to REACH alone.",
    otherCredentials("It takes credentials of several models.")
  ),
  today(
    18,
    "environment",
    "models",
    "In version 3 only GUIDE is refused open claims, and nobody gets them without asking.",
    otherCredentials("It takes credentials of GUIDE and of another model.")
  )
]

const parameters: ReadonlyArray<Requirement> = [
  today(
    19,
    "parameters",
    "validation",
    "_typeFilter is taken once, for ExplanationOfBenefit, with three parameters; version 3 only."
  ),
  today(
    20,
    "parameters",
    "validation",
    "_tag in a filter knows System-Type and Final-Action.",
    noRequest("It takes a kick-off with _tag, and claims whose tags are recorded.")
  ),
  today(
    21,
    "parameters",
    "validation",
    "Of several _type parameters only the first is read.",
    opposed("manifest/repeated-type holds the server to reading all of them, as the IG has it.")
  ),
  today(22, "parameters", "validation", "A parameter that nobody knows is ignored."),
  today(23, "parameters", "validation", "_elements is refused with 400, even with lenient handling."),
  today(24, "kick-off", "routes", "A kick-off is a GET; a POST is 405."),
  today(
    25,
    "kick-off",
    "validation",
    "A kick-off without Accept or Prefer is refused with 400.",
    opposed("Both kick-offs are sent and judged by the IG, which lets a server take them.")
  )
]

const answers: ReadonlyArray<Requirement> = [
  today(26, "manifest", "requests", "The manifest has JobID beside the IG's members, outside of extension."),
  today(
    27,
    "manifest",
    "requests",
    "Partial errors are listed, unless a whole part found nobody; their code is always not-found.",
    unknownData("It takes people whom the claims server does not know.")
  ),
  today(28, "manifest", "working", "A version 3 job for claims lists a file of warnings in error."),
  today(
    29,
    "cancel",
    "preparing",
    "A job that is cancelled before it is prepared may run on, and one that is done is 410."
  ),
  today(
    30,
    "security",
    "authorization",
    "Another organization's job is 401.",
    otherCredentials("It takes a second client and the number of its job.")
  ),
  today(
    31,
    "jobs",
    "validation",
    "The list of jobs is 400 without Prefer.",
    noRequest(
      "Nobody promises the refusal; a server that shows the list without Prefer would break nothing, and is a variant that has to stay green."
    )
  ),
  today(
    32,
    "metadata",
    "metadata3",
    "Metadata writes the IG's URLs with http, and version 3 calls its operations export."
  ),
  today(
    33,
    "metadata",
    "metadata",
    "Metadata says cors, batch and search-system, and none of them is there.",
    noRequest("What it says is looked at; no step sends an OPTIONS, a batch or a search.")
  ),
  today(34, "kick-off", "requests", "Content-Location is absolute, with the host that the kick-off named."),
  today(
    35,
    "environment",
    "routes",
    "Group can be neither read nor searched; its two ids stand in the documentation.",
    opposed("metadata/group-read warns of it as the IG has it; both cannot be right.")
  ),
  today(
    36,
    "files",
    "data",
    "A compressed file ends with a second, empty member of gzip.",
    unknownData("A recorded file does not say of how many members it was; what is in them is compared.")
  ),
  today(
    37,
    "security",
    "routes",
    "Routes that do not exist, the token route, lost files and 429 answer without an OperationOutcome.",
    noRequest("Of these only a refused token is provoked, and no document says what its body should be.")
  )
]

const times: ReadonlyArray<Requirement> = [
  today(
    38,
    "manifest",
    "preparing",
    "transactionTime is the claims server's last load on versions 1 and 2, and the present on 3.",
    inside("When the claims server was loaded last is told by transactionTime and by nothing else.")
  ),
  today(
    39,
    "parameters",
    "planning",
    "New members come with their whole history only where a switch is on, and a very old _since may be 404.",
    otherCredentials("It takes a group that grew, and an operator who tells how the switch is set.")
  ),
  today(
    40,
    "kick-off",
    "planning",
    "The runout group is 404 from 180 days after its file on.",
    takesTime("It takes a runout file of half a year ago.")
  ),
  today(
    41,
    "parameters",
    "routes",
    "Version 1 takes Observation for a type and then fails the job.",
    noRequest("No kick-off asks for Observation, since a job that fails blocks what comes after it.")
  )
]

const habits: ReadonlyArray<Requirement> = [
  rowsFor("metadata", { igVersions: editions.none }).says(
    "bcda#v1-is-stu3",
    bcdaSource("Metadata of version 1", "bcda/responseutils/writer.go"),
    "Version 1 of the API names FHIR 3.0.1."
  ),
  rowsFor("parameters", { igVersions: editions.none }).says(
    "bcda#since-future-refused",
    bcdaSource("Parameters and headers", "bcda/web/middleware/validation.go"),
    "A kick-off with _since in the future is refused with 400 and an OperationOutcome."
  ),
  rowsFor("token", { igVersions: editions.none }).says(
    "bcda#token-not-cached",
    bcdaSource("Token route", "bcda/auth/api.go"),
    "The answer with a token says no-store in Cache-Control."
  ),
  rowsFor("files", { igVersions: editions.none }).says(
    "bcda#file-parts",
    bcdaSource("Files", "bcda/api/v1/api.go"),
    "A compressed file can be had in parts, by Range."
  ),
  rowsFor("kick-off", { igVersions: editions.none }).says(
    "bcda#errors-fhir-json",
    bcdaSource("Errors", "bcda/responseutils/writer.go"),
    "A kick-off that is refused is explained as application/fhir+json."
  )
]

export const bcdaToday: ReadonlyArray<Requirement> = [
  ...lives,
  ...asking,
  ...parameters,
  ...answers,
  ...times,
  ...habits
]
