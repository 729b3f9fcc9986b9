/** Cancelling a job. */
import {
  accepted,
  assertion,
  bodyless,
  citing,
  errorStatus,
  get,
  jsonOf,
  list,
  operationOutcome,
  refused,
  status
} from "../Assertion.ts"
import { blocked, type Check, notRun, type View } from "../Check.ts"

/** A quick server may finish a job before anybody can cancel it; then there was nothing to judge. */
const finishedFirst = (view: View): boolean =>
  [404, 409, 410].includes(view.one("cancel").response?.status ?? 0) &&
  view.one("cancelled-status").response?.status === 200

const tooLate = notRun("the job had finished before it could be cancelled")

export const cancelChecks: ReadonlyArray<Check> = [
  {
    id: "cancel/accepted",
    title: "Cancelling an active job is answered 202",
    requirements: ["export#d-endpoint", "export#d-202", "SEED-54"],
    steps: ["cancel", "cancelled-status"],
    judge: (view) => (finishedFirst(view) ? tooLate : [status(view.one("cancel"), [202])])
  },
  {
    id: "cancel/body",
    title: "Beside the 202 there is no body, or an OperationOutcome",
    requirements: ["export#d-body"],
    steps: ["cancel", "cancelled-status"],
    judge: (view) => {
      if (finishedFirst(view)) return tooLate
      const cancel = view.one("cancel")
      return accepted(cancel) ? [bodyless(cancel)] : blocked("the job could not be cancelled")
    }
  },
  {
    id: "cancel/then-404",
    title: "The status of a cancelled job is 404 with an OperationOutcome",
    requirements: ["export#d-then-404"],
    steps: ["cancel", "cancelled-status"],
    judge: (view) => {
      if (finishedFirst(view)) return tooLate
      if ((view.one("cancel").response?.status ?? 0) >= 300) return blocked("the job could not be cancelled")
      const after = view.one("cancelled-status")
      return [status(after, [404]), ...operationOutcome(after)]
    }
  },
  {
    id: "cancel/stays-cancelled",
    title: "A job that was cancelled does not come back",
    requirements: ["export#d-then-404", "SEED-55"],
    steps: ["cancel", "cancelled-status", "cancelled-status-later"],
    judge: (view) => {
      if (finishedFirst(view)) return tooLate
      if (!accepted(view.one("cancel"))) return blocked("the job could not be cancelled")
      return [status(view.one("cancelled-status-later"), [404])]
    }
  },
  {
    id: "cancel/finished",
    title: "A finished job can be deleted, and then is gone; or it cannot, and then stays as it was",
    requirements: ["export#d-then-404", "export#d-error", "export#status-200", "TODAY-29"],
    steps: ["status-everything", "delete-finished", "deleted-status"],
    judge: (view) => {
      if (view.last("status-everything").response?.status !== 200)
        return blocked("the job without _type did not end well")
      const [answer, after] = [view.one("delete-finished"), view.one("deleted-status")]
      if (accepted(answer)) return citing(["export#d-then-404"], status(after, [404]), ...operationOutcome(after))
      return [
        ...citing(["export#d-error"], errorStatus(answer), ...operationOutcome(answer)),
        ...citing(["TODAY-29"], status(answer, [410])),
        ...citing(["export#status-200"], status(after, [200]))
      ]
    }
  },
  {
    id: "cancel/finished-file",
    title: "A file of a job that is deleted is what it was, or is refused; if the job stays, so does the file",
    requirements: ["export#f-200", "export#f-error"],
    steps: ["file-everything", "delete-finished", "deleted-file"],
    judge: (view) => {
      const after = view.one("deleted-file")
      const before = view.all("file-everything").find(({ request }) => request.url === after.request.url)
      if (before?.response?.status !== 200) return blocked("the file was not to be had before")
      const mayGo = accepted(view.one("delete-finished"))
      if (mayGo && !accepted(after)) return citing(["export#f-error"], errorStatus(after))
      const [expected, found] = [before, after].map(({ response }) =>
        response?.body.kind === "file" ? response.body.sha256 : "no file"
      )
      return citing(
        ["export#f-200"],
        status(after, [200]),
        assertion(after, "file sha256", expected ?? "no file", found, expected === found)
      )
    }
  },
  {
    id: "cancel/needs-token",
    title: "A job is not cancelled without a token",
    requirements: ["SEED-56"],
    steps: ["cancel-no-token"],
    judge: (view) => [refused(view.one("cancel-no-token"))]
  },
  {
    id: "cancel/again-refused",
    title: "A job that was cancelled cannot be cancelled again, and the answer says why",
    requirements: ["export#d-error"],
    steps: ["cancel", "cancelled-status", "cancel-again"],
    judge: (view) => {
      if (finishedFirst(view)) return tooLate
      if (!accepted(view.one("cancel"))) return blocked("the job could not be cancelled")
      const again = view.one("cancel-again")
      return [errorStatus(again), ...operationOutcome(again)]
    }
  },
  {
    id: "cancel/unknown-refused",
    title: "A job that does not exist cannot be cancelled, and the answer says why",
    requirements: ["export#d-error"],
    steps: ["cancel-unknown-job"],
    judge: (view) => [errorStatus(view.one("cancel-unknown-job")), ...operationOutcome(view.one("cancel-unknown-job"))]
  },
  {
    id: "cancel/listed",
    title: "The list of jobs shows that the job was cancelled",
    requirements: ["SEED-55"],
    steps: ["cancel", "cancelled-status", "jobs-cancelled"],
    judge: (view) => {
      if (finishedFirst(view)) return tooLate
      if (!accepted(view.one("cancel"))) return blocked("the job could not be cancelled")
      const jobs = view.one("jobs-cancelled")
      const number = view.one("cancel").request.url.split("/").at(-1)
      const own = list(jsonOf(jobs), ["entry"]).find(
        (entry) => get(entry, ["resource", "identifier", 0, "value"]) === number
      )
      const state = get(own, ["resource", "status"])
      return [assertion(jobs, `body $.entry[${number}].resource.status`, "cancelled", state, state === "cancelled")]
    }
  }
]
