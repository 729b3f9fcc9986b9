import {
  BadCredentials,
  CannotResume,
  CutShort,
  DirectoryMismatch,
  DiskFull,
  DuplicateJob,
  ExportError,
  type ExportReason,
  InvalidRequest,
  JobExpired,
  JobFailed,
  Rejected,
  ServerFault,
  StartUnknown,
  Throttled,
  Unreachable,
  WatermarkUnreadable
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
  [new WatermarkUnreadable({ path: "p", detail: "d" }), 2, 2],
  [new InvalidRequest({ detail: "d" }), 2, 2],
  [new DuplicateJob({}), 3, 5],
  [new StartUnknown({ directory: "d", at: "2026-01-01T00:00:00Z", detail: "d" }), 3, 5],
  [new JobExpired({ jobId: "1", stage: "expired" }), 3, 3],
  [new CutShort({ file: "f", got: 1 }), 3, 5]
]

describe("the exit code of a failed export", () => {
  it.for(cases)("%s: %d before there is a job, %d after", ([reason, before, after]) => {
    const error = new ExportError({ reason })
    assert.strictEqual(fromCore(error).exitCode, before)
    assert.strictEqual(fromCore(error, { jobIsKnown: true }).exitCode, after)
  })
})

const nextOf = (reason: ExportReason) => fromCore(new ExportError({ reason })).next

describe("what to do next", () => {
  it.for<readonly [ExportReason, RegExp]>([
    [new Rejected({ status: 404, diagnostics: "... No up-to-date attribution information is available" }), /January/],
    [new Rejected({ status: 404, diagnostics: "runout data is no longer available. ..." }), /180 days.*--group all/],
    [new Rejected({ status: 404, diagnostics: "else" }), /attribution status/],
    [new DuplicateJob({}), /--adopt/],
    [new DuplicateJob({ running: ["1"] }), /cannot be adopted/],
    [new StartUnknown({ directory: "d", at: "2026-01-01T00:00:00Z", detail: "d" }), /--start-again/]
  ])("%s", ([reason, next]) => {
    assert.match(nextOf(reason), next)
  })
})
