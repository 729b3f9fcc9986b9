/**
 * An export in a process of its own, for tests that kill it or give it less than it wants: `node exportChild.ts BASE_URL DIRECTORY`. Prints
 * the receipt, or the name of the reason why there is none.
 */
import { connect, ExportError } from "@bcda-kit/core/promise"

const [target = "", directory = ""] = process.argv.slice(2)
const policy = { retry: { initial: 1, max: 5 }, poll: { initial: 1, max: 5 }, kickOff: { settle: 0 } }
await using bcda = connect({ target, credentials: { clientId: "an-id", clientSecret: "a-secret" }, policy })
try {
  console.log(JSON.stringify(await bcda.export({ directory, concurrency: 3 })))
} catch (error) {
  console.log(error instanceof ExportError ? error.reason._tag : error)
}
