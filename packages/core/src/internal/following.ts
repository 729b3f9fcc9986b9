/** The way from a job to its manifest. */
import { Data, DateTime, Effect, Result, Stream } from "effect"
import { BcdaClient } from "../BcdaClient.ts"
import { ExportError } from "../Errors.ts"
import type { JobRef } from "../JobRef.ts"
import { JobState } from "../JobState.ts"
import { CannotResume, Malformed } from "../Reasons.ts"
import type { Emit } from "./downloads.ts"
import { asExportError, fromStep } from "./exportErrors.ts"
import { parseTimestamp } from "./instants.ts"
import { filesOf, strangeIn, type Wanted } from "./manifestRules.ts"
import type { KnownManifest, Place } from "./place.ts"

/** Where a job has led to: its manifest, and what was wanted, with the job that it was in the end. */
export interface Goal {
  readonly wanted: Wanted
  readonly known: KnownManifest
}

/** The job is not the export's own: the server does not know it, or what it gives answers something else. */
class Astray extends Data.TaggedError("Astray")<{
  readonly error: ExportError
  readonly jobId: string
  readonly detail: string
}> {}

/**
 * Follows a place's job until there is a manifest to go by, and notes that. If the server has named a job that is not the export's own, its
 * list of jobs tells which one it must have meant; that one is noted and followed in its place, once, unless it was the caller who named it.
 */
export const followToManifest = (
  place: Place,
  wanted: Wanted,
  options: {
    readonly emit: Emit
    /** The caller wants this job and no other. */
    readonly isNamed: boolean
    /** Told of a job that takes the place of the wanted one. */
    readonly onMeant: (job: JobRef) => void
  }
): Effect.Effect<Goal, ExportError, BcdaClient> => {
  const { emit, isNamed, onMeant } = options
  const goal = (wanted: Wanted) => Effect.map(manifestOf(place, wanted, emit), (known): Goal => ({ wanted, known }))
  return goal(wanted).pipe(
    Effect.catchTag("Astray", (astray) =>
      Effect.gen(function* () {
        const job = isNamed ? undefined : yield* findMeant(wanted)
        if (job === undefined) return yield* astray
        onMeant(job)
        yield* place.kickedOff(job)
        yield* emit({ _tag: "Adopted", job })
        return yield* goal({ ...wanted, job })
      })
    ),
    Effect.mapError((error) => {
      if (error._tag === "ExportError") return place.job === undefined ? error : orLost(place, error)
      const { detail, jobId } = error
      // It was so before, or the job that was noted was never this export's: to ask once more would not help.
      return place.job === undefined
        ? error.error
        : new ExportError({ reason: new CannotResume({ directory: place.path, jobId, detail }) })
    })
  )
}

const manifestOf = Effect.fnUntraced(function* (
  place: Place,
  wanted: Wanted,
  emit: Emit
): Effect.fn.Return<KnownManifest, ExportError | Astray, BcdaClient> {
  const client = yield* BcdaClient
  const { jobId } = wanted.job
  let known: KnownManifest | undefined
  const onState = JobState.match({
    Pending: ({ _tag, ...more }) => emit({ _tag: "Waiting", state: "pending", ...more }),
    InProgress: ({ _tag, ...more }) => emit({ _tag: "Waiting", state: "in-progress", ...more }),
    Completed: (completed) => Effect.sync(() => void (known = completed))
  })
  yield* Stream.runForEach(client.follow(wanted.job), onState).pipe(
    fromStep,
    Effect.mapError((error) =>
      error.reason._tag === "JobNotFound" ? new Astray({ error, jobId, detail: error.reason.message }) : error
    )
  )
  if (known === undefined) return yield* new ExportError({ reason: new Malformed({ detail: "no manifest" }) })
  const detail = strangeIn(known.manifest, wanted)
  if (detail !== undefined) {
    return yield* new Astray({ error: new ExportError({ reason: new Malformed({ detail }) }), jobId, detail })
  }
  yield* Effect.fromResult(filesOf(known.manifest, wanted)).pipe(asExportError)
  yield* place.completed(known)
  return known
})

/** Another job than the wanted one, that exports exactly the same and was started when it was; nothing where there is no list. */
const findMeant = Effect.fnUntraced(function* ({ job, request }: Wanted) {
  const client = yield* BcdaClient
  const millis = parseTimestamp(job.kickedOffAt ?? "")
  if (millis === undefined) return undefined
  const found = yield* Effect.result(client.findJob(request, DateTime.formatIso(DateTime.makeUnsafe(millis))))
  return Result.isSuccess(found) && found.success?.statusUrl !== job.statusUrl ? found.success : undefined
})

/** The error of a run, or the one that says that its job is lost for good, if that is what it means. */
export const orLost = ({ path }: Place, error: ExportError): ExportError => {
  const { reason } = error
  return reason._tag === "JobFailed" ||
    reason._tag === "JobExpired" ||
    reason._tag === "JobCancelled" ||
    reason._tag === "JobNotFound"
    ? new ExportError({ reason: new CannotResume({ directory: path, jobId: reason.jobId, detail: reason.message }) })
    : error
}
