import { Effect, type Scope } from "effect"
import { DownloadError } from "../../Errors.ts"
import { asDownloadError, type Copy, type CopyOptions, type Outlet, refused, type Source } from "../../internal/copy.ts"
import { type CopyThread, type Heard, threadForFile } from "./CopyThreads.ts"
import { reasonOfCode } from "./Files.ts"
import type { ThreadFile } from "./ThreadCopy.ts"

/** Where a copy goes that another thread makes. */
export interface ThreadOutlet extends Pick<Outlet, "whole" | "writeWire"> {
  /** Open at `path`, for longer than the copy. */
  readonly fd: number
  readonly path: string
}

/** So many bytes of the wire may be on their way to a thread before more are read. */
const underWay = 512 * 1024

/**
 * Begins a copy whose bytes another thread inflates, proves and writes: the same as `makeCopy`, out of the way of everything else. Gives `undefined` where that
 * cannot be: there are no threads, or the caller looks at the lines himself.
 */
export const makeThreadedCopy = Effect.fnUntraced(function* (
  { lines, limits, name, refuseEmpty = false }: CopyOptions,
  source: Source,
  { fd, path, whole, writeWire }: ThreadOutlet
): Effect.fn.Return<Copy | undefined, DownloadError, Scope.Scope> {
  if (lines === undefined) return undefined
  const thread = yield* Effect.promise(threadForFile)
  if (thread === undefined) return undefined
  const { contentEncoding, kept } = source
  const file: ThreadFile = { fd, contentEncoding, kept, ...lines, limits, refuseEmpty }
  const sent = yield* Effect.acquireRelease(
    Effect.sync(() => new SentFile(thread, file)),
    (sent) => sent.dropped
  )
  let wireBytes = 0
  let isSound = true

  /** Fails if that was the last word of the file, and a bad one. */
  const verdict = Effect.suspend((): Effect.Effect<void, DownloadError> => {
    const { last } = sent
    if (last?.is === "died") return Effect.die(last.error)
    if (last?.is === "failed") return Effect.fail(new DownloadError({ reason: reasonOfCode(path, last.code) }))
    if (last?.is !== "fault") return Effect.void
    isSound = false
    return Effect.fail(refused(name, last.fault))
  })

  return {
    ...source,
    wireBytes: () => wireBytes,
    bytes: () => sent.bytes,
    isSound: () => isSound,
    take: Effect.fnUntraced(function* (block) {
      wireBytes += block.byteLength
      if (writeWire !== undefined) yield* writeWire(block).pipe(asDownloadError)
      sent.take(block)
      yield* sent.until(() => sent.given - sent.taken <= underWay)
      yield* verdict
    }),
    // Not all that came has been given: a full disk may have been in the way.
    settled: Effect.andThen(
      sent.until(() => sent.taken === sent.given),
      verdict
    ),
    end: Effect.gen(function* () {
      sent.end()
      yield* sent.until(() => false)
      yield* verdict
      if (sent.last?.is !== "whole") return yield* Effect.die(new Error(`${name} was given up before its end`))
      const { file } = sent.last
      if (whole !== undefined) yield* whole(file).pipe(asDownloadError)
      return file
    })
  }
})

/** A file in another thread, and what is known of it here. */
class SentFile {
  /** So many bytes of the wire have been sent there. */
  given = 0
  /** So many of them are done with. */
  taken = 0
  /** Plain ones. */
  bytes = 0
  /** After this, the thread does nothing more with it. */
  last: Exclude<Heard, { readonly is: "taken" }> | undefined
  private readonly thread: CopyThread
  private readonly id: number
  private wake: () => void = () => undefined

  constructor(thread: CopyThread, file: ThreadFile) {
    this.thread = thread
    this.id = thread.begin(file, (heard) => {
      if (heard.is === "taken" || heard.is === "whole") this.bytes = heard.bytes
      if (heard.is === "taken") this.taken += heard.wireBytes
      else this.last = heard
      this.wake()
    })
  }

  /** Sends a copy: the block itself may be a part of something larger, or of interest to somebody else. */
  take(block: Uint8Array): void {
    this.given += block.byteLength
    this.thread.take(this.id, Uint8Array.from(block))
  }

  end(): void {
    this.thread.end(this.id)
  }

  /** Waits until something is so, or the last word has been heard. */
  until(isSo: () => boolean): Effect.Effect<void> {
    return Effect.callback((resume) => {
      this.wake = () => {
        if (this.last === undefined && !isSo()) return
        this.wake = () => undefined
        resume(Effect.void)
      }
      this.wake()
    })
  }

  /** Gives the file up, and waits until nothing more is written. After its last word nothing is. */
  readonly dropped: Effect.Effect<void> = Effect.callback((resume) => {
    this.wake = () => {
      if (this.last === undefined) return
      this.thread.forget(this.id)
      resume(Effect.void)
    }
    if (this.last === undefined) this.thread.drop(this.id)
    this.wake()
  })
}
