import {
  ConnectionLost,
  type DataSource,
  type FaultInstruction,
  type FileStore,
  memoryFileStore
} from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { basic, complete, exportHeaders, type Kit, makeKit, memberOf } from "../Support.ts"

const metadata = "/api/v3/metadata"

/** A finished v3 job with its files, and faults that begin only then. */
const finished = Effect.fnUntraced(function* (
  faults: ReadonlyArray<FaultInstruction>,
  options: Parameters<typeof makeKit>[0] = {}
) {
  const kit = yield* makeKit(options)
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

  it.effect.each<[line: number, struck: number]>([
    [1, 1],
    [99, 99],
    [100, 100],
    [101, 100],
    [9999, 100]
  ])("in a file of 100 lines: line %i is line %i", ([line, expected]) =>
    Effect.gen(function* () {
      const { get } = yield* finished([{ fault: "line-not-object", where: "file", line }])
      const lines = (yield* get("Patient")).text.trimEnd().split("\n")
      assert.lengthOf(lines, 100)
      assert.deepStrictEqual(
        lines.flatMap((text, index) => (text.startsWith("[") ? [index + 1] : [])),
        [expected]
      )
    })
  )

  it.effect("in a file: letters of several bytes stay whole, wherever a chunk ends", () =>
    Effect.gen(function* () {
      const text = "ä€😀".repeat(7)
      const data: DataSource = {
        plan: () => [
          {
            type: "Patient",
            people: 1,
            *lines() {
              for (let index = 0; index < 20_000; index++) yield `{"id":"${index * index}","text":"${text}"}`
            }
          }
        ]
      }
      const { get, kit } = yield* finished([], { data })
      const healthy = (yield* get("Patient")).text
      yield* kit.sandbox.faults.set([{ fault: "file-crlf" }])
      const changed = (yield* get("Patient")).text
      assert.isTrue(changed.replaceAll("\r\n", "\n") === healthy)
      assert.isAbove(healthy.length, 500_000)
    })
  )

  it.effect("in a file: it is changed once, however many fetch it, and only for those whom it concerns", () =>
    Effect.gen(function* () {
      const memory = memoryFileStore()
      const names: Array<string> = []
      const store: FileStore = {
        ...memory,
        write: (job, name, encoding, content) => {
          names.push(name)
          return memory.write(job, name, encoding, content)
        }
      }
      const { get, kit } = yield* finished([{ fault: "file-crlf" }], { store })
      const before = names.length
      const all = yield* Effect.all([get("Patient"), get("Patient"), get("Patient")], { concurrency: 3 })
      assert.lengthOf(new Set(all.map(({ text }) => text)), 1)
      assert.lengthOf(names, before + 1)
      const [plain] = all
      yield* kit.sandbox.faults.set([{ fault: "gzip-differs" }])
      yield* get("Patient", { "accept-encoding": "gzip" })
      assert.strictEqual((yield* get("Patient")).text, plain?.text.replaceAll("\r", ""))
      const [only] = yield* kit.sandbox.faults.list
      assert.deepStrictEqual([only?.seen, only?.struck], [1, 1])
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
  it.effect("a poll is one request, whatever answers it", () =>
    Effect.gen(function* () {
      const { authorization, job, kit } = yield* finished([])
      const poll = kit.send(job, { authorization })
      const { text } = yield* poll
      const both = ["status", "manifest"] as const
      yield* kit.sandbox.faults.set([{ fault: "two-documents", where: both }])
      assert.strictEqual((yield* poll).text, text + text)
      yield* kit.sandbox.faults.set([{ fault: "two-documents", where: both, when: { nth: 2 } }])
      assert.deepStrictEqual([(yield* poll).text, (yield* poll).text], [text, text + text])
      yield* kit.sandbox.faults.set([{ fault: "unavailable", where: "any", when: { nth: 2 } }])
      assert.deepStrictEqual([(yield* poll).status, (yield* kit.send(metadata)).status], [200, 503])
    })
  )

  it.effect("the order is the one in which they were set, also when the answer tells the place", () =>
    Effect.gen(function* () {
      const { authorization, job, kit } = yield* finished([
        { fault: "json-truncated", where: "manifest" },
        { fault: "two-documents", where: "status" }
      ])
      const { text } = yield* kit.send(job, { authorization })
      assert.strictEqual(text.slice(0, text.length / 2), text.slice(text.length / 2))
    })
  )

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

describe("faults that wait for the body to be read", () => {
  it.effect("are taken by the request that came first, and given back by one that leaves too early", () =>
    Effect.gen(function* () {
      const { authorization, kit, url } = yield* finished([{ fault: "cut", bytes: 300, times: 1 }])
      const first = yield* kit.response(url("Patient"), { authorization })
      const whole = yield* kit.send(url("Patient"), { authorization })
      assert.isAbove(whole.text.length, 300)
      yield* Effect.promise(async () => first.body?.cancel())
      assert.deepStrictEqual(yield* struck(kit), [0])
      const cut = yield* kit.response(url("Patient"), { authorization })
      assert.instanceOf(yield* Effect.promise(() => cut.text().catch((cause: unknown) => cause)), ConnectionLost)
      assert.deepStrictEqual(yield* struck(kit), [1])
    })
  )

  it.effect("end when the reader leaves, before, while and after they wait", () =>
    Effect.gen(function* () {
      const { authorization, kit, url } = yield* finished([{ fault: "stalled", bytes: 0 }])
      const { pathname } = new URL(url("Patient"))
      const answer = kit.sandbox.answer({
        method: "GET",
        path: pathname,
        query: "",
        scheme: "https",
        host: "bcda.test",
        headers: [["Authorization", authorization]]
      })
      const open = Effect.map(answer, ({ body }) => {
        if (body instanceof Uint8Array) throw new Error("a stalled body is none that is at hand")
        return body[Symbol.asyncIterator]()
      })
      const before = yield* open
      yield* Effect.promise(async () => before.return?.())
      const during = yield* open
      const reading = during.next()
      yield* Effect.promise(async () => during.return?.())
      assert.isTrue((yield* Effect.promise(() => reading)).done)
      yield* kit.sandbox.faults.set([{ fault: "stalled", bytes: 0 }])
      const after = yield* open
      const stuck = after.next()
      while ((yield* struck(kit))[0] !== 1) {
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      }
      yield* Effect.promise(async () => after.return?.())
      assert.isTrue((yield* Effect.promise(() => stuck)).done)
    })
  )
})

describe("answers that are not of the kind that a fault is about", () => {
  it.effect("stay as they are", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const authorization = yield* kit.bearer()
      const refused = kit.send("/api/v3/jobs", { authorization })
      const { text } = yield* refused
      yield* kit.sandbox.faults.set([{ fault: "jobs-not-bundle" }])
      assert.strictEqual((yield* refused).text, text)
      assert.deepStrictEqual(yield* struck(kit), [0])
    })
  )

  it.effect("headers that a fault takes away stay away, over TLS too", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ faults: [{ fault: "token-cacheable" }] })
      const [first] = kit.sandbox.credentials
      const login = basic(first?.clientId ?? "", first?.clientSecret ?? "")
      const { headers, status } = yield* kit.send("/auth/token", { authorization: login }, "POST")
      assert.deepStrictEqual([status, headers.get("cache-control"), headers.get("pragma")], [200, null, null])
      assert.isNotNull(headers.get("strict-transport-security"))
    })
  )
})
