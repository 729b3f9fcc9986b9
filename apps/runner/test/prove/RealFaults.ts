import type { FaultName } from "@bcda-kit/sandbox"

/**
 * The faults that a widely used test kit for bulk data was once measured with, by their names in our catalogue. Two of the 51 are legal: a job
 * may be ready at the first poll, and files may outlive their job's DELETE.
 */
export const realFaults: Readonly<Record<string, FaultName>> = {
  "no export operation": "metadata-without-export",
  "kick-off without auth accepted": "kick-off-without-token",
  "error not an OperationOutcome": "error-not-outcome",
  "any _outputFormat accepted": "any-output-format",
  "only the long spelling accepted": "only-long-output-format",
  "_since refused": "since-refused",
  "kick-off answers 200": "kick-off-200",
  "no Content-Location": "content-location-missing",
  "relative Content-Location": "content-location-relative",
  "DELETE does nothing": "cancel-does-nothing",
  "X-Progress over 100 characters": "x-progress-long",
  "Retry-After garbage": "retry-after-garbage",
  "job fails with 500": "job-fails",
  "relative file url": "url-relative",
  "item without url": "item-without-url",
  "no requiresAccessToken": "requires-token-missing",
  "no output": "output-missing",
  "manifest as text": "manifest-as-text",
  "Expires in the past": "expires-past",
  "file without auth": "file-without-token",
  "broken JSON line": "line-broken",
  "truncated file": "file-truncated",
  "empty file": "file-empty",
  "content type json": "content-type-json",
  "content type octet-stream": "content-type-octets",
  "no instantiates": "metadata-without-instantiates",
  "expires_in as string": "expires-in-string",
  "_type ignored": "type-ignored",
  "status without auth": "status-without-token",
  "second DELETE 202": "second-cancel-accepted",
  "DELETE answers 200": "cancel-200",
  "polling URL alive after DELETE": "status-after-cancel",
  "item without type": "item-without-type",
  "count wrong": "count-wrong",
  "count a string": "count-string",
  "transactionTime missing": "transaction-time-missing",
  "transactionTime not an instant": "transaction-time-date",
  "request missing": "request-missing",
  "request wrong": "request-wrong",
  "requiresAccessToken a string": "requires-token-string",
  "error missing": "error-missing",
  "error an object": "error-object",
  "Expires in Go format": "expires-go-format",
  "file of another type than labelled": "type-mislabelled",
  "duplicate ids": "id-twice",
  "mixed types in one file": "line-of-another-type",
  "resources without id": "id-missing",
  "data of another job": "data-of-another-job",
  "gzip bytes without Content-Encoding": "gzip-not-announced"
}

export const legalAfterAll: Readonly<Record<string, FaultName>> = {
  "first poll never 202": "ready-at-first-poll",
  "file alive after DELETE": "finished-job-deleted"
}
