/**
 * An export in a process of its own, for tests that kill it or give it less than it wants: `node exportChild.ts BASE_URL DIRECTORY [auto]`.
 * Prints the receipt, or the name of the reason why there is none, with the lock that is in the way. With `auto`, of what is new since the last time.
 */
import { connect, ExportError } from "@bcda-kit/core/promise"

const [target = "", directory = "", since] = process.argv.slice(2)
const policy = { retry: { initial: 1, max: 5 }, poll: { initial: 1, max: 5 }, kickOff: { settle: 0 } }
await using bcda = connect({ target, credentials: { clientId: "an-id", clientSecret: "a-secret" }, policy })
try {
  const options = { directory, concurrency: 3 }
  console.log(JSON.stringify(await (since === "auto" ? bcda.exportSinceLast(options) : bcda.export(options))))
} catch (error) {
  const reason = error instanceof ExportError ? error.reason : undefined
  console.log(reason?._tag ?? error, ...(reason?._tag === "DirectoryBusy" ? [reason.lock] : []))
}
