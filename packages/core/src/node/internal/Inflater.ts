import { createGunzip } from "node:zlib"
import { Effect, type Scope } from "effect"
import type { Inflater } from "../../internal/engine.ts"
import { outputBlock, releaseBlocks } from "./GunzipBlocks.ts"

/**
 * An inflater on node's thread pool that lives as long as its scope. It takes files of several members, as gzip allows: BCDA appends an empty one to every file it
 * has stored compressed. No bytes at all are not gzip.
 */
export const makeInflater: Effect.Effect<Inflater, never, Scope.Scope> = Effect.gen(function* () {
  const gunzip = yield* Effect.acquireRelease(
    Effect.sync(() => createGunzip({ chunkSize: outputBlock })),
    (gunzip) => Effect.sync(() => gunzip.destroy())
  )
  let ready: Array<Buffer> = []
  let started = false
  let failure: string | undefined
  let onFailure: ((detail: string) => void) | undefined
  gunzip.on("data", (block: Buffer) => ready.push(block))
  gunzip.on("error", (error) => {
    failure = error.message
    onFailure?.(error.message)
  })

  const takeReady = (): ReadonlyArray<Buffer> => {
    const taken = ready
    ready = []
    return taken
  }
  /** Waits for `start` to call back, or for the stream to fail: zlib drops the callback of a write that it fails on. */
  const settled = (start: (done: () => void) => void): Effect.Effect<ReadonlyArray<Buffer>, string> =>
    Effect.callback((resume) => {
      if (failure !== undefined) return resume(Effect.fail(failure))
      onFailure = (detail) => resume(Effect.fail(detail))
      start(() => resume(failure === undefined ? Effect.sync(takeReady) : Effect.fail(failure)))
    })

  return {
    push: (block) => {
      started ||= block.byteLength > 0
      return settled((done) => gunzip.write(block, done))
    },
    end: Effect.suspend(() =>
      started
        ? settled((done) => {
            gunzip.once("end", done)
            gunzip.end()
          })
        : Effect.fail("it is empty")
    ),
    release: releaseBlocks
  }
})
