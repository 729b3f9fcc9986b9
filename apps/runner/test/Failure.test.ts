import {
  BadCredentials,
  CannotResume,
  CutShort,
  DirectoryMismatch,
  DiskFull,
  ExportError,
  type ExportReason,
  JobFailed,
  ServerFault,
  Throttled,
  Unreachable
} from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { fromCore } from "../src/Failure.ts"

const cases: ReadonlyArray<readonly [ExportReason, before: number, after: number]> = [
  [new Unreachable({ detail: "refused", sent: false }), 3, 5],
  [new ServerFault({ status: 503 }), 3, 5],
  [new Throttled({}), 3, 5],
  [new BadCredentials({ status: 401 }), 3, 3],
  [new JobFailed({ jobId: "1" }), 3, 3],
  [new CannotResume({ directory: "d", jobId: "1", detail: "gone" }), 3, 3],
  [new DirectoryMismatch({ directory: "d", detail: "another request" }), 2, 2],
  [new DiskFull({ path: "d" }), 2, 5],
  [new CutShort({ file: "f", got: 1 }), 3, 5]
]

describe("the exit code of a failed export", () => {
  it.for(cases)("%s: %d before there is a job, %d after", ([reason, before, after]) => {
    const error = new ExportError({ reason })
    assert.strictEqual(fromCore(error).exitCode, before)
    assert.strictEqual(fromCore(error, { jobIsKnown: true }).exitCode, after)
  })
})
