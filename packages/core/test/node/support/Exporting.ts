/** What the tests of exports have in common: a small manifest of every kind of file, and runs against it. */

import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type ExportEvent, ExportRequest, type PolicyOptions, Receipt } from "@bcda-kit/core"
import { type ExportOptions, exportEvents, exportToDirectory } from "@bcda-kit/core/node"
import { Effect, Schema, Stream } from "effect"
import { type FakeBcda, type FakeFile, fakeBcda, lines } from "./FakeBcda.ts"
import { tempDirectory } from "./TempDirectory.ts"

export const outcome = (...severities: ReadonlyArray<string>) =>
  `${JSON.stringify({ issue: severities.map((severity) => ({ code: "processing", severity })), resourceType: "OperationOutcome" })}\n`

export const patients: FakeFile = { type: "Patient", name: "p.ndjson", content: lines("Patient", 300) }
export const claims1: FakeFile = {
  type: "ExplanationOfBenefit",
  name: "e1.ndjson",
  content: lines("ExplanationOfBenefit", 200)
}
export const claims2: FakeFile = {
  type: "ExplanationOfBenefit",
  name: "e2.ndjson",
  content: lines("ExplanationOfBenefit", 100)
}
export const warnings: FakeFile = {
  type: "OperationOutcome",
  name: "warnings-and-info.ndjson",
  section: "error",
  plain: true,
  content: outcome("warning")
}
export const errors: FakeFile = {
  type: "OperationOutcome",
  name: "e1-error.ndjson",
  section: "error",
  content: outcome("error", "information") + outcome("error") + outcome("fatal", "strange")
}
export const all = [patients, claims1, claims2, warnings, errors]

export const request = new ExportRequest({ scope: "all" })

/** A server, a directory that does not exist yet, and ways to export from the one into the other. */
export const setUp = Effect.fnUntraced(function* (files: ReadonlyArray<FakeFile> = all) {
  const fake = yield* fakeBcda(files)
  const directory = join(yield* tempDirectory, "export")
  const options = (more: Partial<ExportOptions> = {}): ExportOptions => ({ request, directory, ...more })
  const run = (more?: Partial<ExportOptions>, policy?: PolicyOptions) =>
    exportToDirectory(options(more)).pipe(Effect.provide(fake.client(policy)))
  const events = (more?: Partial<ExportOptions>) =>
    exportEvents(options(more)).pipe(Stream.runCollect, Effect.provide(fake.client()))
  return {
    fake,
    directory,
    run,
    events,
    /** The reason of a run that must fail. */
    reason: (more?: Partial<ExportOptions>, policy?: PolicyOptions) =>
      Effect.map(Effect.flip(run(more, policy)), ({ reason }) => reason)
  }
})

export const kickOffs = (fake: FakeBcda) => fake.requests.filter((request) => request.endsWith("/$export")).length
export const expired: FakeBcda["jobAnswer"] = (response) => response.writeHead(410).end()
export const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex")
export const readReceipt = (directory: string) =>
  Schema.decodeUnknownSync(Schema.fromJsonString(Receipt))(readFileSync(join(directory, "receipt.json"), "utf8"))
export const tags = (events: Iterable<ExportEvent>) => Array.from(events, ({ _tag }) => _tag)
