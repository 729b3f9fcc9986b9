// What the READMEs show to people who use Effect, in one program.
import { judge, outcomeOf } from "@bcda-kit/conformance"
import { BcdaClient, Credentials, ExportRequest, Target } from "@bcda-kit/core"
import { exportToDirectory, NodeTransport } from "@bcda-kit/core/node"
import { serve } from "@bcda-kit/sandbox/node"
import { Duration, Effect, Layer, Result, Stream } from "effect"

const pace = { pendingMillis: 0, perSubJobMillis: 0 }
const credentials = Credentials.of("sandbox-small", "not-a-secret-small")

const program = Effect.gen(function* () {
  const { baseUrl } = yield* serve({ enrollees: 5, pace })
  const target = Result.getOrThrow(Target.fromUrl(baseUrl))
  const bcda = BcdaClient.layer({ target, credentials, policy: { poll: { initial: "10 millis" } } })
  const receipt = yield* exportToDirectory({
    request: new ExportRequest({ scope: "all", types: ["Patient"] }),
    directory: "claims"
  }).pipe(Effect.provide(bcda))
  const lines = yield* Stream.runCollect(
    judge({ target, credentials, only: ["metadata"], pace: { initial: Duration.millis(10) } })
  )
  return { complete: receipt.complete, lines: receipt.totals.lines, judged: outcomeOf(lines).exitCode }
})

const told = await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(Layer.fresh(NodeTransport.layer))))
console.log(JSON.stringify(told))
