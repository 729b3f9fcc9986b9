import { connect } from "@bcda-kit/core/promise"
import type { Asked, Told } from "../suites/Transfer.ts"

// An export as a program of our users would run it, from the kick-off to the receipt; what it took is told on stdout.
const { baseUrl, concurrency, directory, gzip, verify }: Asked = JSON.parse(process.argv[2] ?? "{}")
const started = performance.now()
await using bcda = connect({ target: baseUrl, credentials: { clientId: "fixture", clientSecret: "not-a-secret" } })
const receipt = await bcda.export({ directory, gzip, verify, concurrency })
const told: Told = {
  seconds: (performance.now() - started) / 1e3,
  startUp: started / 1e3,
  bytes: receipt.totals.bytes,
  complete: receipt.complete
}
console.log(JSON.stringify(told))
