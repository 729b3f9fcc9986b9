import {
  at,
  type Expected,
  type Outcome,
  aside as questions,
  type Row,
  type Rows,
  type Spot
} from "../support/Expected.ts"

const onceOnly = "the client cancels a job once"
const noneDone = "the client cancels no job that is done"
const cancelled = { given: "a job that somebody else has cancelled", prologue: "cancelled by others" } as const
const noJob = { given: "no job at all", prologue: "kick-off lost" } as const

/** Handed on as it came. */
const told = (place: "attribution" | "metadata"): Row => ({
  at: { [place]: "as served" },
  unseen: "it is told as it came, and no export depends on it"
})

const unreadable = (always: Outcome) => ({
  ...at(["manifest", "token", ...questions], always),
  jobs: "StartUnknown" as const
})
const readable = { ...at(["manifest", "token", "jobs"], "complete" as const), ...at(questions, "answered") }

/** The same errors, said in another way. */
const errors = (more: Partial<Readonly<Record<Spot, Expected>>> = {}): ReadonlyArray<Row> => {
  const expected: Partial<Readonly<Record<Spot, Expected>>> = {
    ...at(["kick-off", "status", "jobs", "attribution", "file", "error-file"], "ServerFault"),
    cancel: "job runs on",
    ...more
  }
  return (["kick-off", "status", "cancel", "jobs", "attribution", "file", "error-file"] as const).map((place) => ({
    at: { [place]: expected[place] ?? "complete" },
    given: "a token service that answers nonsense",
    before: [{ fault: "token-service-error", where: place }]
  }))
}

/** Cancelling, lists, metadata, and the manners of HTTP and JSON. */
export const aside = {
  "cancel-200": { at: { cancel: "cancelled" } },
  "cancel-body-other": { at: { cancel: "cancelled" } },
  "unknown-cancel-accepted": { unmet: { cancel: "the client cancels jobs that there are" } },
  "cancel-does-nothing": {
    at: { cancel: "job runs on, second job" },
    unseen: "the server says that it has cancelled"
  },
  "cancel-of-pending-refused": { at: { cancel: "job runs on" } },
  "second-cancel-accepted": { unmet: { cancel: onceOnly } },
  "second-cancel-404": { unmet: { cancel: onceOnly } },
  "status-after-cancel": { at: { status: ["CannotResume, job lost", "GaveUp, job lost"] }, ...cancelled },
  "status-after-cancel-410": { at: { status: "CannotResume, job lost" }, ...cancelled },
  "finished-job-deleted": { unmet: { together: noneDone } },
  "finished-delete-ignored": { unmet: { cancel: noneDone } },
  "finished-delete-half": { unmet: { together: noneDone } },
  "jobs-total-wrong": { at: { jobs: "complete" } },
  "jobs-newest-missing": {
    at: { jobs: ["complete", "complete, second job"] },
    unseen: "a list without the job says that there is none"
  },
  "jobs-entry-twice": { at: { jobs: "complete" } },
  "jobs-not-searchset": { at: { jobs: "complete" } },
  "jobs-not-bundle": { at: { jobs: "StartUnknown" } },
  "jobs-status-wrong": { at: { jobs: "complete" } },
  "jobs-identifier-missing": { at: { jobs: "StartUnknown" } },
  "jobs-identifier-wrong": { at: { jobs: ["complete", "ServerFault"] } },
  "jobs-period-missing": { at: { jobs: "complete" } },
  "jobs-period-reversed": { at: { jobs: "complete" } },
  "jobs-request-wrong": {
    at: { jobs: ["complete", "complete, second job"] },
    unseen: "a list of other requests says that there is none of this one"
  },
  "jobs-intent-wrong": { at: { jobs: "complete" } },
  "jobs-filter-ignored": { at: { jobs: "complete" } },
  "jobs-unknown-status-accepted": { unmet: { jobs: "the client asks only for states that there are" } },
  "jobs-status-refused": { at: { jobs: "StartUnknown" } },
  "jobs-empty-accepted": { at: { jobs: "complete" }, ...noJob },
  "jobs-pending-in-progress": { at: { jobs: "complete" } },
  "jobs-in-another-order": { at: { jobs: "complete" } },
  "attribution-missing": { at: { attribution: "Malformed" } },
  "attribution-404": { at: { attribution: "NeverIngested" } },
  "attribution-type-unknown": told("attribution"),
  "attribution-timestamp-wrong": told("attribution"),
  "attribution-timestamp-missing": { at: { attribution: "Malformed" } },
  "attribution-page-spelling": told("attribution"),
  "metadata-without-instantiates": told("metadata"),
  "metadata-without-export": told("metadata"),
  "metadata-operation-unknown": told("metadata"),
  "metadata-definition-wrong": told("metadata"),
  "operation-named-export": { ...told("metadata"), given: "API v2", setup: { version: "v2" } },
  "operation-named-patient-export": { ...told("metadata"), given: "API v3", setup: { version: "v3" } },
  "metadata-needs-token": { at: { metadata: "Rejected" } },
  "metadata-not-statement": { at: { metadata: "Malformed" } },
  "metadata-retired": told("metadata"),
  "metadata-fhir-version-wrong": told("metadata"),
  "metadata-format-missing": told("metadata"),
  "metadata-release-wrong": told("metadata"),
  "metadata-release-date-future": { at: { metadata: "answered" } },
  "metadata-software-wrong": told("metadata"),
  "metadata-url-wrong": told("metadata"),
  "metadata-token-url-wrong": told("metadata"),
  "metadata-security-missing": told("metadata"),
  "metadata-mode-client": told("metadata"),
  "metadata-interactions-missing": told("metadata"),
  "metadata-without-rest": told("metadata"),
  "metadata-fhir-json": { at: { metadata: "answered" } },
  "group-readable": { unmet: { other: "the client reads no Group" } },
  "group-unreadable": { unmet: { other: "the client reads no Group" } },
  "smart-configuration": { unmet: { other: "a client with a secret asks for no SMART configuration" } },
  "smart-configuration-as-page": { unmet: { other: "a client with a secret asks for no SMART configuration" } },
  "smart-configuration-bare": { unmet: { other: "a client with a secret asks for no SMART configuration" } },
  "json-truncated": { at: unreadable("Malformed") },
  "json-empty": { at: unreadable("Malformed") },
  "json-null": { at: unreadable("Malformed") },
  "json-bom": { at: readable },
  "two-documents": {
    at: { ...unreadable("Malformed"), status: "Malformed", jobs: "complete" },
    unmet: { cancel: "the answer to a cancel has no document" }
  },
  "second-document": { at: { together: "complete" }, ...noJob, before: [{ fault: "one-document" }] },
  "one-document": { at: { together: "complete" }, ...noJob },
  "bugs-mended": { at: { any: "complete" } },
  "json-pretty": { at: readable },
  "json-charset": { at: { together: "complete" } },
  "error-not-outcome": errors(),
  "error-as-text": errors(),
  "error-empty": errors(),
  "error-content-type": errors(),
  "error-with-200": errors({
    ...at(["kick-off", "status", "attribution", "file", "error-file"], "Malformed"),
    jobs: "StartUnknown"
  }),
  "reason-phrase-missing": { at: { any: "complete" } },
  "reason-phrase-other": { at: { any: "complete" } },
  "headers-lower-case": { at: { any: "complete" } },
  "headers-of-a-front": { at: { any: "complete" } },
  "connection-kept": { at: { any: "complete" } },
  "length-not-announced": { at: { any: "complete" } },
  "header-huge": {
    at: {
      ...at(["any", "token", "status", "manifest", "file"], ["complete", "Unreachable"]),
      "kick-off": "Unreachable"
    }
  },
  "tls-1.1": { at: { any: "Unreachable" }, given: "a server with TLS" },
  http2: { at: { any: "complete" }, given: "a server with TLS" }
} satisfies Rows
