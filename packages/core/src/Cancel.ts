import { Effect } from "effect"
import { CancelError, type CancelReason, JobNotFound, NotCancellable } from "./Errors.ts"
import { refusal } from "./internal/classify.ts"
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
          Effect.filterOrFail(
            (answer) => answer.status >= 200 && answer.status < 300,
            (answer) => reasonOf(answer, jobId)
          ),
          // A second DELETE after one that got through would be told that there is nothing to cancel.
          Effect.retry(schedules.refused(session.policy))
        )
      )
    },
    Effect.mapError((reason: CancelReason) => new CancelError({ reason }))
  )

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
