// A program that has never heard of Effect.
import { connect, ExportError } from "@bcda-kit/core/promise"
import { startSandbox } from "@bcda-kit/sandbox/node"

await using sandbox = await startSandbox({ enrollees: 5, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
const target = sandbox.baseUrl
const policy = { poll: { initial: 10 } }

await using bcda = connect({
  target,
  policy,
  credentials: { clientId: "sandbox-small", clientSecret: "not-a-secret-small" }
})
const receipt = await bcda.export({ directory: "claims", request: { types: ["Patient"] } })

await using stranger = connect({ target, policy, credentials: { clientId: "sandbox-small", clientSecret: "wrong" } })
const reason = await stranger.export({ directory: "nothing" }).then(
  () => "none",
  (error: unknown) => (error instanceof ExportError ? error.reason._tag : "unknown")
)
console.log(JSON.stringify({ complete: receipt.complete, lines: receipt.totals.lines, reason }))
