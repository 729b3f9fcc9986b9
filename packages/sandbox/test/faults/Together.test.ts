import { ConnectionLost, type FaultInstruction } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { complete, exportHeaders, type Kit, makeKit, memberOf } from "../Support.ts"

const metadata = "/api/v3/metadata"

/** A finished v3 job with its files, and faults that begin only then. */
const finished = Effect.fnUntraced(function* (faults: ReadonlyArray<FaultInstruction>) {
  const kit = yield* makeKit()
  const authorization = yield* kit.bearer()
  const job = yield* kit.start("/api/v3/Group/all/$export?_type=Patient,Coverage,ExplanationOfBenefit", authorization)
  yield* complete(kit)
  const { text } = yield* kit.send(job, { authorization })
  const files = new Map(
    [...text.matchAll(/"type":"(\w+)","url":"([^"]*)"/g)].map(([, type = "", url = ""]) => [type, url] as const)
  )
  yield* kit.sandbox.faults.set(faults)
  const get = (type: string, headers: Record<string, string> = {}) =>
    kit.send(files.get(type) ?? "", { authorization, ...headers })
  return { kit, job, authorization, get, url: (type: string) => files.get(type) ?? "" }
})

const struck = ({ sandbox }: Kit) => Effect.map(sandbox.faults.list, (all) => all.map((one) => one.struck))

describe("several faults", () => {
  it.effect("in a file: each works on what the one before it made, and lengths and ranges fit the result", () =>
    Effect.gen(function* () {
      const { get, kit } = yield* finished([])
      const { headers, text } = yield* get("OperationOutcome")
      yield* kit.sandbox.faults.set([
        { fault: "file-crlf", where: "error-file" },
        { fault: "file-bom", where: "error-file" },
        { fault: "content-type-json", where: "error-file" }
      ])
      const changed = yield* get("OperationOutcome")
      // `text()` drops the mark that a body begins with.
      assert.strictEqual(changed.text, text.replace("\n", "\r\n"))
      assert.strictEqual(Number(changed.headers.get("content-length")), Number(headers.get("content-length")) + 4)
      assert.strictEqual(changed.headers.get("content-type"), "application/json")
      const part = yield* get("OperationOutcome", { range: "bytes=0-2" })
      assert.strictEqual(part.headers.get("content-range"), `bytes 0-2/${changed.headers.get("content-length")}`)
      assert.deepStrictEqual(yield* struck(kit), [2, 2, 2])
    })
  )

  it.effect("in one answer: status, headers and body add up", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({
        faults: [
          { fault: "metadata-retired" },
          { fault: "json-bom", where: "metadata" },
          { fault: "metadata-fhir-json" }
        ]
      })
      const response = yield* kit.response(metadata)
      const bytes = yield* Effect.promise(() => response.arrayBuffer())
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
      assert.match(text, /^\uFEFF\{"resourceType":"CapabilityStatement","status":"retired"/)
      assert.strictEqual(response.headers.get("content-type"), "application/fhir+json")
    })
  )

  it.effect("in front of BCDA: the first one answers, the others wait for their turn", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({
        faults: [
          { fault: "throttled", where: "metadata", times: 1 },
          { fault: "unavailable", where: "metadata", times: 1 }
        ]
      })
      const statuses = yield* Effect.forEach([1, 2, 3], () => Effect.map(kit.send(metadata), ({ status }) => status))
      assert.deepStrictEqual(statuses, [429, 503, 200])
      assert.deepStrictEqual(yield* struck(kit), [1, 1])
    })
  )

  it.effect("in a request: BCDA judges what all of them left, and the manifest echoes what came", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ faults: [{ fault: "any-output-format" }, { fault: "type-first-only" }] })
      const authorization = yield* kit.bearer()
      const path = "/api/v3/Group/all/$export?_type=Patient,Coverage&_outputFormat=csv"
      const job = yield* kit.start(path, authorization)
      yield* complete(kit)
      const { text } = yield* kit.send(job, { authorization })
      assert.isTrue(String(memberOf(text, "request")).endsWith(path))
      assert.include(text, '"type":"Patient"')
      assert.notInclude(text, '"type":"Coverage"')
    })
  )
})

describe("places", () => {
  it.effect("manifest is the poll that is answered with one; status is every poll", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ faults: [{ fault: "throttled", where: "manifest" }] })
      const authorization = yield* kit.bearer()
      const job = yield* kit.start("/api/v3/Group/all/$export?_type=Patient", authorization)
      const poll = Effect.map(kit.send(job, { authorization }), ({ status }) => status)
      assert.strictEqual(yield* poll, 202)
      yield* complete(kit)
      assert.strictEqual(yield* poll, 429)
      yield* kit.sandbox.faults.set([{ fault: "throttled", where: "status", when: { nth: 2 } }])
      assert.deepStrictEqual([yield* poll, yield* poll, yield* poll], [200, 429, 200])
    })
  )

  it.effect("without a place it is the first one of the fault, or all of them when it needs all", () =>
    Effect.gen(function* () {
      const { get, kit } = yield* finished([{ fault: "content-type-json" }])
      assert.strictEqual((yield* get("Patient")).headers.get("content-type"), "application/json")
      assert.strictEqual((yield* get("OperationOutcome")).headers.get("content-type"), "application/fhir+ndjson")
      yield* kit.sandbox.faults.set([{ fault: "content-type-json", where: ["file", "error-file"] }])
      assert.strictEqual((yield* get("OperationOutcome")).headers.get("content-type"), "application/json")
      yield* kit.sandbox.faults.set([{ fault: "bearer-any-case" }])
      const authorization = (yield* kit.bearer()).toLowerCase().slice(0, 7) + (yield* kit.bearer()).slice(7)
      assert.strictEqual((yield* kit.send("/api/v3/jobs", exportHeaders(authorization))).status, 200)
      assert.strictEqual((yield* kit.send("/api/v3/attribution_status", { authorization })).status, 200)
    })
  )

  it.effect("files can be told by their type", () =>
    Effect.gen(function* () {
      const { get, kit } = yield* finished([{ fault: "file-gone", when: { type: "Coverage" } }])
      assert.deepStrictEqual([(yield* get("Patient")).status, (yield* get("Coverage")).status], [200, 404])
      const [only] = yield* kit.sandbox.faults.list
      assert.deepStrictEqual([only?.seen, only?.struck], [1, 1])
    })
  )

  it.effect("files are of the version of their job", () =>
    Effect.gen(function* () {
      const { get, kit } = yield* finished([{ fault: "file-gone", when: { version: "v2" } }])
      assert.strictEqual((yield* get("Patient")).status, 200)
      yield* kit.sandbox.faults.set([{ fault: "file-gone", when: { version: "v3" } }])
      assert.strictEqual((yield* get("Patient")).status, 404)
    })
  )
})

describe("behind fetch and msw", () => {
  it.effect("a connection that is lost before an answer is a network error, one in the middle fails the body", () =>
    Effect.gen(function* () {
      const { authorization, kit, url } = yield* finished([
        { fault: "closed", when: { nth: 1 } },
        { fault: "cut", bytes: 30, when: { nth: 2 } }
      ])
      const lost = yield* kit.response(url("Patient"), { authorization })
      assert.strictEqual(lost.type, "error")
      const cut = yield* kit.response(url("Patient"), { authorization })
      const failure = yield* Effect.promise(() => cut.text().catch((cause: unknown) => cause))
      assert.instanceOf(failure, ConnectionLost)
      assert.deepStrictEqual(yield* struck(kit), [1, 1])
    })
  )
})
