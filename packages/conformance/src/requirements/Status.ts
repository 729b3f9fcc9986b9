/** Following a job. */
import type { Requirement } from "../Requirement.ts"
import { editions, inside, noFeature, permission, rowsFor, unknownData, wouldBurden } from "./Rows.ts"
import { stu2, stu3 } from "./Sources.ts"

const { may, shall, shallNot, should } = rowsFor("status")
const from2 = { igVersions: editions.fromStu2 }
const from3 = { igVersions: editions.fromStu3 }

const polling = stu2("export", "Bulk Data Status Request")
const endpoint = stu2("export", "Endpoint", 1)
const inProgress = stu2("export", "Response - In-Progress Status")
const inProgress3 = stu3("export", "Response - In-Progress Status")
const failing = stu2("export", "Response - Error Status", 1)
const complete = stu2("export", "Response - Complete Status")

const running: ReadonlyArray<Requirement> = [
  shall("export#status-get", endpoint, "A job's status is read by a GET on the URL that the kick-off named."),
  should("export#status-retry-after", polling, "Retry-After says when to ask again, in seconds or as an HTTP date."),
  should(
    "export#status-accounting",
    polling,
    "The server counts how often each client asks.",
    inside("A count that leads to nothing is not seen; one that leads to a 429 is another row.")
  ),
  should(
    "export#status-429",
    polling,
    "Who asks too often is answered 429 with Retry-After.",
    wouldBurden("A run paces its polls so as never to be told off.")
  ),
  may(
    "export#status-terminate",
    polling,
    "Who will not stop asking may lose the session.",
    permission("A server may go on answering 429 for ever.")
  ),
  shall("export#status-202", inProgress, "While a job runs its status is 202."),
  may("export#status-xprogress", inProgress, "X-Progress, if sent, describes the progress in under 100 characters."),
  shall(
    "export#status-partial-only-ready",
    inProgress3,
    "A manifest that comes before the job's end lists only files that can be fetched.",
    { ...from3, ...noFeature("It takes a job that was allowed partial manifests.") }
  ),
  shallNot(
    "export#status-partial-immutable",
    inProgress3,
    "A manifest that was given out, and its files, change no more, except for links and renewed URLs.",
    { ...from3, ...noFeature("It is about pages of a manifest; a whole one is looked at twice by status/stays-done.") }
  )
]

const failed: ReadonlyArray<Requirement> = [
  should("export#status-error-oo", failing, "The body of a failed status request is an OperationOutcome.", {
    strengthIn: { stu1: "SHALL" }
  }),
  shall("export#status-error-code", failing, "A status request that fails is answered 4XX or 5XX."),
  shall("export#status-error-ctype", failing, "That OperationOutcome is sent as application/fhir+json.", from2),
  may("export#status-error-other", failing, "A layer that knows no FHIR may answer in a format of its own.", {
    ...from2,
    ...permission("Plain text from a proxy is allowed where an OperationOutcome is only recommended.")
  }),
  should("export#status-transient", failing, "A poll that failed while the job did not has a transient issue code.", {
    ...from2,
    ...unknownData("It takes a server with a passing trouble at the moment of a poll.")
  }),
  may(
    "export#status-partial-success",
    failing,
    "A job may succeed though some resources failed.",
    permission("Where a server draws the line between failure and partial success is left to it.")
  ),
  shall(
    "export#status-partial-errors",
    failing,
    "Then error (in the ballot: outcome) lists files of OperationOutcomes.",
    unknownData("It takes a person whose data cannot be exported, and BCDA's small sandbox data set has none.")
  ),
  shall(
    "export#status-partial-200",
    failing,
    "Such a job's status is 200.",
    unknownData("Without a job that fails in part there is no such status to read.")
  )
]

const done: ReadonlyArray<Requirement> = [
  shall("export#status-200", complete, "Once a job is done its status is 200."),
  shall("export#status-ctype", complete, "The manifest is sent as application/json."),
  should("export#status-expires", complete, "Expires tells, as an HTTP date, until when the files can be fetched.", {
    strengthIn: { stu1: "MAY" }
  }),
  shall("export#status-body", complete, "The manifest is a JSON object."),
  shall("export#status-files-accessible", complete, "Every file of the manifest can be fetched at its URL."),
  may(
    "export#status-other-host",
    complete,
    "The files may lie on another host.",
    permission("Files on the server's own host are as good.")
  )
]

export const statusRows: ReadonlyArray<Requirement> = [...running, ...failed, ...done]
