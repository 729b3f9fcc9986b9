import { firstLineBytes, limited } from "../support/Claims.ts"
import { aside, at, type Expected, type Outcome, type Rows, repeatable, type Spot } from "../support/Expected.ts"

type More = { readonly [Place in Spot]?: Expected | undefined }

/** Met once it is got over, met always it is told. */
const trouble = (always: Outcome, more: More) => ({
  ...at(repeatable, ["complete", always]),
  ...at(aside, ["answered", always]),
  cancel: "job runs on" as const,
  ...more
})

/** The same for what needs a body. */
const bodies = (always: Outcome, more: More = {}) => ({
  ...at(["token", "manifest", "jobs", "file", "error-file"], ["complete", always]),
  ...at(aside, ["answered", always]),
  ...more
})

/** An answer that is an answer, and not the right one. */
const answer = (always: Outcome, more: More = {}) => ({
  ...at([...repeatable, ...aside, "kick-off"], always),
  jobs: "StartUnknown" as const,
  cancel: "job runs on" as const,
  ...more
})

/** A wait that the server names is one after which nothing can have happened twice. */
const heeded = { "kick-off": ["complete", "Throttled"], cancel: ["cancelled", "job runs on"] } as const

/** An interrupted run does not wait long for the answer to its cancel. */
const heededSoon = { ...heeded, cancel: ["cancelled", "job runs on", "job runs on"] } as const

const unasked = "the client never asks for /_health"
const late = "only behind a poll it is known whether it brings the manifest: see status"

const tokenService = (always: Outcome) => ({
  at: {
    ...at(["kick-off", "status", "jobs", "file", "error-file"], ["complete", "ServerFault"]),
    token: ["complete", always] as const,
    attribution: ["answered", "ServerFault"] as const,
    cancel: ["cancelled", "job runs on"] as const
  },
  unmet: { other: unasked }
})

const v2 = { version: "v2" } as const
const v3 = { version: "v3" } as const

const cut = bodies("Unreachable", { file: ["complete", "CutShort"], "error-file": undefined })

/** Error files are so small that a few cuts are soon got over. */
const cutSmall = {
  at: { "error-file": ["complete", "CutShort"] },
  given: "five bytes at a time",
  options: { bytes: 5 }
} as const

/** All that came is sound: only the way in which the connection ends tells that there was more. */
const cutBehindLine = {
  at: { file: ["complete", "CutShort"] },
  given: "a file that comes plain, and the cut behind a line",
  before: [{ fault: "gzip-not-given" }],
  options: { bytes: firstLineBytes, when: { type: "Patient" } }
} as const

/** Connections, what stands in front of BCDA, and trouble inside it. */
export const around = {
  closed: { at: trouble("Unreachable", { "kick-off": "Unreachable" }) },
  reset: { at: trouble("Unreachable", { "kick-off": "Unreachable" }) },
  cut: [{ at: cut }, cutSmall, cutBehindLine],
  "cut-by-reset": [{ at: cut }, cutSmall],
  stalled: {
    at: bodies("Unreachable", {
      manifest: ["complete", "Unreachable", "Unreachable"],
      ...at(["file", "error-file"], ["complete", "Stalled"])
    }),
    options: { bytes: 10 }
  },
  paused: { at: { ...at(["token", "manifest", "jobs", "file", "error-file"], "complete"), ...at(aside, "answered") } },
  "slow-body": {
    at: { ...at(["token", "manifest", "jobs", "file", "error-file"], "complete"), ...at(aside, "answered") },
    options: { bytes: 200 }
  },
  "slow-first-byte": {
    at: {
      ...at(["token", "kick-off", "status", "jobs", "file", "error-file", "any"], "complete"),
      ...at(aside, "answered"),
      cancel: "cancelled"
    },
    unmet: { manifest: late }
  },
  "no-answer": {
    at: {
      ...at(["token", "jobs", "file", "error-file", "any"], ["complete", "Unreachable"]),
      status: ["complete", "Unreachable", "Unreachable"],
      ...at(aside, ["answered", "Unreachable"]),
      "kick-off": "Unreachable",
      cancel: "job runs on"
    },
    unmet: { manifest: late }
  },
  "content-length-short": {
    at: {
      ...at(["file", "error-file"], ["complete", "BadGzip"]),
      ...at(["token", "manifest", ...aside], "Malformed"),
      jobs: "StartUnknown"
    }
  },
  "content-length-long": [
    { at: bodies("Unreachable", { file: ["complete", "CutShort"], "error-file": undefined }) },
    // Of what BCDA compresses as it goes the rest cannot be had, which takes tries as well.
    { at: { "error-file": ["complete", "CutShort"] }, given: "API v2, which stores all files compressed", setup: v2 }
  ],
  "content-length-huge": { at: bodies("Unreachable", at(["file", "error-file"], "LimitExceeded")) },
  "content-length-garbage": { at: bodies("Unreachable") },
  throttled: { at: trouble("Throttled", heededSoon) },
  "throttled-without-retry-after": { at: trouble("Throttled", { "kick-off": "Throttled" }) },
  "throttled-retry-after-zero": { at: trouble("Throttled", heeded) },
  "throttled-retry-after-garbage": { at: trouble("Throttled", { "kick-off": "Throttled" }) },
  unavailable: { at: trouble("ServerFault", { "kick-off": "ServerFault" }) },
  "unavailable-retry-after": { at: trouble("ServerFault", { "kick-off": "ServerFault" }) },
  "server-error": { at: trouble("ServerFault", { "kick-off": "ServerFault" }) },
  "bad-gateway": { at: trouble("ServerFault", { "kick-off": "ServerFault" }) },
  "gateway-timeout": { at: trouble("ServerFault", { "kick-off": "ServerFault" }) },
  "status-code": { at: answer("Rejected") },
  "firewall-403": {
    at: answer("Forbidden", { token: "BadCredentials", any: "BadCredentials", metadata: "Rejected" })
  },
  "html-page": { at: answer("Malformed", at(["file", "error-file"], ["complete", "BadLine"])) },
  "redirect-elsewhere": [
    { at: answer("Redirected") },
    ...[301, 302, 303, 308].map((status) => ({
      at: at(["token", "kick-off", "status", "file"], "Redirected"),
      given: `status ${status}`,
      options: { status }
    }))
  ],
  "redirect-loop": { at: answer("Redirected") },
  "redirect-without-location": { at: answer("Redirected") },
  "token-service-timeout": tokenService("ServerFault"),
  "token-service-unreachable": tokenService("Unreachable"),
  "token-service-error": tokenService("ServerFault"),
  "organization-lookup": {
    at: {
      ...at(["kick-off", "status", "jobs", "file", "error-file"], ["complete", "ServerFault"]),
      attribution: ["answered", "ServerFault"],
      cancel: ["cancelled", "job runs on"]
    }
  },
  "duplicate-lookup": {
    at: { "kick-off": "ServerFault" },
    given: "an organization without like jobs",
    setup: { persona: limited }
  },
  "constraints-lookup": { at: { "kick-off": "ServerFault" } },
  "attribution-lookup": { at: { "kick-off": ["complete", "ServerFault"], attribution: "NeverIngested" } },
  "older-attribution-lookup": {
    at: { "kick-off": "ServerFault" },
    given: "_since",
    setup: { request: { since: "2026-06-01T00:00:00Z" } }
  },
  "job-insert": { at: { "kick-off": "ServerFault" } },
  "queue-insert": {
    at: { "kick-off": "ServerFault, second job" },
    unseen: "the first one is a row that nobody works on, and is left alone"
  },
  "job-lookup": {
    at: { status: ["complete", "ServerFault"], ...at(["file", "error-file"], "FileGone"), cancel: "job runs on" }
  },
  "job-second-lookup": {
    at: { status: ["complete", "ServerFault"], ...at(["file", "error-file"], "FileGone"), cancel: "job runs on" }
  },
  "job-list": { at: { jobs: ["complete", "ServerFault"] } },
  "job-update": { at: { cancel: "job runs on" } },
  "job-stays-pending": { at: { "kick-off": "GaveUp, job stuck" }, given: "API v2", setup: { version: "v2" } },
  "failed-turns-pending": { at: { "kick-off": "complete" } },
  "job-fails": { at: { "kick-off": "JobFailed, job lost" } },
  "job-never-ends": { at: { "kick-off": "GaveUp, job stuck" } },
  "cancel-lost": {
    at: { cancel: "job runs on, second job" },
    unseen: "BCDA says that it has cancelled, and forgets it"
  },
  "file-damaged": { at: at(["file", "error-file"], ["complete", "ServerFault"]) },
  "file-broken": [
    { at: { file: ["complete", "BadGzip"] } },
    { at: { "error-file": ["complete", "CutShort"] }, given: "API v3, whose first one is stored plain", setup: v3 },
    { at: { "error-file": ["complete", "BadGzip"] }, given: "API v1", setup: { version: "v1" } }
  ],
  "file-gone": { at: at(["file", "error-file"], "FileGone") },
  "database-down": { unmet: { other: unasked } }
} satisfies Rows
