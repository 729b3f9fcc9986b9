import { at, type Outcome, type Rows } from "../support/Expected.ts"

const lookedAtTwice = {
  given: "a file that is gone, so that the manifest is asked for again",
  before: [{ fault: "file-gone", where: "file", times: 1 }]
} as const

/** A manifest that is wrong about a file is asked for once more. */
const askedTwice = (always: Outcome) => ["complete", always, always] as const

const slowly = (pause: string) =>
  ({
    given: `a download of ${pause}`,
    setup: { policy: { idleTimeout: "5 days", flow: { bytes: 0 } } },
    before: [{ fault: "paused", where: "file", times: 1, pause }]
  }) as const

const elsewhere = "an earlier job of another request"

/** The job, its manifest and the addresses in it. */
export const following = {
  "retry-after-seconds": { at: { status: "complete" } },
  "retry-after-date": { at: { status: "complete" } },
  "retry-after-zero": { at: { status: "complete" } },
  "retry-after-two-hours": { at: { status: "complete" } },
  "retry-after-negative": { at: { status: "complete" } },
  "retry-after-past": { at: { status: "complete" } },
  "retry-after-far": { at: { status: "complete" } },
  "retry-after-garbage": { at: { status: "complete" } },
  "retry-after-missing": { at: { status: "complete" }, before: [{ fault: "retry-after-seconds" }] },
  "x-progress-long": { at: { status: "complete" } },
  "x-progress-back": { at: { status: "complete" } },
  "x-progress-over-100": { at: { status: "complete" } },
  "x-progress-without-number": { at: { status: "complete" } },
  "x-progress-page-spelling": { at: { status: "complete" } },
  "x-progress-climbing": { at: { status: "complete" } },
  "x-progress-missing": { at: { status: "complete" } },
  "ready-at-first-poll": { at: { together: "complete" } },
  "running-204": { at: { status: "Malformed" } },
  "pending-after-ready": { at: { manifest: "FileGone" }, ...lookedAtTwice },
  "never-ready": { at: { manifest: ["complete", "GaveUp"] } },
  "status-of-another-job": { at: { status: "Malformed" }, given: elsewhere, prologue: "earlier job" },
  "unknown-job-accepted": {
    at: { status: ["complete", "GaveUp"] },
    given: "the address of a job that is not there",
    before: [{ fault: "content-location-of-another-job", times: 1 }]
  },
  "poll-fails-for-a-while": { at: { status: ["complete", "ServerFault"] } },
  "polled-too-often": { at: { status: "complete" } },
  "job-dies-with-token": {
    at: { status: "JobFailed" },
    given: "a job of half an hour",
    before: [{ fault: "never-ready", times: 25 }]
  },
  "jobs-expire-early": { at: { any: ["complete", "CannotResume"] }, ...slowly("14 hours") },
  "jobs-never-expire": { at: { any: ["CannotResume, job lost", "complete"] }, ...slowly("48 hours") },
  "files-expire-early": { at: { together: "FileGone" }, ...slowly("14 hours") },
  "manifest-as-text": { at: { manifest: "complete" } },
  "manifest-not-object": { at: { manifest: "Malformed" } },
  "transaction-time-missing": { at: { manifest: "Malformed" } },
  "transaction-time-date": { at: { manifest: "complete" } },
  "transaction-time-local": { at: { manifest: "complete" } },
  "transaction-time-future": { at: { manifest: "complete" } },
  "request-missing": { at: { manifest: "complete" } },
  "request-wrong": { at: { manifest: "Malformed" } },
  "requires-token-missing": { at: { manifest: "complete" } },
  "requires-token-string": { at: { manifest: "Malformed" } },
  "requires-token-denied": { at: { manifest: "complete" } },
  "output-missing": { at: { manifest: "Malformed" } },
  "output-object": { at: { manifest: "Malformed" } },
  "output-empty": { at: { manifest: "as served" }, unseen: "an export without data looks the same" },
  "output-null": { at: { manifest: "Malformed" } },
  "error-missing": { at: { manifest: "as served" }, unseen: "an export without errors may leave the list out" },
  "error-object": { at: { manifest: "Malformed" } },
  "job-id-missing": { at: { manifest: "complete" } },
  "messages-in-output": { at: { manifest: "complete" } },
  "deleted-not-bundles": { at: { manifest: "Malformed" } },
  "extension-list": { at: { manifest: "complete" } },
  "job-id-wrong": { at: { manifest: "Malformed" } },
  "item-without-type": { at: { manifest: "Malformed" } },
  "item-without-url": { at: { manifest: "Malformed" } },
  "item-null": { at: { manifest: "Malformed" } },
  "type-mislabelled": { at: { manifest: askedTwice("BadLine") } },
  "count-wrong": { at: { manifest: "complete" } },
  "count-string": { at: { manifest: "complete" } },
  "file-listed-twice": { at: { manifest: "Malformed" } },
  "file-under-two-types": { at: { manifest: "Malformed" } },
  "file-missing-from-later-manifest": { at: { manifest: "FileGone" }, ...lookedAtTwice },
  "transaction-time-moves": { at: { manifest: "FileGone" }, ...lookedAtTwice },
  "files-in-another-order": { at: { manifest: "FileGone" }, ...lookedAtTwice },
  "expires-past": { at: { manifest: "complete" } },
  "expires-missing": { at: { manifest: "complete" } },
  "expires-garbage": { at: { manifest: "complete" } },
  "expires-go-format": { at: { manifest: "complete" }, before: [{ fault: "expires-http-date" }] },
  "expires-http-date": { at: { manifest: "complete" } },
  "extra-manifest-fields": { at: { manifest: "complete" } },
  "extra-item-fields": { at: { manifest: "complete" } },
  "manifest-keys-doubled": { at: { manifest: "complete" } },
  "manifest-members-in-another-order": { at: { manifest: "complete" } },
  "url-relative": { at: { manifest: "Malformed" } },
  "url-not-url": { at: { manifest: "Malformed" } },
  "url-file-scheme": { at: { manifest: "Malformed" } },
  "url-with-credentials": { at: { manifest: askedTwice("ForeignOrigin") } },
  "url-of-another-job": { at: { manifest: askedTwice("FileGone") } },
  "files-elsewhere": [
    { at: { manifest: askedTwice("ForeignOrigin") } },
    {
      at: { manifest: askedTwice("ForeignOrigin") },
      given: "a manifest whose files need no token, and a host without TLS",
      before: [{ fault: "requires-token-denied" }]
    }
  ],
  "file-server-on-another-host": [
    { at: { manifest: "ForeignOrigin" } },
    { at: { manifest: "complete" }, given: "a client that allows that host", setup: { allows: "localhost" } }
  ],
  "signed-urls": { at: { together: "complete" } },
  ...Object.fromEntries(
    [
      "climbing",
      "climbing-backwards",
      "absolute",
      "windows-drive",
      "windows-device",
      "with-nul",
      "with-newline",
      "long",
      "encoded",
      "dots",
      "shell",
      "missing"
    ].map((name) => [`name-${name}`, { at: at(["together"], "UnsafeName") }])
  ),
  "name-same-twice": { at: { together: "complete" } },
  "name-case-twice": { at: { together: "complete" } }
} satisfies Rows
