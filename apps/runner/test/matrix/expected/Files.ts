import { at, type Expected, type Rows } from "../support/Expected.ts"

const both = (expected: Expected) => at(["file", "error-file"], expected)

/** The first download stops in its middle, so that the rest is asked for. */
const cutFirst = (["file", "error-file"] as const).map((place) => ({
  at: at([place], "complete"),
  given: "a first download that stood still",
  before: [{ fault: "stalled" as const, where: place, times: 1 }]
}))

/** Limits small enough that a flood is cheap. */
const flooded = {
  given: "limits of 100 kB a line, and of 1 MB a file or answer",
  options: { megabytes: 40 },
  setup: { policy: { limits: { answerBytes: 1_000_000, fileBytes: 1_000_000, lineBytes: 100_000 } } }
} as const

const sound = "the lines are sound, and what they should say only the server knows"

/** How files are sent, what is in them, and answers without an end. */
export const files = {
  "content-type-json": { at: both("complete") },
  "content-type-octets": { at: both("complete") },
  "content-type-html": { at: both("complete") },
  "content-type-charset": { at: both("complete") },
  "content-type-capitals": { at: both("complete") },
  "content-type-missing": { at: both("complete") },
  "gzip-not-announced": { at: both(["complete", "BadLine"]) },
  "gzip-announced-only": { at: both(["complete", "BadGzip"]) },
  "gzip-not-given": { at: both("complete") },
  "gzip-not-asked-for": {
    unmet: { file: "an export always asks for gzip", "error-file": "an export always asks for gzip" }
  },
  "gzip-cut": { at: both(["complete", "BadGzip"]) },
  "gzip-damaged": { at: both(["complete", "BadGzip"]) },
  "gzip-trailing-garbage": { at: both(["complete", "BadGzip"]) },
  "gzip-extra-member": { at: { file: "complete" }, before: [{ fault: "gzip-one-member" }] },
  "gzip-one-member": { at: { file: "complete" } },
  "gzip-many-members": { at: { file: "complete" } },
  "gzip-differs": { at: both("as served"), unseen: "the plain file is never asked for" },
  "ranges-ignored": cutFirst,
  "range-refused": cutFirst,
  "range-shifted": cutFirst,
  "range-as-200": cutFirst,
  "not-modified": { at: both("Malformed") },
  "unknown-file-accepted": {
    at: { file: "Malformed" },
    unmet: { "error-file": "no entry of the catalogue names an error file that is not there" },
    given: "the address of a file that is not there",
    before: [{ fault: "url-of-another-job" }]
  },
  "one-download-at-a-time": { at: both("complete"), given: "five files at a time", setup: { concurrency: 5 } },
  "line-broken": { at: both(["complete", "BadLine"]) },
  "line-not-object": { at: both(["complete", "BadLine"]) },
  "line-blank": { at: both(["complete", "BadLine"]) },
  "line-over-several": { at: both(["complete", "BadLine"]) },
  "line-keys-doubled": { at: both("as served"), unseen: "in JSON the last of two members counts" },
  "line-not-utf8": { at: both(["complete", "BadLine"]) },
  "line-of-another-type": { at: both(["complete", "BadLine"]) },
  "id-twice": { at: { file: "as served" }, unseen: sound },
  "id-missing": { at: { file: "as served" }, unseen: sound },
  "resource-type-missing": { at: both(["complete", "BadLine"]) },
  "file-truncated": { at: both(["complete", "CutShort"]) },
  "file-empty": {
    at: { file: ["complete", "BadLine"], "error-file": "as served" },
    unseen: "an error file may be empty"
  },
  "file-not-ndjson": { at: both(["complete", "BadLine"]) },
  "data-of-another-job": { at: { file: "as served" }, unseen: sound },
  "patient-ids-positive": { at: { file: "as served" }, unseen: sound },
  "file-bom": { at: both(["complete", "BadLine"]) },
  "file-crlf": { at: both("as served"), unseen: "it is right, and the bytes are the server's" },
  "file-without-last-newline": { at: both("as served"), unseen: "it is right, and the bytes are the server's" },
  "error-file-not-outcomes": { at: { "error-file": ["complete", "BadLine"] } },
  "error-file-fatal": { at: { "error-file": "as served" }, unseen: "it is seen: the receipt counts it" },
  "gzip-bomb": { at: both("LimitExceeded"), ...flooded },
  "endless-line": { at: both("LimitExceeded"), ...flooded },
  "endless-body": {
    at: {
      file: "LimitExceeded",
      "error-file": ["complete", "BadLine"],
      jobs: "StartUnknown",
      ...at(["token", "manifest", "attribution", "metadata"], "Malformed")
    },
    ...flooded
  }
} satisfies Rows
