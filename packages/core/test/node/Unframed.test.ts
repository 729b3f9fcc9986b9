import { BcdaClient, Target } from "@bcda-kit/core"
import { NodeTransport } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result, Stream } from "effect"
import { serveRaw } from "./support/Loopback.ts"

const line = '{"resourceType":"Patient"}\n'

/** Reads a file of two lines that has no length and is not in chunks; only its first line is there. */
const read = Effect.fnUntraced(function* (unframed?: "accept" | "refuse") {
  const server = yield* Effect.acquireDisposable(
    Effect.promise(() => serveRaw((socket) => socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${line}`)))
  )
  const target = Result.getOrThrow(Target.fromUrl(server.url, { auth: "none" }))
  const client = BcdaClient.layer({ target, policy: { unframed } }).pipe(Layer.provide(NodeTransport.layer))
  return yield* Effect.flatMap(BcdaClient, (bcda) =>
    Effect.flatMap(bcda.open(`${server.url}/a.ndjson`), ({ body }) => Stream.mkUint8Array(body))
  ).pipe(Effect.provide(client))
})

describe("a file of which nobody says where it ends", () => {
  it.live("is refused before anything of it is taken", () =>
    Effect.gen(function* () {
      const { reason } = yield* Effect.flip(read())
      assert.strictEqual(reason._tag, "Malformed")
      assert.include(reason.message, "a.ndjson comes without a length and not in chunks")
    })
  )

  it.live("is taken as it comes by who accepts that", () =>
    Effect.gen(function* () {
      assert.strictEqual(Buffer.from(yield* read("accept")).toString(), line)
    })
  )
})
