import { once } from "node:events"
import type { IncomingMessage } from "node:http"
import { join } from "node:path"
import { type Bcda, connect, Sinks } from "@bcda-kit/core/promise"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { serve } from "../support/Loopback.ts"
import { all, credentials, rejection } from "../support/Promising.ts"
import { tempDirectory } from "../support/TempDirectory.ts"
import { until } from "../support/Waiting.ts"

/** Every call that sends something, with a signal; one that is forgotten here does not compile. */
const calls = (bcda: Bcda, url: string, directory: string) => {
  const file = { type: "Patient", url: `${url}/f` }
  const manifest = {
    transactionTime: "2026-01-01T00:00:00Z",
    request: "",
    requiresAccessToken: true,
    output: [file],
    error: []
  }
  return {
    export: (signal) => bcda.export({ directory, signal }),
    exportEvents: (signal) => all(bcda.exportEvents({ directory, signal })),
    exportSinceLast: (signal) => bcda.exportSinceLast({ directory: `${directory}-since`, signal }),
    exportSinceLastEvents: (signal) => all(bcda.exportSinceLastEvents({ directory: `${directory}-since`, signal })),
    exportToSink: (signal) => bcda.exportToSink({ sink: Sinks.memory().sink, signal }),
    resources: (signal) => all(bcda.resources({ signal })),
    resourcesOf: (signal) => all(bcda.resourcesOf(manifest, { signal })),
    resourcesOfFile: (signal) => all(bcda.resourcesOfFile(file, { signal })),
    forEachResource: (signal) => bcda.forEachResource({ signal }, () => undefined),
    kickOff: (signal) => bcda.kickOff({}, { signal }),
    findJob: (signal) => bcda.findJob({}, new Date().toISOString(), { signal }),
    status: (signal) => bcda.status("7", { signal }),
    follow: (signal) => all(bcda.follow("7", { signal })),
    open: (signal) => bcda.open(file.url, { signal }),
    saveFile: (signal) => bcda.saveFile({ ...file, part: `${directory}.part`, name: "f", gzip: "keep", signal }),
    jobs: (signal) => bcda.jobs({}, { signal }),
    cancel: (signal) => bcda.cancel("7", { signal }),
    attribution: (signal) => bcda.attribution({ signal }),
    metadata: (signal) => bcda.metadata({ signal }),
    token: (signal) => bcda.token({ signal })
  } satisfies Record<
    Exclude<keyof Bcda & string, "clientId" | "close" | "job" | "policy" | "target">,
    (signal: AbortSignal) => Promise<unknown>
  >
}

describe("a signal", () => {
  it.live("ends any call with its reason: before it has begun nothing is sent, later its connections are closed", () =>
    Effect.gen(function* () {
      const requests: Array<IncomingMessage> = []
      // It never answers.
      const server = yield* Effect.acquireDisposable(
        Effect.promise(() => serve((request) => void requests.push(request)))
      )
      const directory = join(yield* tempDirectory, "export")
      yield* Effect.promise(async () => {
        await using bcda = connect({ target: server.url, credentials })
        const reason = new Error("enough")
        const early = AbortSignal.abort(reason)
        for (const [name, call] of Object.entries(calls(bcda, server.url, directory))) {
          assert.strictEqual(await rejection(call(early)), reason, name)
        }
        assert.lengthOf(requests, 0)
        for (const [name, call] of Object.entries(calls(bcda, server.url, directory))) {
          const abort = new AbortController()
          const ended = rejection(call(abort.signal))
          await until(() => requests.length > 0)
          const closed = requests.filter(({ socket }) => !socket.closed).map(({ socket }) => once(socket, "close"))
          abort.abort(reason)
          assert.strictEqual(await ended, reason, name)
          await Promise.all(closed)
          requests.length = 0
        }
      })
    })
  )
})
