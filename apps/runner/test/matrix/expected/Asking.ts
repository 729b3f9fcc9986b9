import { limited } from "../support/Claims.ts"
import { at, type Rows, type Spot } from "../support/Expected.ts"

const noToken = { given: "a client that has no token to send", setup: { auth: "none" } } as const
const revoked = {
  given: "a token that is revoked under way",
  before: [{ fault: "token-revoked", where: "file", times: 1 }]
} as const
const since = { given: "_since", setup: { request: { since: "2026-06-01T00:00:00Z" } } } as const
const types = { given: "_type", setup: { request: { types: ["Patient", "Coverage"] } } } as const
const filter = "ExplanationOfBenefit?service-date=ge2026-01-01"

/** A token that is refused is renewed once: one that is refused as soon as it is new will be refused for ever. */
const refused = (places: ReadonlyArray<Spot>) => at(places, ["complete", "Unauthorized", "Unauthorized"])
const refusedAside = {
  attribution: ["answered", "Unauthorized", "Unauthorized"],
  cancel: ["cancelled", "job runs on", "job runs on"]
} as const

const neverSent = "the client never sends such a request"
const onceOnly = "the client starts a job once"
const refusedBefore = "the client refuses such a request before it is sent"

/** The token endpoint, bearer checks and the start of a job. */
export const asking = {
  "expires-in-string": { at: { token: "complete" }, before: [{ fault: "expires-in-number" }] },
  "expires-in-number": { at: { token: "complete" } },
  "expires-in-missing": { at: { token: "complete" } },
  "expires-in-zero": { at: { token: "Malformed" } },
  "expires-in-words": { at: { token: "Malformed" } },
  "token-missing": { at: { token: "Malformed" } },
  "token-type-missing": { at: { token: "complete" } },
  "token-type-capital": { at: { token: "complete" } },
  "token-scope": { at: { token: "complete" } },
  "token-cacheable": { at: { token: "complete" } },
  "token-refused": { at: { token: "BadCredentials" } },
  "token-cap": { at: { token: ["complete", "TokenCap"] } },
  "any-secret-accepted": {
    at: { token: "complete" },
    given: "a client with a wrong secret",
    setup: { secret: "not-the-secret" }
  },
  "no-secret-needed": { unmet: { token: "a client without credentials asks for no token" } },
  "kick-off-without-token": { at: { "kick-off": "Unauthorized" }, ...noToken },
  "status-without-token": {
    at: { status: "Unauthorized" },
    ...noToken,
    before: [{ fault: "kick-off-without-token" }]
  },
  "cancel-without-token": {
    at: { cancel: "cancelled" },
    ...noToken,
    before: [{ fault: "kick-off-without-token" }, { fault: "status-without-token" }]
  },
  "jobs-without-token": { at: { jobs: "Unauthorized" }, ...noToken },
  "attribution-without-token": { at: { attribution: "answered" }, ...noToken },
  "file-without-token": {
    at: { file: "complete" },
    given: "a client that has no token to send, and an export without error files",
    setup: { auth: "none", version: "v2", request: { types: ["Patient"] } },
    before: [{ fault: "kick-off-without-token" }, { fault: "status-without-token" }]
  },
  "invalid-token-accepted": { at: { together: "complete" }, ...revoked },
  "expired-token-accepted": {
    at: { together: "complete" },
    given: "a job of half an hour, and a client that keeps its token",
    setup: { policy: { renewBefore: 100 } },
    before: [{ fault: "never-ready", times: 22 }]
  },
  "bearer-any-case": { unmet: { together: "the client writes Bearer with a capital" } },
  "any-scheme-accepted": { unmet: { together: "the client writes Bearer" } },
  "token-revoked": { at: { ...refused(["kick-off", "status", "jobs", "file", "error-file"]), ...refusedAside } },
  "token-not-liked": {
    at: { ...refused(["kick-off", "status", "manifest", "jobs", "file", "error-file"]), ...refusedAside }
  },
  "organization-denied": {
    at: {
      ...at(["kick-off", "status", "attribution", "file", "error-file"], "Forbidden"),
      jobs: "StartUnknown",
      cancel: "job runs on"
    }
  },
  "missing-token-400": { at: { together: "Rejected" }, ...noToken },
  "www-authenticate": { at: { together: "complete" }, ...revoked },
  "outcome-missing-on-401": { at: { together: "complete" }, ...revoked },
  "kick-off-200": { at: { "kick-off": "Malformed" } },
  "content-location-missing": { at: { "kick-off": "Malformed" } },
  "content-location-relative": { at: { "kick-off": "complete" } },
  "content-location-elsewhere": { at: { "kick-off": "ForeignOrigin" } },
  "content-location-other-version": { at: { "kick-off": "complete" } },
  "content-location-of-another-job": [
    { at: { "kick-off": "complete" } },
    { at: { "kick-off": "complete" }, given: "an earlier job of another request", prologue: "earlier job" }
  ],
  "kick-off-body": { at: { "kick-off": "complete" } },
  "kick-off-body-other": { at: { "kick-off": "complete" } },
  "any-output-format": { unmet: { "kick-off": neverSent } },
  "only-long-output-format": { unmet: { "kick-off": neverSent } },
  "since-refused": { at: { "kick-off": "Rejected" }, ...since },
  "since-ignored": {
    at: { "kick-off": "as served" },
    ...since,
    unseen: "more than was asked for, and old resources may be new to somebody"
  },
  "any-since-accepted": { unmet: { "kick-off": refusedBefore } },
  "future-since-accepted": { unmet: { "kick-off": refusedBefore } },
  "type-ignored": { at: { "kick-off": "as served" }, ...types, unseen: "more than was asked for, and nothing less" },
  "type-first-only": {
    at: { "kick-off": "as served" },
    ...types,
    unseen: "a type without data has no file either"
  },
  "types-missing-by-default": { at: { "kick-off": "as served" }, unseen: "a type without data has no file either" },
  "repeated-type-narrows": { unmet: { "kick-off": neverSent } },
  "repeated-type-merged": { unmet: { "kick-off": neverSent } },
  "unknown-type-accepted": { unmet: { "kick-off": refusedBefore } },
  "type-refused": { at: { "kick-off": "Rejected" }, ...types },
  "type-filter-ignored": {
    at: { "kick-off": "as served" },
    given: "_typeFilter",
    unseen: "more than was asked for; the client does not read claims",
    setup: { version: "v3", request: { types: ["ExplanationOfBenefit"], typeFilter: filter } }
  },
  "elements-ignored": { unmet: { "kick-off": refusedBefore } },
  "any-group-accepted": { unmet: { "kick-off": refusedBefore } },
  "accept-not-needed": { unmet: { together: "the client always sends Accept" } },
  "prefer-not-needed": { unmet: { together: "the client always sends Prefer" } },
  "dollar-encoded": { unmet: { "kick-off": "the client writes the dollar as it is" } },
  "dollar-not-needed": { unmet: { "kick-off": "the client writes the dollar" } },
  "post-as-get": { unmet: { "kick-off": "the client starts its jobs by GET" } },
  "same-job-put-off": { unmet: { "kick-off": onceOnly } },
  "same-job-put-off-for-no-time": { unmet: { "kick-off": onceOnly } },
  "duplicate-job": { at: { "kick-off": "DuplicateJob" } },
  "several-files-per-type": {
    at: { "kick-off": "as served" },
    options: { people: 2 },
    unseen: "the same lines in other files"
  },
  "kick-off-answer-lost": [
    { at: { "kick-off": "Unreachable" } },
    { at: { "kick-off": "Unreachable" }, given: "an organization without like jobs", setup: { persona: limited } }
  ]
} satisfies Rows
