/** The history of jobs, and the attribution status. */
import {
  assertion,
  clockSkewMillis,
  get,
  headerOf,
  isInstant,
  isText,
  jsonOf,
  list,
  mediaType,
  member,
  oneDocument,
  operationOutcome,
  status
} from "../Assertion.ts"
import { blocked, type Check, notApplicable, notRun } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"
import { finished } from "./StatusChecks.ts"

/** FHIR's Task statuses that BCDA's nine job states map to. */
const taskStatuses = ["accepted", "in-progress", "completed", "failed", "cancelled"]

/** The page shows blanks, the server sends RFC 3339; both name a time. */
const timestamp = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}(:?\d{2})?)$/

const nothingIngested = notApplicable("the server says that nothing was ever ingested")

/** The indexes of the times that came in. */
const times = (attribution: Exchange): ReadonlyArray<number> =>
  list(jsonOf(attribution), ["ingestion_dates"]).map((_, index) => index)

/** The moment that either form of a time names, in milliseconds; NaN when it names none. */
const momentOf = (value: unknown): number =>
  isText(value) && timestamp.test(value)
    ? Date.parse(value.replace(" ", "T").replace(/([+-]\d{2})$/, "$1:00"))
    : Number.NaN

const tasks = (bundle: unknown): ReadonlyArray<unknown> =>
  list(bundle, ["entry"]).map((entry) => get(entry, ["resource"]))
const numberOf = (task: unknown): unknown => get(task, ["identifier", 0, "value"])

/** What is wrong with a Task, or undefined. */
const flaw = (task: unknown): string | undefined => {
  if (get(task, ["resourceType"]) !== "Task") return "not a Task"
  if (!isText(numberOf(task))) return "no identifier value"
  if (get(task, ["identifier", 0, "use"]) !== "official") return "the identifier is not official"
  if (!isText(get(task, ["identifier", 0, "system"]))) return "the identifier has no system"
  if (!taskStatuses.includes(String(get(task, ["status"])))) return `status ${String(get(task, ["status"]))}`
  if (get(task, ["intent"]) !== "order") return "intent is not order"
  if (!isText(get(task, ["input", 0, "type", "text"]))) return "the input has no type"
  if (!isText(get(task, ["input", 0, "valueString"]))) return "no input valueString"
  const [start, end] = ["start", "end"].map((name) => Date.parse(String(get(task, ["executionPeriod", name]))))
  if (start === undefined || end === undefined || Number.isNaN(start) || Number.isNaN(end)) return "no execution period"
  return start <= end ? undefined : "it ended before it began"
}

/** Lists by end state, and how the page says that their jobs are shown. */
const filters = [
  ["jobs-completed", "completed"],
  ["jobs-archived", "completed"],
  ["jobs-expired", "completed"],
  ["jobs-none", "failed"]
] as const

export const listChecks: ReadonlyArray<Check> = [
  {
    id: "jobs/bundle",
    title: "The list of jobs is a searchset Bundle with one entry for each job",
    requirements: ["SEED-64", "SEED-65", "SEED-66"],
    steps: ["jobs"],
    judge: (view) => {
      const jobs = view.one("jobs")
      const numbers = tasks(jsonOf(jobs)).map(numberOf)
      return [
        status(jobs, [200]),
        oneDocument(jobs),
        member(jobs, ["resourceType"], "Bundle", (value) => value === "Bundle"),
        member(jobs, ["type"], "searchset", (value) => value === "searchset"),
        member(jobs, ["total"], `the number of entries, ${numbers.length}`, (value) => value === numbers.length),
        assertion(
          jobs,
          "body $.entry",
          "each job once",
          `${new Set(numbers).size} jobs`,
          new Set(numbers).size === numbers.length
        )
      ]
    }
  },
  {
    id: "jobs/tasks",
    title: "Each entry is a Task with its number, period, request and status",
    requirements: ["SEED-57", "SEED-67"],
    steps: ["jobs"],
    judge: (view) => {
      const jobs = view.one("jobs")
      const all = tasks(jsonOf(jobs))
      const flaws = all.flatMap((task, index) => {
        const found = flaw(task)
        return found === undefined ? [] : [`entry ${index}: ${found}`]
      })
      return [
        assertion(jobs, "body $.entry", "at least one", all.length, all.length > 0),
        assertion(jobs, "body $.entry", "sound Tasks", flaws[0] ?? "sound Tasks", flaws.length === 0)
      ]
    }
  },
  {
    id: "jobs/filters",
    title: "The list of jobs can be had by end state",
    requirements: ["SEED-60"],
    steps: ["jobs-completed", "jobs-archived", "jobs-expired", "jobs-none"],
    judge: (view) => filters.map(([step]) => status(view.one(step), [200, 404]))
  },
  {
    id: "jobs/filter-shows",
    title: "Jobs of an end state are shown as the page maps it",
    requirements: ["SEED-62"],
    steps: ["jobs-completed", "jobs-archived", "jobs-expired", "jobs-none"],
    judge: (view) => {
      const shown = filters.flatMap(([step, expected]) => {
        const answer = view.one(step)
        const states = [...new Set(tasks(jsonOf(answer)).map((task) => get(task, ["status"])))]
        return states.length === 0
          ? []
          : [assertion(answer, "body $.entry", expected, states, states.join() === expected)]
      })
      return shown.length === 0 ? notApplicable("no job is in any of these states") : shown
    }
  },
  {
    id: "jobs/filter-excludes",
    title: "A list by end state leaves out the jobs of others",
    requirements: ["SEED-63"],
    steps: ["jobs-completed", "jobs-archived", "jobs-expired", "jobs-none"],
    judge: (view) => {
      const numbers = filters.map(([step]) => tasks(jsonOf(view.one(step))).map(numberOf))
      return filters.map(([step], index) => {
        const others = numbers.filter((_, other) => other !== index).flat()
        const both = (numbers[index] ?? []).filter((number) => others.includes(number))
        return assertion(view.one(step), "body $.entry", "jobs of no other list", both, both.length === 0)
      })
    }
  },
  {
    id: "jobs/unknown-state-refused",
    title: "An end state that does not exist is refused with an OperationOutcome",
    requirements: ["SEED-61"],
    steps: ["jobs-unknown-status"],
    judge: (view) => {
      const answer = view.one("jobs-unknown-status")
      return [status(answer, [400]), ...operationOutcome(answer)]
    }
  },
  {
    id: "jobs/time-form",
    title: "Periods of jobs are written in UTC, with a Z",
    requirements: ["TODAY-07"],
    steps: ["jobs"],
    judge: (view) => {
      const jobs = view.one("jobs")
      const times = tasks(jsonOf(jobs)).flatMap((task) => Object.values(Object(get(task, ["executionPeriod"]))))
      const other = times.find((time) => !isInstant(time) || !time.endsWith("Z"))
      return [
        assertion(jobs, "body $.entry", "at least one time", times.length, times.length > 0),
        assertion(jobs, "body $.entry", "instants with a Z", other ?? "instants with a Z", other === undefined)
      ]
    }
  },
  {
    id: "jobs/lists-own",
    title: "The list shows the job just started, with the request that started it",
    requirements: ["SEED-24", "SEED-68"],
    steps: ["kickoff", "status", "jobs"],
    judge: (view) => {
      const jobs = view.one("jobs")
      const number = view.one("status").request.url.split("/").at(-1)
      const own = tasks(jsonOf(jobs)).find((task) => numberOf(task) === number)
      const wanted = `GET ${view.one("kickoff").request.url}`
      const said = get(own, ["input", 0, "valueString"])
      return [
        assertion(
          jobs,
          "body $.entry",
          `an entry for job ${number}`,
          own === undefined ? undefined : "it is there",
          own !== undefined
        ),
        assertion(jobs, "body $.entry[own].resource.input[0].valueString", wanted, said, said === wanted)
      ]
    }
  },
  {
    id: "jobs/waiting",
    title: "A job that waits or is being worked on is listed so",
    requirements: ["SEED-24", "TODAY-06"],
    steps: ["opinion-export", "jobs-waiting"],
    judge: (view) => {
      const url = headerOf(view.one("opinion-export"), "content-location")
      if (url === undefined) return blocked("fhir-kit-client could start no job")
      const number = url.split("/").at(-1)
      const jobs = view.one("jobs-waiting")
      const state = get(
        tasks(jsonOf(jobs)).find((task) => numberOf(task) === number),
        ["status"]
      )
      if (state === "completed") return notRun("the job had finished before the list was read")
      const holds = state === "accepted" || state === "in-progress"
      return [assertion(jobs, `body $.entry[${number}].resource.status`, "accepted or in-progress", state, holds)]
    }
  },
  {
    id: "jobs/none-404",
    title: "When there is no job to list, the answer is 404 with an OperationOutcome and nothing else",
    requirements: ["SEED-59"],
    steps: ["jobs-none"],
    judge: (view) => {
      const none = view.one("jobs-none")
      if (none.response?.status === 200 && tasks(jsonOf(none)).length > 0) return notApplicable("there are such jobs")
      return [status(none, [404]), ...operationOutcome(none)]
    }
  },
  {
    id: "attribution/shape",
    title: "The attribution status names what came in, and when",
    requirements: ["SEED-69", "SEED-71"],
    steps: ["attribution"],
    judge: (view) => {
      const attribution = view.one("attribution")
      if (attribution.response?.status === 404) return nothingIngested
      return [
        status(attribution, [200]),
        mediaType(attribution, ["application/json"]),
        member(
          attribution,
          ["ingestion_dates"],
          "a list with entries",
          (value) => Array.isArray(value) && value.length > 0
        ),
        ...list(jsonOf(attribution), ["ingestion_dates"]).flatMap((_, index) => [
          member(
            attribution,
            ["ingestion_dates", index, "type"],
            "last_attribution_update or last_runout_update",
            (value) => ["last_attribution_update", "last_runout_update"].includes(String(value))
          ),
          member(
            attribution,
            ["ingestion_dates", index, "timestamp"],
            "a time",
            (value) => isText(value) && timestamp.test(value)
          )
        ])
      ]
    }
  },
  {
    id: "attribution/there",
    title: "The attribution status of an organization that has people to export is not 404",
    requirements: ["SEED-69", "SEED-70"],
    steps: ["status", "attribution"],
    judge: (view) => {
      const done = finished(view)
      if ("excuse" in done) return done
      if (list(jsonOf(done), ["output"]).length === 0) return notApplicable("the export is empty")
      return [status(view.one("attribution"), [200])]
    }
  },
  {
    id: "attribution/comparable",
    title: "The attribution status can be compared with the latest job: each time is a time, and past",
    requirements: ["SEED-73"],
    steps: ["status", "attribution"],
    judge: (view) => {
      const done = finished(view)
      if ("excuse" in done) return done
      const attribution = view.one("attribution")
      if (attribution.response?.status === 404) return nothingIngested
      const latest = Date.parse(attribution.at) + clockSkewMillis
      return [
        member(done, ["transactionTime"], "a FHIR instant", isInstant),
        ...times(attribution).map((index) =>
          member(
            attribution,
            ["ingestion_dates", index, "timestamp"],
            `a time not after ${attribution.at}`,
            (value) => momentOf(value) <= latest
          )
        )
      ]
    }
  },
  {
    id: "attribution/time-form",
    title: "Times of the attribution status are written as RFC 3339 has it",
    requirements: ["TODAY-08"],
    steps: ["attribution"],
    judge: (view) => {
      const attribution = view.one("attribution")
      if (attribution.response?.status === 404) return nothingIngested
      return [
        status(attribution, [200]),
        ...times(attribution).map((index) =>
          member(attribution, ["ingestion_dates", index, "timestamp"], "an instant as RFC 3339 has it", isInstant)
        )
      ]
    }
  }
]
