import type { Trouble } from "../../internal/Trouble.ts"
import { type FaultPlace, fault } from "../Fault.ts"

const trouble = (trouble: Trouble, title: string, where: readonly [FaultPlace, ...ReadonlyArray<FaultPlace>]) =>
  fault({ title, where, strike: () => ({ troubles: [trouble] }) })

/** Everything that wants a token. */
const guarded = ["kick-off", "status", "cancel", "jobs", "attribution", "file", "error-file"] as const

/** Trouble inside BCDA; the answers to it are BCDA's own. */
export const troubleFaults = {
  "token-service-timeout": trouble("token-service-timeout", "the token service is too slow: 503", [
    "token",
    ...guarded,
    "other"
  ]),
  "token-service-unreachable": trouble(
    "token-service-unreachable",
    "the token service is away: the token endpoint drops the connection, bearer checks answer 500",
    ["token", ...guarded, "other"]
  ),
  "token-service-error": trouble("token-service-error", "the token service answers nonsense: 500", [
    "token",
    ...guarded,
    "other"
  ]),
  "organization-lookup": trouble("organization-lookup", "the organization cannot be looked up: 403", guarded),
  "duplicate-lookup": trouble("duplicate-lookup", "running jobs cannot be looked up at the kick-off: 500", [
    "kick-off"
  ]),
  "constraints-lookup": trouble(
    "constraints-lookup",
    "the organization's time limits cannot be looked up at the kick-off: 500",
    ["kick-off"]
  ),
  "attribution-lookup": trouble(
    "attribution-lookup",
    "attribution cannot be looked up: 500 for a kick-off, 404 for the attribution status",
    ["kick-off", "attribution"]
  ),
  "older-attribution-lookup": trouble(
    "older-attribution-lookup",
    "the older attribution cannot be looked up, which a kick-off of Group/all with _since needs: 500",
    ["kick-off"]
  ),
  "job-insert": trouble("job-insert", "the job cannot be written down: 500 for the kick-off", ["kick-off"]),
  "queue-insert": trouble("queue-insert", "the job is written down and not queued: 500, and a job that stays Pending", [
    "kick-off"
  ]),
  "job-lookup": trouble("job-lookup", "the job cannot be looked up: 404 as if there were none", [
    "status",
    "cancel",
    "file",
    "error-file"
  ]),
  "job-second-lookup": trouble(
    "job-second-lookup",
    "the job can be looked up once, and not again: 500 for status and cancel, 404 for a file",
    ["status", "cancel", "file", "error-file"]
  ),
  "job-list": trouble("job-list", "jobs cannot be listed: 500 with two documents", ["jobs"]),
  "job-update": trouble("job-update", "the cancelled job cannot be written down: 500 for the DELETE", ["cancel"]),
  "job-stays-pending": trouble(
    "prepare-stuck",
    "the claims server is away when a v1 or v2 job begins: it stays Pending",
    ["kick-off"]
  ),
  "failed-turns-pending": trouble("prepare-retried", "a job fails, turns Pending again, and completes", ["kick-off"]),
  "job-fails": trouble("sub-job-failed", "a job fails: 500 for its polls", ["kick-off"]),
  "job-never-ends": trouble("sub-job-lost", "a job stays In Progress for ever", ["kick-off"]),
  "cancel-lost": trouble("cancel-lost", "a cancel that comes early is forgotten: the job runs on", ["cancel"]),
  "file-damaged": trouble("file-damaged", "a stored file is damaged: 500 in plain text", ["file", "error-file"]),
  "file-broken": trouble(
    "file-broken",
    "a stored file is damaged in its middle: broken gzip, or half the lines and then an error text",
    ["file", "error-file"]
  ),
  "file-gone": trouble("file-missing", "a listed file is not there: 404 in plain text", ["file", "error-file"]),
  "database-down": trouble("database-down", "/_health says that the database does not answer: 502", ["other"])
}
