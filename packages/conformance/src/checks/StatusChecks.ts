/** Following a job. */

import { Result } from "effect"
import { Headers } from "effect/http"
import {
  assertion,
  clockSkewMillis,
  get,
  header,
  headerOf,
  jsonOf,
  list,
  mediaType,
  member,
  noDoubledMember,
  oneDocument,
  operationOutcome,
  refused,
  status
} from "../Assertion.ts"
import { blocked, type Check, type Excuse, notApplicable, notRun, type View } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"

/** The IG allows fewer than so many characters of X-Progress. */
const longestProgress = 100

/** Polls that found the job unfinished. A 429 or 503 in between is the server's right, and not about the job. */
const unfinished = (view: View): ReadonlyArray<Exchange> =>
  view
    .all("status")
    .slice(0, -1)
    .filter((poll) => ![429, 503].includes(poll.response?.status ?? 0))

const quick = notApplicable("the first poll already found the job finished")

/** The answer that ended the polling, unless time ended it. */
export const finished = (view: View, step = "status"): Exchange | Excuse => {
  const last = view.last(step)
  const { status } = last.response ?? { status: 0 }
  return status > 200 && status < 300 ? blocked("the job did not finish in time") : last
}

/** The files' URLs in an order of our own: a server need not keep to one. */
const urls = (manifest: Exchange): string =>
  list(jsonOf(manifest), ["output"])
    .map((item) => String(get(item, ["url"])))
    .toSorted()
    .join(" ")

/** A percentage, or the word that BCDA has for a job that nobody works on yet. */
const progress = (value: string | undefined): boolean => {
  const percent = percentage(value)
  return percent === undefined ? value === "Pending" : percent <= 100
}

const percentage = (value: string | undefined): number | undefined => {
  const digits = /(?:^|\D)(\d{1,3})\s*%/.exec(value ?? "")?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** How long Retry-After asks to wait, in milliseconds; undefined when it cannot be read. Clocks may differ by a little. */
const waitOf = (value: string, now: number): number | undefined => {
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const date = Headers.parseHttpDate(value)
  return Result.isSuccess(date) ? date.success.epochMilliseconds - now + clockSkewMillis : undefined
}

export const statusChecks: ReadonlyArray<Check> = [
  {
    id: "status/in-progress",
    title: "While a job runs, its status is 202",
    requirements: ["export#status-202", "SEED-27"],
    steps: ["status"],
    judge: (view) => {
      const polls = unfinished(view)
      return polls.length === 0 ? quick : polls.map((poll) => status(poll, [202]))
    }
  },
  {
    id: "status/retry-after",
    title: "While a job runs, Retry-After says when to ask again",
    requirements: ["export#status-retry-after"],
    steps: ["status"],
    judge: (view) => {
      const polls = unfinished(view)
      if (polls.length === 0) return quick
      return polls.map((poll) =>
        header(poll, "retry-after", "seconds or an HTTP date", (value) =>
          value === undefined ? false : Result.isSuccess(Headers.parseRetryAfter(value))
        )
      )
    }
  },
  {
    id: "status/retry-after-sensible",
    title: "Retry-After asks for a wait between a second and an hour",
    requirements: ["export#status-retry-after"],
    steps: ["status"],
    judge: (view) => {
      const polls = unfinished(view).filter((poll) => headerOf(poll, "retry-after") !== undefined)
      if (polls.length === 0) return notApplicable("no answer had Retry-After")
      return polls.map((poll) =>
        header(poll, "retry-after", "a second to an hour from then", (value) => {
          const wait = waitOf(value ?? "", Date.parse(poll.at))
          return wait !== undefined && wait > 0 && wait <= 3_600_000
        })
      )
    }
  },
  {
    id: "status/progress-climbs",
    title: "X-Progress never falls",
    requirements: ["TODAY-03"],
    steps: ["status"],
    judge: (view) => {
      const told = unfinished(view).filter((poll) => percentage(headerOf(poll, "x-progress")) !== undefined)
      if (told.length < 2) return notApplicable("fewer than two answers had a percentage")
      return told.slice(1).map((poll, index) => {
        const before = percentage(headerOf(told[index] ?? poll, "x-progress")) ?? 0
        return header(poll, "x-progress", `at least ${before}%`, (value) => (percentage(value) ?? 0) >= before)
      })
    }
  },
  {
    id: "status/progress-short",
    title: "X-Progress stays under 100 characters",
    requirements: ["export#status-xprogress"],
    steps: ["status"],
    judge: (view) => {
      const polls = unfinished(view).filter((poll) => headerOf(poll, "x-progress") !== undefined)
      if (polls.length === 0) return notApplicable("no answer had X-Progress")
      return polls.map((poll) =>
        header(poll, "x-progress", "under 100 characters", (value) => (value ?? "").length < longestProgress)
      )
    }
  },
  {
    id: "status/progress-percentage",
    title: "X-Progress tells how far the job is",
    requirements: ["SEED-29"],
    steps: ["status"],
    judge: (view) => {
      const polls = unfinished(view)
      if (polls.length === 0) return quick
      return polls.map((poll) => header(poll, "x-progress", "a percentage from 0 to 100, or Pending", progress))
    }
  },
  {
    id: "status/progress-literal",
    title: "X-Progress is written as the page shows it: In Progress, 80%",
    requirements: ["SEED-30"],
    steps: ["status"],
    judge: (view) => {
      const polls = unfinished(view).filter((poll) => headerOf(poll, "x-progress") !== "Pending")
      if (polls.length === 0) return notApplicable("no poll found the job in progress")
      return polls.map((poll) =>
        header(poll, "x-progress", "In Progress, N%", (value) => /^In Progress, \d{1,3}%$/.test(value ?? ""))
      )
    }
  },
  {
    id: "status/done",
    title: "When a job is done, its status is 200 with a manifest in JSON",
    requirements: ["export#status-get", "export#status-200", "export#status-ctype", "export#status-body", "SEED-28"],
    steps: ["status"],
    judge: (view) => {
      const done = finished(view)
      if ("excuse" in done) return done
      return [status(done, [200]), mediaType(done, ["application/json"]), oneDocument(done), noDoubledMember(done)]
    }
  },
  {
    id: "status/stays-done",
    title: "A job that is done stays done, with the same files",
    requirements: ["export#status-200", "SEED-28"],
    steps: ["status", "status-again"],
    judge: (view) => {
      const done = finished(view)
      if ("excuse" in done) return done
      if (done.response?.status !== 200) return blocked("the job did not end well")
      const again = view.one("status-again")
      if (again.response?.status === 429) return notRun("the server asks to come again later")
      const [before, after] = [urls(done), urls(again)]
      return [
        status(again, [200]),
        assertion(again, "body $.output", before, after, before === after),
        ...["transactionTime", "request"].map((name) => {
          const first = get(jsonOf(done), [name])
          return member(again, [name], String(first), (value) => value === first)
        })
      ]
    }
  },
  {
    id: "status/expires",
    title: "Expires tells until when the files can be fetched",
    requirements: ["export#status-expires"],
    steps: ["status"],
    judge: (view) => {
      const done = finished(view)
      if ("excuse" in done) return done
      const read = Headers.parseHttpDate(headerOf(done, "expires") ?? "")
      return [
        header(done, "expires", "an HTTP date", () => Result.isSuccess(read)),
        header(
          done,
          "expires",
          `a time after ${done.at}`,
          () => Result.isSuccess(read) && read.success.epochMilliseconds > Date.parse(done.at)
        )
      ]
    }
  },
  {
    id: "status/needs-token",
    title: "A job's status is not told without a token",
    requirements: ["export#sec-status-same-auth", "SEED-12"],
    steps: ["status-no-token"],
    judge: (view) => [refused(view.one("status-no-token"))]
  },
  {
    id: "status/unknown-job",
    title: "A job that does not exist is answered 404",
    requirements: ["export#status-error-code", "SEED-25"],
    steps: ["status-unknown-job"],
    judge: (view) => [status(view.one("status-unknown-job"), [404])]
  },
  {
    id: "status/unknown-job-explained",
    title: "The answer for a job that does not exist is an OperationOutcome",
    requirements: ["export#status-error-oo"],
    steps: ["status-unknown-job"],
    judge: (view) => {
      const answer = view.one("status-unknown-job")
      const type = headerOf(answer, "content-type") ?? "nothing"
      return [
        assertion(answer, "header content-type", "JSON", type, type.includes("json")),
        ...operationOutcome(answer)
      ]
    }
  },
  {
    id: "status/error-content-type",
    title: "An OperationOutcome about a job is sent as application/fhir+json",
    requirements: ["export#status-error-ctype"],
    steps: ["status-unknown-job"],
    judge: (view) => {
      const answer = view.one("status-unknown-job")
      return get(jsonOf(answer), ["resourceType"]) === "OperationOutcome"
        ? [mediaType(answer, ["application/fhir+json"])]
        : notApplicable("the answer is no OperationOutcome")
    }
  }
]
