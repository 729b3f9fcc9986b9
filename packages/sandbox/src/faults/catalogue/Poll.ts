import { Effect, Fiber, Schema } from "effect"
import { empty, type Reply } from "../../internal/Http.ts"
import { versionOfPath } from "../../internal/Judge.ts"
import { outcome } from "../../internal/OperationOutcome.ts"
import { hour, second } from "../../internal/Time.ts"
import { hasToken } from "../Ask.ts"
import { headerOf, withHeader, withoutHeader, withStatus } from "../Edit.ts"
import { type Changes, fault, faultWith, type Moment } from "../Fault.ts"
import { whole } from "../Option.ts"
import { withBehaviour, withBugs } from "../Settings.ts"

/** Edits the answer of a poll that has to be repeated. */
const pending = (change: (reply: Reply, moment: Moment) => Reply): Changes => ({
  reply: (reply, moment) => (reply.status === 202 ? change(reply, moment) : reply)
})

const retryAfter = (kind: "fault" | "variant", title: string, value: (moment: Moment) => string) =>
  fault({
    kind,
    title,
    where: ["status"],
    strike: () => pending((reply, moment) => withHeader(reply, "Retry-After", value(moment)))
  })

const httpDate = ({ now }: Moment, seconds: number): string => new Date(now / 1000 + seconds * 1000).toUTCString()

const xProgress = (kind: "fault" | "variant", title: string, value: (before: string, moment: Moment) => string) =>
  fault({
    kind,
    title,
    where: ["status"],
    strike: () =>
      pending((reply, moment) => withHeader(reply, "X-Progress", value(headerOf(reply, "X-Progress") ?? "", moment)))
  })

const stillRunning = empty(202, [["X-Progress", "In Progress (50%)"]])

/** Following a job. */
export const pollFaults = {
  "retry-after-seconds": retryAfter("variant", "a poll that has to be repeated says in how many seconds", () => "2"),
  "retry-after-date": retryAfter("variant", "a poll that has to be repeated says when, as an HTTP date", (moment) =>
    httpDate(moment, 2)
  ),
  "retry-after-zero": retryAfter("fault", "Retry-After of a poll is 0", () => "0"),
  "retry-after-two-hours": retryAfter("fault", "Retry-After of a poll is 7200", () => "7200"),
  "retry-after-negative": retryAfter("fault", "Retry-After of a poll is negative", () => "-5"),
  "retry-after-past": retryAfter("fault", "Retry-After of a poll is an HTTP date that has passed", (moment) =>
    httpDate(moment, -3600)
  ),
  "retry-after-far": retryAfter("fault", "Retry-After of a poll is an HTTP date in a month", (moment) =>
    httpDate(moment, 30 * 24 * 3600)
  ),
  "retry-after-garbage": retryAfter("fault", "Retry-After of a poll is neither a number nor a date", () => "soon"),
  "retry-after-missing": fault({
    title: "a poll does not say when to come again, as in BCDA",
    where: ["status"],
    todayUnless: "retry-after-seconds",
    strike: () => pending((reply) => withoutHeader(reply, "Retry-After"))
  }),
  "x-progress-long": xProgress("fault", "X-Progress is longer than 100 characters", (before) =>
    before.padEnd(101, ".")
  ),
  "x-progress-back": xProgress(
    "fault",
    "the percentage of X-Progress falls from poll to poll",
    (_, { seen }) => `In Progress (${Math.max(0, 100 - 20 * seen)}%)`
  ),
  "x-progress-over-100": xProgress("fault", "X-Progress says 150 per cent", () => "In Progress (150%)"),
  "x-progress-without-number": xProgress("fault", "X-Progress has no percentage", () => "In Progress"),
  "x-progress-page-spelling": xProgress(
    "variant",
    "X-Progress is spelled as on the access page, In Progress, 80%",
    (_, { seen }) => `In Progress, ${Math.min(99, 20 * seen)}%`
  ),
  "x-progress-climbing": fault({
    kind: "variant",
    title: "the percentage of X-Progress climbs with every finished file",
    where: ["status"],
    strike: () => ({ world: withBugs("fixed", "frozen-progress") })
  }),
  "x-progress-missing": fault({
    kind: "variant",
    title: "a poll that has to be repeated has no X-Progress",
    where: ["status"],
    strike: () => pending((reply) => withoutHeader(reply, "X-Progress"))
  }),
  "ready-at-first-poll": fault({
    kind: "variant",
    title: "a job is ready when it is first asked for",
    where: ["kick-off", "status"],
    everywhere: true,
    strike: () => ({
      world: (world, { place }) =>
        place === "kick-off" ? { ...world, pace: { pendingMillis: 0, perSubJobMillis: 0 } } : world,
      before: ({ job }) => (job?.writer === undefined ? Effect.void : Effect.asVoid(Fiber.await(job.writer)))
    })
  }),
  "running-204": fault({
    title: "a poll that has to be repeated is answered with 204 instead of 202",
    where: ["status"],
    strike: () => pending((reply) => withStatus(reply, 204))
  }),
  "pending-after-ready": fault({
    title: "202 for the second poll of a job that is ready",
    where: ["manifest"],
    strike: () => {
      const polls = new Map<number | undefined, number>()
      return {
        reply: (reply, { job }) => {
          const count = (polls.get(job?.id) ?? 0) + 1
          polls.set(job?.id, count)
          return count === 2 ? stillRunning : reply
        }
      }
    }
  }),
  "never-ready": fault({
    title: "a job that is done is said to be running, for ever",
    where: ["manifest"],
    strike: () => ({ reply: () => stillRunning })
  }),
  "status-of-another-job": fault({
    title: "a poll is answered with the state of the job before",
    where: ["status"],
    strike: () => ({
      request: (received, { job, world }) => {
        const other = job === undefined ? undefined : world.jobs.find(job.id - 1)
        const mine = other !== undefined && other.persona.cmsId === job?.persona.cmsId
        return mine ? { ...received, path: received.path.replace(/\d+$/, String(other.id)) } : received
      }
    })
  }),
  "unknown-job-accepted": fault({
    title: "202 for a job that does not exist",
    where: ["status"],
    strike: () => ({ reply: (reply, { job }) => (job === undefined && reply.status === 404 ? stillRunning : reply) })
  }),
  "poll-fails-for-a-while": fault({
    title: "500 for a poll, though the job is well",
    where: ["status"],
    strike: () => ({
      concerns: hasToken,
      instead: ({ received }) => outcome(versionOfPath(received.path), 500, "exception", "Internal Error")
    })
  }),
  "polled-too-often": faultWith(
    Schema.Struct({ seconds: whole(5, "least number of seconds between two polls of a job") }),
    {
      kind: "variant",
      title: "429 with Retry-After for a poll that comes too soon after the last one",
      where: ["status"],
      strike: ({ seconds }) => {
        const last = new Map<number, number>()
        return {
          instead: ({ job, now, received }) => {
            if (job === undefined) return undefined
            const wait = (last.get(job.id) ?? Number.NEGATIVE_INFINITY) + seconds * second - now
            if (wait <= 0) {
              // Refused ones do not count, or who comes when the refusal says would be refused for ever.
              last.set(job.id, now)
              return undefined
            }
            const reply = outcome(versionOfPath(received.path), 429, "exception", "too many status requests")
            return withHeader(reply, "Retry-After", String(Math.ceil(wait / second)))
          }
        }
      }
    }
  ),
  "job-dies-with-token": fault({
    title: "a job fails when the life of a token has passed since its kick-off",
    where: ["status"],
    strike: () => ({
      reply: (reply, { job, now, received, world }) =>
        job !== undefined && now - job.createdAt >= world.behaviour.tokenSeconds * second && reply.status < 300
          ? outcome(
              versionOfPath(received.path),
              500,
              "exception",
              "Service encountered numerous errors. Job failed to complete."
            )
          : reply
    })
  }),
  "jobs-expire-early": fault({
    title: "a finished job is over after one hour instead of 24",
    where: ["any"],
    strike: () => ({ world: withBehaviour({ archiveHours: 1 }) })
  }),
  "jobs-never-expire": fault({
    title: "a finished job and its files stay for ever",
    where: ["any"],
    strike: () => ({ world: withBehaviour({ archiveHours: 1_000_000 }) })
  }),
  "files-expire-early": fault({
    title: "files are gone one hour after the job was done, though their job is not over",
    where: ["file", "error-file"],
    everywhere: true,
    strike: () => ({
      instead: ({ job, now, received }) =>
        job?.writtenAt !== undefined && now >= job.writtenAt + hour
          ? outcome(versionOfPath(received.path), 404, "not-found")
          : undefined
    })
  })
}
