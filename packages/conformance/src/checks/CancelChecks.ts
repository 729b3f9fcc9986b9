/** Cancelling a job. */
import { accepted, bodyless, operationOutcome, status } from "../Assertion.ts"
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
  }
]
