import { Effect } from "effect"
import { CancelError, type CancelReason, JobNotFound, NotCancellable } from "./Errors.ts"
import { isBeforeAll, refusal } from "./internal/classify.ts"
import type { Answer } from "./internal/exchange.ts"
import * as schedules from "./internal/schedules.ts"
import { fhir, type Session } from "./internal/session.ts"
import type { JobRef } from "./JobRef.ts"
import * as OperationOutcome from "./OperationOutcome.ts"

/** @internal */
export const makeCancel = (session: Session, toRef: (id: string) => JobRef) =>
  Effect.fn("BcdaClient.cancel")(
    function* (job: JobRef | string) {
      const { jobId, statusUrl } = typeof job === "string" ? toRef(job) : job
      yield* Effect.annotateCurrentSpan({ "bcda.job.id": jobId })
      yield* session.withBearer({ method: "DELETE", url: statusUrl, headers: fhir }, (request) =>
        session.exchange.send(request).pipe(
          Effect.filterOrFail(isAccepted, (answer) => reasonOf(answer, jobId)),
          // A second DELETE after one that got through would be told that there is nothing to cancel.
          Effect.retry(schedules.refused(session.policy, session.target.isBcda ? isBeforeAll : undefined))
        )
      )
    },
    Effect.mapError((reason: CancelReason) => new CancelError({ reason }))
  )

/** A page of something in front of the server, or an error with the wrong status, has cancelled nothing. */
const isAccepted = ({ status, text }: Answer): boolean => {
  if (status < 200 || status >= 300) return false
  const { issues } = OperationOutcome.parse(text)
  const isGood =
    issues.length > 0 && issues.every(({ severity }) => severity === "information" || severity === "warning")
  return text.trim() === "" || isGood
}

/** BCDA: 410 for a job that is over, 404 with two outcomes for an archived one, 404 with one for an unknown one. */
const reasonOf = (answer: Answer, jobId: string): CancelReason => {
  const { issues, documents, text } = OperationOutcome.parse(answer.text)
  const over = new NotCancellable({ jobId, ...(text !== "" && { diagnostics: text }) })
  if (answer.status === 410) return over
  if (answer.status === 404 && issues.length > 0) {
    return documents > 1 && issues.at(-1)?.code !== "forbidden" ? over : new JobNotFound({ jobId })
  }
  return refusal(answer)
}
