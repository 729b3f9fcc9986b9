import { goJson } from "../../internal/Http.ts"
import { jobStatuses } from "../../internal/Jobs.ts"
import { versionOfPath } from "../../internal/Judge.ts"
import { outcome } from "../../internal/OperationOutcome.ts"
import { queryUnescape } from "../../internal/Query.ts"
import { hasToken } from "../Ask.ts"
import {
  editFirst,
  editing,
  editList,
  editText,
  type Json,
  objectsOf,
  parametersOf,
  withBody,
  withHeader,
  without,
  withoutParameter,
  withParameter,
  withStatus
} from "../Edit.ts"
import { type Changes, fault, isRecord } from "../Fault.ts"

const jobs = ["jobs"] as const
const attribution = ["attribution"] as const

const task = (title: string, change: (task: Json) => unknown) =>
  fault({
    title,
    where: jobs,
    strike: () =>
      editing((bundle) =>
        editFirst(bundle, "entry", (entry) => ({
          ...entry,
          resource: isRecord(entry["resource"]) ? change(entry["resource"]) : entry["resource"]
        }))
      )
  })

const list = (title: string, change: (bundle: Json) => unknown) =>
  fault({ title, where: jobs, strike: () => editing(change) })

/** Edits the items of `_status`. */
const statuses = (change: (items: ReadonlyArray<string>) => ReadonlyArray<string> | undefined): Changes => ({
  request: (received) => {
    const [value] = parametersOf(received, "_status")
    const items = value === undefined ? undefined : (queryUnescape(value) ?? "").split(",")
    const changed = items === undefined ? undefined : change(items)
    if (
      items === undefined ||
      (changed?.length === items.length && changed.every((item, index) => item === items[index]))
    )
      return received
    return changed === undefined
      ? withoutParameter(received, "_status")
      : withParameter(received, "_status", encodeURIComponent(changed.join(",")))
  }
})

const isKnown = (status: string): boolean => jobStatuses.some((known) => known === status)

const date = (title: string, change: (item: Json) => Json, kind: "fault" | "variant" = "fault") =>
  fault({
    kind,
    title,
    where: attribution,
    strike: () => editing((value) => editFirst(value, "ingestion_dates", change))
  })

/** The job list and the attribution status. */
export const listFaults = {
  "jobs-total-wrong": list("the total of the job list is not the number of its entries", (bundle) => ({
    ...bundle,
    total: Number(bundle["total"]) + 1
  })),
  "jobs-newest-missing": list("the newest job is not in the list", (bundle) => {
    const entries = objectsOf(bundle, "entry")
    return entries.length === 0 ? bundle : { ...bundle, total: entries.length - 1, entry: entries.slice(0, -1) }
  }),
  "jobs-entry-twice": list("a job is listed twice", (bundle) => {
    const [first, ...rest] = objectsOf(bundle, "entry")
    return first === undefined ? bundle : { ...bundle, total: rest.length + 2, entry: [first, first, ...rest] }
  }),
  "jobs-not-searchset": list("the job list is no searchset", (bundle) => ({ ...bundle, type: "collection" })),
  "jobs-not-bundle": list("the job list is no Bundle", (bundle) => ({ ...bundle, resourceType: "Parameters" })),
  "jobs-status-wrong": task("a job is listed as on hold", (task) => ({ ...task, status: "on-hold" })),
  "jobs-identifier-missing": task("a job is listed without its id", (task) => without(task, "identifier")),
  "jobs-identifier-wrong": task("a job is listed under another id", (task) =>
    editFirst(task, "identifier", (identifier) => ({ ...identifier, value: "100000" }))
  ),
  "jobs-period-missing": task("a job is listed without its times", (task) => without(task, "executionPeriod")),
  "jobs-period-reversed": task("a job is listed as ending before it began", (task) => {
    const period = task["executionPeriod"]
    return isRecord(period) ? { ...task, executionPeriod: { start: period["end"], end: "2020-01-01T00:00:00Z" } } : task
  }),
  "jobs-request-wrong": task("a job is listed with another request", (task) =>
    editFirst(task, "input", (input) => ({ ...input, valueString: "GET https://elsewhere.invalid/$export" }))
  ),
  "jobs-intent-wrong": task("a job is listed with another intent", (task) => ({ ...task, intent: "plan" })),
  "jobs-filter-ignored": fault({
    title: "_status has no effect",
    where: jobs,
    strike: () => statuses((items) => (items.every(isKnown) ? undefined : items))
  }),
  "jobs-unknown-status-accepted": fault({
    title: "a _status that does not exist is taken, and left out",
    where: jobs,
    strike: () =>
      statuses((items) => {
        const known = items.filter(isKnown)
        return known.length === 0 ? undefined : known
      })
  }),
  "jobs-status-refused": fault({
    title: "the _status Completed is refused",
    where: jobs,
    strike: () => statuses((items) => items.map((item) => (item === "Completed" ? "Done" : item)))
  }),
  "jobs-empty-accepted": fault({
    title: "200 instead of 404 when there are no jobs",
    where: jobs,
    strike: () => ({
      reply: (reply) =>
        reply.status === 404
          ? withHeader(
              withBody(withStatus(reply, 200), goJson({ resourceType: "Bundle", type: "searchset", total: 0 })),
              "Content-Type",
              "application/json"
            )
          : reply
    })
  }),
  "jobs-pending-in-progress": fault({
    kind: "variant",
    title: "a job that has not begun is listed as in-progress, as the access page says",
    where: jobs,
    strike: () => ({
      reply: (reply) => editText(reply, (text) => text.replaceAll('"status":"accepted"', '"status":"in-progress"'))
    })
  }),
  "jobs-in-another-order": fault({
    kind: "variant",
    title: "jobs are listed newest first",
    where: jobs,
    strike: () => editing((bundle) => editList(bundle, "entry", (entries) => entries.toReversed()))
  }),
  "attribution-missing": fault({
    title: "attribution status has no ingestion_dates",
    where: attribution,
    strike: () => editing((value) => without(value, "ingestion_dates"))
  }),
  "attribution-404": fault({
    title: "404 for the attribution status, though there is one",
    where: attribution,
    strike: () => ({
      concerns: hasToken,
      instead: ({ received }) => outcome(versionOfPath(received.path), 404, "not-found")
    })
  }),
  "attribution-type-unknown": date("attribution status has a date of a kind that nobody knows", (item) => ({
    ...item,
    type: "last_update"
  })),
  "attribution-timestamp-wrong": date("attribution status has a timestamp that is none", (item) => ({
    ...item,
    timestamp: "last Tuesday"
  })),
  "attribution-timestamp-missing": date("attribution status has a date without a timestamp", (item) =>
    without(item, "timestamp")
  ),
  "attribution-page-spelling": date(
    "timestamps of the attribution status are spelled as on the access page",
    (item) => ({ ...item, timestamp: pageSpelling(String(item["timestamp"])) }),
    "variant"
  )
}

/** `2020-12-22 22:31:40.397916+00`. */
const pageSpelling = (timestamp: string): string => {
  const [, date, time, fraction = ""] = /^(.+)T([^.Z]+)\.?(\d*)Z$/.exec(timestamp) ?? []
  return `${date} ${time}.${fraction.padEnd(6, "0")}+00`
}
