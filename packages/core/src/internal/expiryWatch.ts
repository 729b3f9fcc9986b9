import { Clock, Effect } from "effect"
import type { ExportEvent } from "../ExportEvent.ts"

/** So many seconds before the server drops the files it is said at once, whatever the files so far took. */
const alarming = 15 * 60
/** So many files tell how long the others will take. */
const telling = 3

/**
 * Says once, by an `Expiring` event, when the files will not all be there before `expires` (ISO 8601). Looks at the clock at once, and
 * whenever `fileDone` is run: after every file.
 */
export const watchExpiry = Effect.fnUntraced(function* (options: {
  readonly files: number
  readonly expires: string | undefined
  readonly emit: (event: ExportEvent) => Effect.Effect<void>
}) {
  const { files, expires, emit } = options
  const startedAt = yield* Clock.currentTimeMillis
  let filesDone = 0
  let isSaid = false
  const look = Effect.gen(function* () {
    const filesLeft = files - filesDone
    if (expires === undefined || isSaid || filesLeft === 0) return
    const now = yield* Clock.currentTimeMillis
    const secondsLeft = (Date.parse(expires) - now) / 1000
    const secondsNeeded = filesDone === 0 ? undefined : ((now - startedAt) / 1000 / filesDone) * filesLeft
    const isLate = filesDone >= telling && secondsNeeded !== undefined && secondsNeeded > secondsLeft
    if (secondsLeft >= alarming && !isLate) return
    isSaid = true
    const needed = secondsNeeded === undefined ? {} : { secondsNeeded }
    yield* emit({ _tag: "Expiring", expires, secondsLeft, filesLeft, ...needed })
  })
  yield* look
  const fileDone = Effect.suspend(() => {
    filesDone++
    return look
  })
  return { fileDone }
})
