import { createHash } from "node:crypto"
import { gunzipSync, gzipSync, inflateRawSync } from "node:zlib"
import { type DataSource, memoryFileStore } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { complete, type Kit, makeKit, memberOf, origin, outcomeText } from "./Support.ts"

/** Go's empty gzip member: header, an empty stored block, checksum and length of nothing. */
const emptyMember = Buffer.from("1f8b08000000000000ff010000ffff0000000000000000", "hex")

const content = '{"id":"-1","resourceType":"Patient"}\n{"id":"-2","resourceType":"Patient"}\n'
const data: DataSource = {
  plan: ({ types }) => types.map((type) => ({ type, people: 2, lines: () => content.trimEnd().split("\n") }))
}

const urlsOf = (manifest: string, list: "output" | "error"): ReadonlyArray<string> => {
  const items = memberOf(manifest, list)
  return Array.isArray(items) ? items.map((item) => String(memberOf(JSON.stringify(item), "url"))) : []
}

const bytesOf = (response: Response) => Effect.promise(async () => Buffer.from(await response.arrayBuffer()))

/** So much, and so varied, that it does not fit Go's buffer of 2048 bytes even when it is compressed. */
const longLines = Array.from({ length: 300 }, (_, id) =>
  JSON.stringify({ id: createHash("sha256").update(String(id)).digest("hex"), resourceType: "Patient" })
)
const longContent = `${longLines.join("\n")}\n`
const long: DataSource = { plan: () => [{ type: "Patient", people: 300, lines: () => longLines }] }

/** A completed v3 export, the paths of its first data file and of its warning file. */
const exported = Effect.fnUntraced(function* (kit: Kit) {
  const authorization = yield* kit.bearer()
  const job = yield* kit.start("/api/v3/Patient/$export?_type=Patient,ExplanationOfBenefit", authorization)
  yield* complete(kit)
  const manifest = yield* kit.send(job, { authorization })
  const path = (list: "output" | "error") => (urlsOf(manifest.text, list)[0] ?? "").slice(origin.length)
  const get = (headers: Record<string, string> = {}) => kit.response(path("output"), { authorization, ...headers })
  const getWarning = (headers: Record<string, string> = {}) =>
    kit.response(path("error"), { authorization, ...headers })
  return { authorization, get, getWarning, path: path("output") }
})

describe("GET /data/{job}/{file}", () => {
  const sizes = [
    { size: "short", data, content, lengths: true },
    { size: "long", data: long, content: longContent, lengths: false }
  ]

  it.effect.each(sizes)("inflates for a client without gzip: no date, no ranges ($size)", (file) =>
    Effect.gen(function* () {
      const { get } = yield* exported(yield* makeKit({ data: file.data }))
      for (const acceptEncoding of ["identity", "*", "deflate"]) {
        const response = yield* get({ "accept-encoding": acceptEncoding, range: "bytes=0-3" })
        assert.strictEqual(response.status, 200)
        assert.strictEqual(response.headers.get("content-type"), "application/fhir+ndjson")
        for (const name of ["content-encoding", "last-modified", "accept-ranges"]) {
          assert.isNull(response.headers.get(name), name)
        }
        // What fits Go's buffer has a length; everything else goes out in chunks.
        assert.strictEqual(response.headers.get("content-length"), file.lengths ? String(content.length) : null)
        assert.strictEqual((yield* bytesOf(response)).toString(), file.content)
      }
    })
  )

  it.effect.each(sizes)("sends the stored gzip and an empty member behind it ($size)", (wanted) =>
    Effect.gen(function* () {
      const { get } = yield* exported(yield* makeKit({ data: wanted.data }))
      for (const acceptEncoding of ["gzip", "gzip;q=0", "deflate, gzip, br"]) {
        const response = yield* get({ "accept-encoding": acceptEncoding })
        assert.strictEqual(response.headers.get("content-encoding"), "gzip")
        assert.strictEqual(response.headers.get("accept-ranges"), "bytes")
        assert.strictEqual(response.headers.get("last-modified"), "Tue, 06 Oct 2026 10:00:00 GMT")
        const bytes = yield* bytesOf(response)
        assert.strictEqual(response.headers.get("content-length"), wanted.lengths ? String(bytes.length) : null)
        assert.isTrue(bytes.subarray(-emptyMember.length).equals(emptyMember))
        const file = bytes.subarray(0, -emptyMember.length)
        assert.strictEqual(gunzipSync(bytes).toString(), wanted.content)
        assert.strictEqual(inflateRawSync(file.subarray(10, -8)).toString(), wanted.content)
      }
    })
  )

  const table: ReadonlyArray<readonly [range: string, from: number, to: number]> = [
    ["bytes=0-9", 0, 10],
    ["bytes=5-", 5, Number.POSITIVE_INFINITY],
    ["bytes=-4", -4, Number.POSITIVE_INFINITY],
    ["bytes=-99999", 0, Number.POSITIVE_INFINITY],
    ["bytes=10-99999", 10, Number.POSITIVE_INFINITY],
    ["bytes= 10 - 12 ", 10, 13],
    ["bytes=+10-12", 10, 13],
    // One of two that can be had is no list any more, nor are commas without items.
    ["bytes=,0-4,99999-,", 0, 5]
  ]
  it.effect.each(table)("%s gives that part of the compressed bytes, with a length", ([range, from, to]) =>
    Effect.gen(function* () {
      const { get } = yield* exported(yield* makeKit({ data }))
      const whole = yield* bytesOf(yield* get({ "accept-encoding": "gzip" }))
      const file = whole.subarray(0, -emptyMember.length)
      const expected = file.subarray(from, to)
      const response = yield* get({ "accept-encoding": "gzip", range })
      assert.strictEqual(response.status, 206)
      assert.strictEqual(response.headers.get("content-encoding"), "gzip")
      assert.strictEqual(response.headers.get("content-length"), String(expected.length))
      const first = from < 0 ? file.length + from : from
      assert.strictEqual(
        response.headers.get("content-range"),
        `bytes ${first}-${first + expected.length - 1}/${file.length}`
      )
      assert.isTrue((yield* bytesOf(response)).equals(expected))
    })
  )

  it.effect.each([
    // The unused compressor puts its empty member behind these bodies too.
    [{ range: "bytes=99999-" }, 416, `invalid range: failed to overlap\n${emptyMember.toString()}`],
    [{ range: "lines=1-2" }, 416, `invalid range\n${emptyMember.toString()}`],
    [{ range: "bytes=9-2,0-1" }, 416, `invalid range\n${emptyMember.toString()}`],
    [{ "if-modified-since": "Tue, 06 Oct 2026 10:00:00 GMT" }, 304, ""],
    [{ range: "bytes=0-1,x" }, 416, `invalid range\n${emptyMember.toString()}`],
    [{ range: "bytes=-" }, 416, `invalid range\n${emptyMember.toString()}`],
    [{ range: "bytes=0-99999999999999999999" }, 416, `invalid range\n${emptyMember.toString()}`],
    [{ range: "bytes=" }, 200, undefined],
    // More bytes than the file has, in ranges that overlap.
    [{ range: "bytes=0-,0-" }, 200, undefined],
    [{ "if-match": '"x"' }, 412, emptyMember.toString()],
    [{ "if-match": "*" }, 200, undefined],
    [{ "if-none-match": " , *" }, 304, ""],
    // A tag takes the place of the date.
    [{ "if-none-match": '"x"', "if-modified-since": "Tue, 06 Oct 2026 10:00:00 GMT" }, 200, undefined],
    [{ "if-match": "*", "if-unmodified-since": "Tue, 06 Oct 2026 09:59:59 GMT" }, 200, undefined],
    [{ "if-modified-since": "2026-10-06T10:00:00Z" }, 200, undefined],
    [{ "if-modified-since": "Tuesday, 06-Oct-26 10:00:00 GMT" }, 304, ""],
    [{ "if-modified-since": "Tue, 06 Oct 2026 09:59:59 GMT" }, 200, undefined],
    [{ "if-unmodified-since": "Tue, 06 Oct 2026 09:59:59 GMT" }, 412, emptyMember.toString()],
    [{ "if-unmodified-since": "Tue, 06 Oct 2026 10:00:00 GMT" }, 200, undefined],
    [{ range: "bytes=0-3", "if-range": "Tue, 06 Oct 2026 10:00:00 GMT" }, 206, undefined],
    [{ range: "bytes=0-3", "if-range": "Tue, 06 Oct 2026 09:00:00 GMT" }, 200, undefined],
    [{ range: "bytes=0-3", "if-range": '"etag"' }, 200, undefined]
  ] as const)("conditions on a stored file: %j is %i", ([headers, status, text]) =>
    Effect.gen(function* () {
      const { get } = yield* exported(yield* makeKit({ data }))
      const response = yield* get({ "accept-encoding": "gzip", ...headers })
      assert.strictEqual(response.status, status)
      const body = yield* bytesOf(response)
      if (text !== undefined) assert.strictEqual(body.toString(), text)
    })
  )

  it.effect.each([
    [2047, "2048"],
    [2048, null]
  ] as const)("a line of %i bytes and its newline: length %s", ([bytes, length]) =>
    Effect.gen(function* () {
      const line = "x".repeat(bytes)
      const source: DataSource = { plan: () => [{ type: "Patient", people: 1, lines: () => [line] }] }
      const { get } = yield* exported(yield* makeKit({ data: source }))
      const response = yield* get()
      assert.strictEqual(response.headers.get("content-length"), length)
      assert.strictEqual((yield* bytesOf(response)).toString(), `${line}\n`)
    })
  )

  it.effect("several ranges come as parts of one body, and its length is announced", () =>
    Effect.gen(function* () {
      const { get } = yield* exported(yield* makeKit({ data }))
      const whole = (yield* bytesOf(yield* get({ "accept-encoding": "gzip" }))).subarray(0, -emptyMember.length)
      const response = yield* get({ "accept-encoding": "gzip", range: "bytes=0-3,5-6,-2" })
      assert.strictEqual(response.status, 206)
      assert.isNull(response.headers.get("content-range"))
      assert.strictEqual(response.headers.get("content-encoding"), "gzip")
      const type = response.headers.get("content-type") ?? ""
      assert.match(type, /^multipart\/byteranges; boundary=[0-9a-f]{60}$/)
      const boundary = type.slice(type.indexOf("=") + 1)
      const size = whole.length
      const part = (from: number, to: number, first = false) => [
        Buffer.from(
          `${first ? "" : "\r\n"}--${boundary}\r\nContent-Range: bytes ${from}-${to - 1}/${size}\r\n` +
            "Content-Type: application/fhir+ndjson\r\n\r\n"
        ),
        whole.subarray(from, to)
      ]
      const expected = Buffer.concat([
        ...part(0, 4, true),
        ...part(5, 7),
        ...part(size - 2, size),
        Buffer.from(`\r\n--${boundary}--\r\n`)
      ])
      assert.isTrue((yield* bytesOf(response)).equals(expected))
      assert.strictEqual(response.headers.get("content-length"), String(expected.length))
    })
  )

  it.effect("refused ranges and conditions take back what is said of the file", () =>
    Effect.gen(function* () {
      const { get } = yield* exported(yield* makeKit({ data }))
      const refused = yield* get({ "accept-encoding": "gzip", range: "bytes=99999-" })
      assert.strictEqual(refused.statusText, "Requested Range Not Satisfiable")
      const [, size = ""] = /^bytes \*\/(\d+)$/.exec(refused.headers.get("content-range") ?? "") ?? []
      assert.strictEqual((yield* get({ "accept-encoding": "gzip", range: `bytes=${size}-` })).status, 416)
      assert.strictEqual((yield* get({ "accept-encoding": "gzip", range: `bytes=${Number(size) - 1}-` })).status, 206)
      for (const name of ["content-encoding", "last-modified", "accept-ranges", "cache-control"]) {
        assert.isNull(refused.headers.get(name), name)
      }
      assert.strictEqual(refused.headers.get("pragma"), "no-cache")
      const failed = yield* get({ "accept-encoding": "gzip", "if-match": '"x"' })
      assert.strictEqual(failed.headers.get("content-type"), "application/fhir+ndjson")
      assert.strictEqual(failed.headers.get("content-encoding"), "gzip")
      const unchanged = yield* get({ "accept-encoding": "gzip", "if-none-match": "*" })
      assert.isNull(unchanged.headers.get("content-type"))
      assert.strictEqual(unchanged.headers.get("last-modified"), "Tue, 06 Oct 2026 10:00:00 GMT")
    })
  )

  it.effect("a part of a plain file, compressed, is announced with its plain length and falls short of it", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ data })
      const { authorization } = yield* exported(kit)
      const ask = (range: string) =>
        kit.sandbox.answer({
          method: "GET",
          path: "/data/1/warnings-and-info.ndjson",
          query: "",
          scheme: "http",
          host: "bcda.test",
          headers: [
            ["Authorization", authorization],
            ["Accept-Encoding", "gzip"],
            ["Range", range]
          ]
        })
      const read = Effect.fnUntraced(function* (range: string) {
        const { body, headers } = yield* ask(range)
        const chunks: Array<Uint8Array> = []
        const cut = yield* Effect.promise(async () => {
          try {
            for await (const chunk of body instanceof Uint8Array ? [body] : body) chunks.push(chunk)
            return false
          } catch {
            return true
          }
        })
        const length = headers.find(([name]) => name === "Content-Length")?.[1]
        return { cut, length, bytes: Buffer.concat(chunks) }
      })
      // The compressor's head alone fits, and nothing of the rest.
      const head = yield* read("bytes=0-9")
      assert.deepStrictEqual([head.length, head.cut, head.bytes.length], ["10", false, 10])
      assert.strictEqual(head.bytes.subarray(0, 3).toString("hex"), "1f8b08")
      const nothing = yield* read("bytes=0-0")
      assert.deepStrictEqual([nothing.length, nothing.cut, nothing.bytes.length], ["1", true, 0])
      // Head, data and checksum are sent as long as they fit.
      const warning = gunzipSync((yield* read("bytes=0-")).bytes)
      for (let bytes = 1; bytes < 194; bytes++) {
        const all = gzipSync(warning.subarray(0, bytes)).length
        const fitting = [0, 10, all - 8, all].filter((end) => end <= bytes).at(-1)
        const part = yield* read(`bytes=0-${bytes - 1}`)
        assert.deepStrictEqual([part.bytes.length, part.cut], [fitting ?? 0, fitting !== bytes], `${bytes} bytes`)
      }
      // All of it fits, and the announced length was the plain one.
      const all = yield* read("bytes=0-")
      assert.deepStrictEqual([all.length, all.cut], ["194", true])
      assert.match(gunzipSync(all.bytes).toString(), /^\{"resourceType":"OperationOutcome".*\}\n$/)
    })
  )

  it.effect("the warning file is stored plain: with a length, or compressed on the fly", () =>
    Effect.gen(function* () {
      const { getWarning } = yield* exported(yield* makeKit({ data }))
      const warning =
        '{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"processing","details":' +
        '{"text":"Default System-Type behavior includes only claims from NCH and DDPS in this export."}}]}\n'
      const plain = yield* getWarning()
      assert.strictEqual(plain.headers.get("content-length"), String(warning.length))
      assert.strictEqual((yield* bytesOf(plain)).toString(), warning)
      const part = yield* getWarning({ range: "bytes=1-15" })
      assert.strictEqual((yield* bytesOf(part)).toString(), warning.slice(1, 16))
      const gzip = yield* getWarning({ "accept-encoding": "gzip" })
      assert.strictEqual(gzip.headers.get("content-encoding"), "gzip")
      const compressed = yield* bytesOf(gzip)
      assert.strictEqual(gzip.headers.get("content-length"), String(compressed.length))
      assert.strictEqual(gzip.headers.get("last-modified"), "Tue, 06 Oct 2026 10:00:00 GMT")
      assert.strictEqual(gzip.headers.get("accept-ranges"), "bytes")
      assert.strictEqual(gunzipSync(compressed).toString(), warning)
    })
  )

  it.effect("every other file is not there, each in its own way", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ data: { plan: () => [{ type: "Patient", people: 1, lines: () => [] }] } })
      const authorization = yield* kit.bearer()
      yield* kit.start("/api/v3/Patient/$export", authorization)
      yield* complete(kit)
      const get = (path: string) => kit.send(path, { authorization })
      const unknown = yield* get("/data/1/nothing.ndjson")
      assert.deepStrictEqual([unknown.status, unknown.text], [404, outcomeText("v1", "not-found", "Job not found")])
      const blank = yield* get("/data/1/blank.ndjson")
      assert.deepStrictEqual([blank.status, blank.text], [404, "Not Found\n"])
      assert.strictEqual(blank.headers.get("content-type"), "text/plain; charset=utf-8")
      assert.strictEqual((yield* get("/data/x/y")).text, outcomeText("v1", "structure"))
      assert.strictEqual((yield* get("/data/9/y")).text, outcomeText("v1", "not-found"))
      const foreign = yield* kit.send("/data/1/y", { authorization: yield* kit.bearer("reach-small") })
      assert.deepStrictEqual([foreign.status, foreign.text], [401, outcomeText("v1", "forbidden")])
    })
  )

  it.effect("stays until the clean-up, longer than the status says; then 404 with outcome and text", () =>
    Effect.gen(function* () {
      const removed: Array<number> = []
      const memory = memoryFileStore()
      const store = {
        ...memory,
        remove: (job: number) =>
          Effect.andThen(
            Effect.sync(() => removed.push(job)),
            memory.remove(job)
          )
      }
      const kit = yield* makeKit({ data, store })
      const { path } = yield* exported(kit)
      yield* TestClock.setTime(Date.parse("2026-10-07T10:59:59Z"))
      const authorization = yield* kit.bearer()
      assert.strictEqual((yield* kit.send("/api/v3/jobs/1", { authorization })).status, 410)
      assert.strictEqual((yield* kit.send(path, { authorization })).text, content)
      yield* TestClock.adjust("1 second")
      const archived = yield* kit.send(path, { authorization })
      assert.strictEqual(archived.status, 404)
      assert.strictEqual(archived.text, `${outcomeText("v1", "not-found")}Not Found\n`)
      // The bytes go with the next export.
      assert.deepStrictEqual(removed, [])
      yield* kit.start("/api/v3/Patient/$export", authorization)
      assert.deepStrictEqual(removed, [1])
      assert.strictEqual((yield* kit.send(path, { authorization })).text, archived.text)
    })
  )

  it.effect("a cancelled job's files are not released", () =>
    Effect.gen(function* () {
      const nothing: DataSource = { plan: () => [{ type: "Patient", people: 1, lines: () => [] }] }
      const kit = yield* makeKit({ data: nothing, pace: { pendingMillis: 1000 } })
      const authorization = yield* kit.bearer()
      const job = yield* kit.start("/api/v2/Patient/$export", authorization)
      yield* kit.sandbox.idle
      const get = () => kit.send("/data/1/blank.ndjson", { authorization })
      const early = yield* get()
      assert.deepStrictEqual([early.status, early.text], [404, "Not Found\n"])
      yield* kit.send(job, { authorization }, "DELETE")
      yield* kit.sandbox.idle
      const late = yield* get()
      assert.deepStrictEqual([late.status, late.text], [404, "Not Found\n"])
    })
  )

  it.effect("a job's warning can be had from its start on, whatever becomes of the job, until the clean-up", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ data, pace: { pendingMillis: 1000, perSubJobMillis: 1000 } })
      const authorization = yield* kit.bearer()
      const job = yield* kit.start("/api/v3/Patient/$export", authorization)
      const get = Effect.fnUntraced(function* (id = "1") {
        const bearer = yield* kit.bearer()
        return yield* kit.send(`/data/${id}/warnings-and-info.ndjson`, { authorization: bearer })
      })
      const pending = yield* get()
      assert.deepStrictEqual([pending.status, pending.text], [404, outcomeText("v1", "not-found", "Job not found")])
      yield* TestClock.adjust("1 second")
      const started = yield* get()
      assert.deepStrictEqual(
        [started.status, started.headers.get("last-modified")],
        [200, "Tue, 06 Oct 2026 10:00:01 GMT"]
      )
      // Folders are named as ids are written, and files as they are.
      assert.strictEqual((yield* get("01")).text, "Not Found\n")
      const spaced = "/data/1/warnings-and-info.ndjson%20"
      assert.strictEqual((yield* kit.send(spaced, { authorization: yield* kit.bearer() })).text, "Not Found\n")
      yield* kit.send(job, { authorization }, "DELETE")
      yield* kit.sandbox.idle
      assert.strictEqual((yield* get()).status, 200)
      yield* TestClock.setTime(Date.parse("2026-10-07T11:00:00Z"))
      assert.strictEqual((yield* get()).text, "Not Found\n")
      const early = yield* kit.start("/api/v3/Patient/$export", yield* kit.bearer())
      yield* kit.send(early, { authorization: yield* kit.bearer() }, "DELETE")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* get("2")).text, outcomeText("v1", "not-found", "Job not found"))
    })
  )

  it.effect("a job that could not be prepared has no warning", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ data: { plan: () => [] } })
      const authorization = yield* kit.bearer()
      yield* kit.start("/api/v3/Patient/$export", authorization)
      yield* complete(kit)
      const answer = yield* kit.send("/data/1/warnings-and-info.ndjson", { authorization })
      assert.strictEqual(answer.text, outcomeText("v1", "not-found", "Job not found"))
    })
  )

  it.effect.each([
    ["completed", data, `${outcomeText("v1", "not-found")}Not Found\n`],
    [
      "failed",
      {
        plan: () => [
          {
            type: "Patient",
            people: 1,
            lines: () => {
              throw new Error("no")
            }
          }
        ]
      },
      "Not Found\n"
    ]
  ] satisfies ReadonlyArray<readonly [string, DataSource, string]>)(
    "the warning of a job that has %s goes with the clean-up",
    ([, source, text]) =>
      Effect.gen(function* () {
        const kit = yield* makeKit({ data: source })
        const get = Effect.fnUntraced(function* () {
          return yield* kit.send("/data/1/warnings-and-info.ndjson", { authorization: yield* kit.bearer() })
        })
        yield* kit.start("/api/v3/Patient/$export", yield* kit.bearer())
        yield* complete(kit)
        assert.strictEqual((yield* get()).status, 200)
        yield* TestClock.setTime(Date.parse("2026-10-07T11:00:00Z"))
        const gone = yield* get()
        assert.deepStrictEqual([gone.status, gone.text], [404, text])
      })
  )

  it.effect("sends lines given as bytes exactly as they are", () =>
    Effect.gen(function* () {
      // Not UTF-8, with a carriage return: decoding would change it.
      const odd = Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d, 0x0d])
      const long = new Uint8Array(200_000).fill(0x61)
      const source: DataSource = { plan: () => [{ type: "Patient", people: 1, lines: () => [odd, long, "é"] }] }
      const { get } = yield* exported(yield* makeKit({ data: source }))
      const expected = Buffer.concat([odd, Buffer.from("\n"), long, Buffer.from("\né\n")])
      assert.isTrue((yield* bytesOf(yield* get())).equals(expected))
    })
  )
})
