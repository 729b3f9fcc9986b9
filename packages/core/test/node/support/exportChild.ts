/** An export in a process of its own, for tests that kill it: `node exportChild.ts BASE_URL DIRECTORY`; prints the receipt. */
import { connect } from "@bcda-kit/core/promise"

const [target = "", directory = ""] = process.argv.slice(2)
await using bcda = connect({ target, credentials: { clientId: "an-id", clientSecret: "a-secret" } })
console.log(JSON.stringify(await bcda.export({ directory, concurrency: 3 })))
