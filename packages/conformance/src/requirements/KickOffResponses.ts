/** What a kick-off is answered. */
import type { Requirement } from "../Requirement.ts"
import { rowsFor } from "./Rows.ts"
import { stu2 } from "./Sources.ts"

const { may, shall, should } = rowsFor("kick-off")

const success = stu2("export", "Response - Success")
const error = stu2("export", "Response - Error (e.g., unsupported search parameter)")

export const kickOffResponses: ReadonlyArray<Requirement> = [
  shall("export#kickoff-202", success, "A kick-off that succeeds is answered 202."),
  shall("export#kickoff-content-location", success, "Content-Location holds the job's status URL, which is absolute."),
  may("export#kickoff-body", success, "A body beside the 202, if there is one, is an OperationOutcome."),
  shall("export#kickoff-error-code", error, "A kick-off that fails is answered 4XX or 5XX."),
  shall("export#kickoff-error-oo", error, "The body of a failed kick-off is an OperationOutcome in JSON."),
  should("export#kickoff-429", error, "A client with too many exports under way is answered 429 with Retry-After.")
]
