import type { FaultName } from "@bcda-kit/sandbox"

/** What the suite cannot do yet. Each list only gets shorter: an entry that is no longer true turns the tests red, and so does one that is missing. */

/** Faults that no check sees. */
export const survivors: ReadonlyArray<FaultName> = [
  "token-cacheable",
  "no-secret-needed",
  "cancel-without-token",
  "attribution-without-token",
  "expired-token-accepted",
  "any-output-format",
  "only-long-output-format",
  "since-refused",
  "any-since-accepted",
  "type-first-only",
  "types-missing-by-default",
  "repeated-type-narrows",
  "type-filter-ignored",
  "elements-ignored",
  "any-group-accepted",
  "retry-after-zero",
  "retry-after-two-hours",
  "retry-after-past",
  "retry-after-far",
  "job-dies-with-token",
  "jobs-expire-early",
  "jobs-never-expire",
  "files-expire-early",
  "transaction-time-moves",
  "manifest-keys-doubled",
  "range-refused",
  "range-shifted",
  "range-as-200",
  "unknown-file-accepted",
  "one-download-at-a-time",
  "line-keys-doubled",
  "id-twice",
  "id-missing",
  "data-of-another-job",
  "patient-ids-positive",
  "error-file-not-outcomes",
  "error-file-fatal",
  "duplicate-lookup",
  "older-attribution-lookup",
  "cancel-lost",
  "second-cancel-accepted",
  "jobs-filter-ignored",
  "jobs-unknown-status-accepted",
  "jobs-status-refused",
  "attribution-404",
  "error-content-type"
]

/** Checks that no fault of the catalogue turns red; a mutation of the suite's own tests does. */
export const unkilled: ReadonlyArray<string> = [
  "kickoff/body",
  "status/in-progress",
  "status/error-content-type",
  "manifest/no-messages-in-output",
  "manifest/deleted",
  "manifest/extension",
  "cancel/body",
  "nights/file-lives-a-day",
  "nights/gone-after-a-day",
  "nights/dead-token-refused",
  "nights/dead-token-401"
]

/** Verdicts on servers that are different and not wrong, as `SERVER VERDICT CHECK`: here it is the check that is wrong. */
export const falseAlarms: ReadonlyArray<string> = [
  // the IG wants false where files need no token, because their addresses are signed
  "signed-urls fail manifest/requires-access-token"
]
