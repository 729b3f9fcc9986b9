import * as Core from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"

const file = "a.ndjson"
const jobId = "42"
const samples: ReadonlyArray<Core.ExportReason> = [
  new Core.NoCredentials(),
  new Core.NoCredentials({ need: "key" }),
  new Core.BadKey({ detail: "d" }),
  new Core.NoTokenEndpoint({ detail: "d" }),
  new Core.NotOffered({ what: "a list of jobs" }),
  new Core.InvalidRequest({ detail: "d" }),
  new Core.ForeignOrigin({ origin: "https://o.example" }),
  new Core.Unreachable({ detail: "d", sent: false }),
  new Core.Redirected({ status: 302, origin: "https://o.example" }),
  new Core.BadCredentials({ status: 401 }),
  new Core.BadCredentials({ status: 400, detail: "invalid_client" }),
  new Core.Unauthorized({ status: 401, detail: "" }),
  new Core.Forbidden({ status: 403, detail: "d" }),
  new Core.Throttled({}),
  new Core.Throttled({ retryAfterSeconds: 1.5 }),
  new Core.TokenCap({ retryAfterSeconds: 300 }),
  new Core.TokenCap({ retryAfterSeconds: 12.5, own: true }),
  new Core.Rejected({ status: 404, diagnostics: "" }),
  new Core.ServerFault({ status: 500 }),
  new Core.Malformed({ detail: "d" }),
  new Core.DuplicateJob({ retryAfterSeconds: 0 }),
  new Core.DuplicateJob({ running: ["41", "42"] }),
  new Core.JobFailed({ jobId }),
  new Core.JobExpired({ jobId, stage: "archived" }),
  new Core.JobCancelled({ jobId }),
  new Core.JobNotFound({ jobId }),
  new Core.GaveUp({ jobId, afterSeconds: 86_400 }),
  new Core.FileGone({ file, status: 404 }),
  new Core.CutShort({ file, got: 3, expected: 5 }),
  new Core.Stalled({ file, got: 3, afterSeconds: 60 }),
  new Core.Stalled({ file, got: 3, afterSeconds: 60, came: 2 }),
  new Core.WrongRange({ file, detail: "d" }),
  new Core.LimitExceeded({ file, limit: "files", most: 3 }),
  new Core.StartUnknown({ directory: "d", at: "2026-01-01T00:00:00Z", detail: "d" }),
  new Core.BadGzip({ file, detail: "d" }),
  new Core.BadLine({ file, line: 3, detail: "d" }),
  new Core.FileChanged({ file, lines: 3 }),
  new Core.SchemaMismatch({ file, line: 3, detail: "id is missing" }),
  new Core.SinkFailed({ sink: "s", detail: "d" }),
  new Core.UnsafeName({ name: "??" }),
  new Core.DiskFull({ path: "p" }),
  new Core.FileSystem({ code: "EACCES", path: "p" }),
  new Core.DirectoryMismatch({ directory: "d", detail: "d" }),
  new Core.DirectoryBusy({ directory: "d", holder: "h", lock: "l" }),
  new Core.JournalUnreadable({ path: "p", line: 1, detail: "d" }),
  new Core.CannotResume({ directory: "d", jobId, detail: "d" }),
  new Core.WatermarkUnreadable({ path: "p", detail: "d" })
]

describe("reasons", () => {
  it("are all here", () => {
    const tags = new Set(Core.ExportReason.members.map((member) => member.identifier))
    assert.deepStrictEqual([...tags].toSorted(), [...new Set(samples.map(({ _tag }) => _tag))].toSorted())
  })

  for (const reason of samples) {
    it(`${reason._tag} says what happened and what to do`, () => {
      assert.match(reason.message, /^\S.{10,}$/)
      assert.match(reason.next, /^\S.{10,}\.$/)
      assert.notMatch(`${reason.message} ${reason.next}`, /undefined|NaN|: $|\[object/)
    })
    it(`${reason._tag} survives being stored, inside the error of an export`, () => {
      const error = new Core.ExportError({ reason })
      assert.strictEqual(error.message, reason.message)
      const json = JSON.stringify(Schema.encodeSync(Core.ExportError)(error))
      const again = Schema.decodeUnknownSync(Schema.fromJsonString(Core.ExportError))(json)
      assert.strictEqual(again.reason._tag, reason._tag)
      assert.strictEqual(again.message, error.message)
    })
  }
})

describe("plain values", () => {
  it("of every step survive being stored", () => {
    const job = new Core.JobRef({ jobId, statusUrl: "https://h/api/v3/jobs/42", apiVersion: "v3" })
    const events: ReadonlyArray<Core.ExportEvent> = [
      { _tag: "KickedOff", job },
      { _tag: "Waiting", state: "in-progress", percent: 80 },
      { _tag: "ManifestReceived", files: 2, transactionTime: "2026-08-22T19:02:15.123456Z" }
    ]
    const codec = Schema.fromJsonString(Schema.toCodecJson(Schema.Array(Core.ExportEvent)))
    assert.deepStrictEqual(Schema.decodeUnknownSync(codec)(Schema.encodeSync(codec)(events)), events)
    const policy = Schema.fromJsonString(Schema.toCodecJson(Core.Policy))
    assert.deepStrictEqual(
      Schema.decodeUnknownSync(policy)(Schema.encodeSync(policy)(Core.defaultPolicy)),
      Core.defaultPolicy
    )
  })
})
