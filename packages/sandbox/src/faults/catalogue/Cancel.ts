import { empty, type Reply } from "../../internal/Http.ts"
import { type JobStatus, jobStateAt } from "../../internal/Jobs.ts"
import { versionOfPath } from "../../internal/Judge.ts"
import { outcome } from "../../internal/OperationOutcome.ts"
import { hasToken } from "../Ask.ts"
import { withBody, withHeader, withStatus } from "../Edit.ts"
import { fault, type Moment } from "../Fault.ts"

const where = ["cancel"] as const

const accepted = empty(202)

/** Whether the job is in one of these states. */
const isIn = ({ job, now, world }: Moment, ...states: ReadonlyArray<JobStatus>): boolean =>
  job !== undefined && states.includes(jobStateAt(job, now, world.behaviour).status)

const notFound = (path: string, message = ""): Reply => outcome(versionOfPath(path), 404, "not-found", message)

/** Cancelling a job. */
export const cancelFaults = {
  "cancel-200": fault({
    title: "the DELETE of a running job is answered with 200 instead of 202",
    where,
    strike: () => ({ reply: (reply) => (reply.status === 202 ? withStatus(reply, 200) : reply) })
  }),
  "cancel-body-other": fault({
    title: "the DELETE of a running job is answered with JSON that is no OperationOutcome",
    where,
    strike: () => ({
      reply: (reply) =>
        reply.status === 202
          ? withBody(withHeader(reply, "Content-Type", "application/json"), '{"status":"cancelled"}')
          : reply
    })
  }),
  "unknown-cancel-accepted": fault({
    title: "202 for the DELETE of a job that does not exist",
    where,
    strike: () => ({ reply: (reply, { job }) => (reply.status === 404 && job === undefined ? accepted : reply) })
  }),
  "cancel-does-nothing": fault({
    title: "202 for the DELETE, and the job runs on",
    where,
    strike: () => ({
      concerns: (moment) => hasToken(moment) && isIn(moment, "Pending", "In Progress"),
      instead: () => accepted
    })
  }),
  "cancel-of-pending-refused": fault({
    title: "a job that has not begun cannot be cancelled",
    where,
    strike: () => ({
      concerns: (moment) => hasToken(moment) && isIn(moment, "Pending"),
      instead: ({ received }) =>
        outcome(versionOfPath(received.path), 410, "not-found", "job was not cancelled because it is not In Progress")
    })
  }),
  "second-cancel-accepted": fault({
    title: "202 for the DELETE of a job that has been cancelled before",
    where,
    strike: () => ({
      reply: (reply, { job }) => (reply.status === 410 && job?.cancelledAt !== undefined ? accepted : reply)
    })
  }),
  "second-cancel-404": fault({
    kind: "variant",
    title: "404 for the DELETE of a job that has been cancelled before, as the IG wants it",
    where,
    strike: () => ({
      reply: (reply, { job, received }) =>
        reply.status === 410 && job?.cancelledAt !== undefined
          ? notFound(received.path, "Job has been cancelled.")
          : reply
    })
  }),
  "status-after-cancel": fault({
    title: "a cancelled job is said to be running",
    where: ["status"],
    strike: () => ({
      reply: (reply, { job }) =>
        reply.status === 404 && job?.cancelledAt !== undefined
          ? empty(202, [["X-Progress", "In Progress (50%)"]])
          : reply
    })
  }),
  "status-after-cancel-410": fault({
    title: "410 instead of 404 for a cancelled job",
    where: ["status"],
    strike: () => ({
      reply: (reply, { job }) =>
        reply.status === 404 && job?.cancelledAt !== undefined ? withStatus(reply, 410) : reply
    })
  }),
  "finished-job-deleted": fault({
    kind: "variant",
    title: "a finished job can be deleted: 202, then 404 for its status; its files live on",
    where: ["cancel", "status"],
    everywhere: true,
    strike: () => {
      const deleted = new Set<number>()
      return {
        reply: (reply, { job, place, received }) => {
          if (job === undefined) return reply
          if (place === "status")
            return deleted.has(job.id) ? notFound(received.path, "Job has been cancelled.") : reply
          if (reply.status !== 410 || job.cancelledAt !== undefined || job.writtenAt === undefined) return reply
          if (deleted.has(job.id)) return notFound(received.path)
          deleted.add(job.id)
          return accepted
        }
      }
    }
  }),
  "finished-delete-ignored": fault({
    title: "202 for the DELETE of a finished job, which stays as it was",
    where,
    strike: () => ({
      reply: (reply, { job }) => (reply.status === 410 && job?.cancelledAt === undefined ? accepted : reply)
    })
  }),
  "finished-delete-half": fault({
    title: "410 for the DELETE of a finished job, and its files are gone all the same",
    where: ["cancel", "file"],
    everywhere: true,
    strike: () => {
      const halved = new Set<number>()
      return {
        reply: (reply, { job, place, received }) => {
          if (job === undefined) return reply
          if (place === "file") return halved.has(job.id) ? notFound(received.path) : reply
          if (reply.status === 410 && job.cancelledAt === undefined) halved.add(job.id)
          return reply
        }
      }
    }
  })
}
