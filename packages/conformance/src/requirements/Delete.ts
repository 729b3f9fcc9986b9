/** Cancelling a job. */
import type { Requirement } from "../Requirement.ts"
import { editions, permission, rowsFor } from "./Rows.ts"
import { stu2 } from "./Sources.ts"

const { may, shall } = rowsFor("cancel")
const from2 = { igVersions: editions.fromStu2 }

const deleting = stu2("export", "Bulk Data Delete Request")
const success = stu2("export", "Response - Success", 1)

export const deleteRows: ReadonlyArray<Requirement> = [
  shall("export#d-endpoint", stu2("export", "Endpoint"), "A job is cancelled by a DELETE on its status URL."),
  shall("export#d-202", success, "A job that is cancelled is answered 202."),
  may("export#d-body", success, "A body beside the 202 of a cancelled job, if there is one, is an OperationOutcome."),
  may("export#d-done-signal", deleting, "A DELETE on a finished job may free its files.", {
    ...from2,
    ...permission("A server may keep the files, or refuse to cancel what is done.")
  }),
  shall("export#d-then-404", deleting, "After that the status URL answers 404 with an OperationOutcome.", from2),
  shall(
    "export#d-error",
    stu2("export", "Response - Error Status"),
    "A DELETE that fails is answered 4XX or 5XX with an OperationOutcome."
  )
]
