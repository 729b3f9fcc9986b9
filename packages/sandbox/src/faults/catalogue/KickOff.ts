import { Schema } from "effect"
import { empty, goJson, type Received, target, utf8 } from "../../internal/Http.ts"
import { jobStateAt } from "../../internal/Jobs.ts"
import { queryUnescape } from "../../internal/Query.ts"
import { hasToken } from "../Ask.ts"
import {
  headerOf,
  parametersOf,
  withBody,
  withHeader,
  withoutHeader,
  withoutParameter,
  withParameter,
  withStatus
} from "../Edit.ts"
import { type Changes, fault, faultWith, type Moment } from "../Fault.ts"
import { text, whole } from "../Option.ts"
import { withBehaviour } from "../Settings.ts"

const where = ["kick-off"] as const

/** Edits the answer that brings a job. */
const accepted = (change: (location: string, jobs: number) => string | undefined): Changes => ({
  reply: (reply, { world }) => {
    const location = reply.status === 202 ? headerOf(reply, "Content-Location") : undefined
    if (location === undefined) return reply
    const changed = change(location, [...world.jobs.all()].length)
    return changed === undefined
      ? withoutHeader(reply, "Content-Location")
      : withHeader(reply, "Content-Location", changed)
  }
})

const request = (change: (received: Received) => Received): Changes => ({ request: change })

const ignoring = (name: string) =>
  fault({
    title: `${name} is taken and has no effect`,
    where,
    strike: () => request((received) => withoutParameter(received, name))
  })

/** Edits the items of `_type`; without any left, the parameter goes. */
const types = (change: (items: ReadonlyArray<string>) => ReadonlyArray<string>): Changes =>
  request((received) => {
    const [first] = parametersOf(received, "_type")
    if (first === undefined) return received
    const items = change(first.split(/,|%2C/i))
    if (items.length === 0) return withoutParameter(received, "_type")
    return items.join(",") === first ? received : withParameter(received, "_type", items.join(","))
  })

/** Whether a job with the same address is waiting or running. */
const isUnderWay = ({ now, received, world }: Moment): boolean =>
  [...world.jobs.all()].some(
    (job) =>
      job.requestUrl.endsWith(target(received)) &&
      ["Pending", "In Progress"].includes(jobStateAt(job, now, world.behaviour).status)
  )

const known = ["Patient", "Coverage", "ExplanationOfBenefit", "Claim", "ClaimResponse"]

/** Starting a job. */
export const kickOffFaults = {
  "kick-off-200": fault({
    title: "the kick-off is answered with 200 instead of 202",
    where,
    strike: () => ({ reply: (reply) => (reply.status === 202 ? withStatus(reply, 200) : reply) })
  }),
  "content-location-missing": fault({
    title: "the kick-off does not say where the job is",
    where,
    strike: () => accepted(() => undefined)
  }),
  "content-location-relative": fault({
    title: "the address of the job is a path without a host",
    where,
    strike: () => accepted((location) => new URL(location).pathname)
  }),
  "content-location-elsewhere": faultWith(
    Schema.Struct({ origin: text("https://elsewhere.invalid", "where the job is said to be; no token may go there") }),
    {
      title: "the address of the job is on another host",
      where,
      strike: ({ origin }) => accepted((location) => `${origin}${new URL(location).pathname}`)
    }
  ),
  "content-location-other-version": fault({
    title: "the address of the job is of another API version",
    where,
    strike: () =>
      accepted((location) => location.replace(/\/api\/v(\d)\//, (_, version) => `/api/v${version === "3" ? 2 : 3}/`))
  }),
  "content-location-of-another-job": fault({
    title: "the address is the one of the job before, or of one that does not exist",
    where,
    strike: () => accepted((location, jobs) => location.replace(/\d+$/, String(jobs === 1 ? 2 : jobs - 1)))
  }),
  "kick-off-body": fault({
    kind: "variant",
    title: "the kick-off is answered with an OperationOutcome beside the address",
    where,
    strike: () => ({
      reply: (reply) =>
        reply.status === 202
          ? {
              ...withHeader(reply, "Content-Type", "application/fhir+json"),
              body: utf8(
                goJson({
                  resourceType: "OperationOutcome",
                  issue: [{ severity: "information", code: "informational", diagnostics: "The export has begun." }]
                })
              )
            }
          : reply
    })
  }),
  "kick-off-body-other": fault({
    title: "the kick-off is answered with JSON that is no OperationOutcome, beside the address",
    where,
    strike: () => ({
      reply: (reply) =>
        reply.status === 202
          ? withBody(withHeader(reply, "Content-Type", "application/json"), '{"status":"accepted"}')
          : reply
    })
  }),
  "any-output-format": fault({
    title: "every _outputFormat is taken, also those that nobody has",
    where,
    strike: () => request((received) => withoutParameter(received, "_outputFormat"))
  }),
  "only-long-output-format": fault({
    title: "only the long spelling of _outputFormat is known",
    where,
    strike: () =>
      request((received) => {
        const [format] = parametersOf(received, "_outputFormat")
        return format !== undefined && /^(?:ndjson|application(?:\/|%2F)ndjson)$/i.test(format)
          ? withParameter(received, "_outputFormat", "short")
          : received
      })
  }),
  "since-refused": fault({
    title: "every _since is refused",
    where,
    strike: () =>
      request((received) =>
        parametersOf(received, "_since").length === 0 ? received : withParameter(received, "_since", "never")
      )
  }),
  "since-ignored": ignoring("_since"),
  "any-since-accepted": fault({
    title: "a _since that is no instant is taken, and has no effect",
    where,
    strike: () =>
      request((received) =>
        parametersOf(received, "_since").every((value) => /^\d{4}-\d\d-\d\dT/.test(value))
          ? received
          : withoutParameter(received, "_since")
      )
  }),
  "future-since-accepted": fault({
    kind: "variant",
    title: "a _since in the future is taken, and finds nothing newer than now",
    where,
    strike: () => ({
      request: (received, { now }) => {
        const future = parametersOf(received, "_since").some(
          (value) => Date.parse(queryUnescape(value) ?? "") * 1000 > now
        )
        return future ? withParameter(received, "_since", new Date(now / 1000).toISOString()) : received
      }
    })
  }),
  "type-ignored": ignoring("_type"),
  "type-first-only": fault({
    title: "only the first item of _type counts",
    where,
    strike: () => types((items) => items.slice(0, 1))
  }),
  "types-missing-by-default": fault({
    title: "without _type only Patient is exported",
    where,
    strike: () =>
      request((received) =>
        parametersOf(received, "_type").length === 0 ? withParameter(received, "_type", "Patient") : received
      )
  }),
  "repeated-type-narrows": fault({
    title: "of several _type parameters only the first counts, as in BCDA",
    where,
    todayUnless: "repeated-type-merged",
    strike: () => ({
      request: (received, moment) => {
        const [first, ...more] = parametersOf(moment.received, "_type")
        return first === undefined || more.length === 0 ? received : withParameter(received, "_type", first)
      }
    })
  }),
  "repeated-type-merged": fault({
    kind: "variant",
    title: "several _type parameters are one list, as the IG wants it",
    where,
    strike: () =>
      request((received) => {
        const values = parametersOf(received, "_type")
        return values.length < 2 ? received : withParameter(received, "_type", values.join(","))
      })
  }),
  "unknown-type-accepted": fault({
    title: "types that do not exist are taken, and left out",
    where,
    strike: () => types((items) => items.filter((item) => known.includes(item)))
  }),
  "type-refused": faultWith(Schema.Struct({ type: text("Patient", "the type that is said not to exist") }), {
    title: "a type that exists is refused",
    where,
    strike: ({ type }) => types((items) => items.map((item) => (item === type ? `${type}s` : item)))
  }),
  "type-filter-ignored": ignoring("_typeFilter"),
  "elements-ignored": ignoring("_elements"),
  "any-group-accepted": fault({
    title: "every Group id is taken for all",
    where,
    strike: () =>
      request((received) => {
        const path = received.path.replace(/\/Group\/(?!all\/|runout\/)[^/]+\//, "/Group/all/")
        return path === received.path ? received : { ...received, path }
      })
  }),
  "accept-not-needed": fault({
    kind: "variant",
    title: "a missing Accept means application/fhir+json",
    where: ["kick-off", "jobs"],
    everywhere: true,
    strike: () =>
      request((received) =>
        headerOf(received, "Accept") === undefined ? withHeader(received, "Accept", "application/fhir+json") : received
      )
  }),
  "prefer-not-needed": fault({
    kind: "variant",
    title: "a missing Prefer means respond-async",
    where: ["kick-off", "jobs"],
    everywhere: true,
    strike: () =>
      request((received) =>
        headerOf(received, "Prefer") === undefined ? withHeader(received, "Prefer", "respond-async") : received
      )
  }),
  "dollar-encoded": fault({
    kind: "variant",
    title: "%24export is $export",
    where,
    strike: () =>
      request((received) => {
        const path = received.path.replace(/\/%24export$/, "/$export")
        return path === received.path ? received : { ...received, path }
      })
  }),
  "dollar-not-needed": fault({
    title: "export is an operation without its dollar sign too",
    where,
    strike: () =>
      request((received) => {
        const path = received.path.replace(/\/export$/, "/$export")
        return path === received.path ? received : { ...received, path }
      })
  }),
  "post-as-get": fault({
    title: "a POST is taken for a GET, and the Parameters that it brings along are not read",
    where,
    strike: () => request((received) => (received.method === "POST" ? { ...received, method: "GET" } : received))
  }),
  "same-job-put-off": faultWith(
    Schema.Struct({ retryAfter: text("5", "value of Retry-After, longer than the job runs") }),
    {
      kind: "variant",
      title: "429 for an export that is under way already, until the job is over",
      where,
      strike: ({ retryAfter }) => ({
        concerns: hasToken,
        instead: (moment) => (isUnderWay(moment) ? empty(429, [["Retry-After", retryAfter]]) : undefined)
      })
    }
  ),
  "same-job-put-off-for-no-time": fault({
    title: "429 for an export that is under way already, with a Retry-After of 0",
    where,
    strike: () => ({
      concerns: hasToken,
      instead: (moment) => (isUnderWay(moment) ? empty(429, [["Retry-After", "0"]]) : undefined),
      // also where somebody else says for how long
      reply: (reply, moment) =>
        reply.status === 429 && headerOf(reply, "Retry-After") !== "0" && isUnderWay(moment)
          ? withHeader(reply, "Retry-After", "0")
          : reply
    })
  }),
  "duplicate-job": faultWith(
    Schema.Struct({ retryAfter: text("0", "value of Retry-After, as it is sent; empty leaves it out") }),
    {
      title: "429 without a body: a job like this one is said to be running",
      where,
      strike: ({ retryAfter }) => ({
        concerns: hasToken,
        instead: () => empty(429, retryAfter === "" ? [] : [["Retry-After", retryAfter]])
      })
    }
  ),
  "several-files-per-type": faultWith(Schema.Struct({ people: whole(10, "people per file") }), {
    kind: "variant",
    title: "few people per file, so that every type has several files",
    where,
    strike: ({ people }) => ({
      world: withBehaviour({
        batchSizes: {
          Patient: people,
          Coverage: people,
          ExplanationOfBenefit: people,
          Claim: people,
          ClaimResponse: people
        }
      })
    })
  }),
  "kick-off-answer-lost": fault({
    title: "the job is started, and the connection ends before the answer",
    where,
    strike: () => ({ reply: (reply) => (reply.status === 202 ? { ...reply, lost: "closed" } : reply) })
  })
}
