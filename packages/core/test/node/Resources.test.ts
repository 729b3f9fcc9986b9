import { gunzipSync, gzipSync } from "node:zlib"
import {
  BcdaClient,
  Credentials,
  type ExportEvent,
  forEachResource,
  type Receipt,
  type ResourcesOptions,
  resources,
  resourcesOf,
  resourcesOfFile
} from "@bcda-kit/core"
import { NodeTransport } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema, Stream } from "effect"
import { HttpClient } from "effect/http"
import { all, claims1, claims2, errors, kickOffs, patients, request, sha256, tags } from "./support/Exporting.ts"
import { type FakeFile, fakeBcda, instead, lines, status } from "./support/FakeBcda.ts"
import { clientOver, keeping, readAll, transportNames } from "./support/Reading.ts"

/** Reads an export of these files with the options. */
const read = Effect.fnUntraced(function* (
  options: Partial<ResourcesOptions<"json">> = {},
  files: ReadonlyArray<FakeFile> = all
) {
  const fake = yield* fakeBcda(files)
  const { events, onEvent } = keeping()
  const stream = resources({ request, onEvent, ...options })
  return { fake, ...(yield* readAll(stream, events).pipe(Effect.provide(fake.client()))) }
})

const receiptIn = (events: ReadonlyArray<ExportEvent>): Receipt | undefined => {
  const last = events.at(-1)
  return last?._tag === "Finished" ? last.receipt : undefined
}

/** What the lines of files parse to, in order. */
const parsed = (...files: ReadonlyArray<FakeFile>): ReadonlyArray<unknown> =>
  files.flatMap(({ content }) =>
    content
      .toString()
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line))
  )

const repeated = (times: number, ...tags: ReadonlyArray<string>) => Array.from({ length: times }, () => tags).flat()

const patientLine = (more: object) => `${JSON.stringify({ resourceType: "Patient", id: "a", ...more })}\n`

describe.each(transportNames)("the resources of an export over %s", (name) => {
  it.live("come in the order of the manifest, each with its file and line", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda(all)
      const { events, onEvent } = keeping()
      const { got, reason } = yield* readAll(resources({ request, onEvent })).pipe(
        Effect.provide(clientOver(fake, name))
      )
      assert.isUndefined(reason)
      assert.deepStrictEqual(
        got.map(({ value }) => value),
        parsed(patients, claims1, claims2)
      )
      const at = (index: number) => [got[index]?.file.path, got[index]?.file.type, got[index]?.line]
      assert.deepStrictEqual(at(0), ["Patient/p.ndjson", "Patient", 1])
      assert.deepStrictEqual(at(299), ["Patient/p.ndjson", "Patient", 300])
      assert.deepStrictEqual(at(300), ["ExplanationOfBenefit/e1.ndjson", "ExplanationOfBenefit", 1])
      assert.strictEqual(got[0]?.file.url, `${fake.baseUrl}/data/7/p.ndjson`)
      const receipt = receiptIn(events)
      assert.deepStrictEqual(
        receipt?.files.map(({ path, bytes, lines, sha256 }) => [path, bytes, lines, sha256]).slice(0, 3),
        [patients, claims1, claims2].map(({ type, name, content }) => [
          `${type}/${name}`,
          Buffer.byteLength(content),
          content.toString().split("\n").length - 1,
          sha256(content)
        ])
      )
      assert.isTrue(receipt?.complete)
      const encodings = receipt?.files.map(({ contentEncoding }) => contentEncoding)
      assert.strictEqual(encodings?.includes("gzip"), name === "node:http", "who inflates what")
    })
  )

  it.live("can be had as text and as bytes, exactly as they were written", () =>
    Effect.gen(function* () {
      const content = `${lines("Patient", 40)}{ "resourceType" : "Patient", "n": 1.10 }\r\n{"resourceType":"Patient"}`
      const fake = yield* fakeBcda([{ ...patients, content }])
      const text = yield* readAll(resources({ request, decode: "line" })).pipe(Effect.provide(clientOver(fake, name)))
      assert.strictEqual(text.got.map(({ value }) => value).join("\n"), content)
      const bytes = yield* readAll(resources({ request, decode: "bytes", verify: "bytes" })).pipe(
        Effect.provide(clientOver(fake, name))
      )
      assert.strictEqual(
        Buffer.concat(bytes.got.flatMap(({ value }) => [value, Buffer.from("\n")])).toString(),
        `${content}\n`
      )
      assert.lengthOf(bytes.got, 42)
    })
  )
})

describe("the resources of an export", () => {
  it.live("are told of by the events of exports, of which the receipt is the last", () =>
    Effect.gen(function* () {
      const { events, fake, reason } = yield* read()
      assert.isUndefined(reason)
      assert.deepStrictEqual(
        tags(events).filter((tag) => tag !== "Waiting"),
        [
          "KickedOff",
          "ManifestReceived",
          ...repeated(2, "FileStarted", "FileDone", "OutcomesRead"),
          ...repeated(3, "FileStarted", "FileDone"),
          "Finished"
        ]
      )
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("leave out what the server could not export, but for its severities", () =>
    Effect.gen(function* () {
      const { got, events } = yield* read()
      assert.isFalse(got.some(({ value }) => value.resourceType === "OperationOutcome"))
      assert.deepInclude(receiptIn(events)?.outcomes, { fatal: 1, error: 3, warning: 1, information: 1 })
    })
  )

  it.live("have the lists of the manifest that are asked for", () =>
    Effect.gen(function* () {
      const deleted: FakeFile = {
        type: "Bundle",
        name: "d.ndjson",
        section: "deleted",
        content: '{"resourceType":"Bundle"}\n'
      }
      const files = [patients, errors, deleted]
      const some = yield* read({ sections: ["error", "deleted"] }, files)
      assert.deepStrictEqual(
        some.got.map(({ file, line }) => [file.section, line]),
        [...[1, 2, 3].map((line) => ["error", line]), ["deleted", 1]]
      )
      assert.deepStrictEqual(
        some.got.map(({ value }) => value),
        parsed(errors, deleted)
      )
      assert.strictEqual(some.fake.asked("p.ndjson"), 0)
      assert.deepInclude(receiptIn(some.events)?.outcomes, { error: 3, fatal: 1 })
      const usual = yield* read({}, files)
      assert.lengthOf(usual.got, 300)
      assert.strictEqual(usual.fake.asked("d.ndjson"), 0)
    })
  )

  it.live("come compressed over Node's transport, also when somebody has put something around it", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients])
      let requests = 0
      const counted = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(
          HttpClient.HttpClient,
          HttpClient.mapRequest((one) => {
            requests++
            return one
          })
        )
      ).pipe(Layer.provide(NodeTransport.layer))
      const client = BcdaClient.layer({ target: fake.target, credentials: Credentials.of("an-id", "a-secret") })
      const receipt = yield* forEachResource({ request }, () => Effect.void).pipe(
        Effect.provide(client.pipe(Layer.provide(counted)))
      )
      assert.deepStrictEqual(
        receipt.files.map(({ contentEncoding }) => contentEncoding),
        ["gzip"]
      )
      assert.strictEqual(requests, fake.requests.length)
      assert.strictEqual(fake.asked("p.ndjson"), 1)
    })
  )

  it.live("say in the receipt how they were checked", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients])
      for (const [decode, verify] of [
        ["json", "json"],
        ["bytes", "bytes"],
        ["line", "bytes"]
      ] as const) {
        const receipt = yield* forEachResource({ request, decode, verify: "bytes" }, () => Effect.void).pipe(
          Effect.provide(fake.client())
        )
        assert.strictEqual(receipt.files[0]?.verify, verify, decode)
      }
    })
  )

  it.live("come from a job that is there", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients])
      const program = Effect.gen(function* () {
        const client = yield* BcdaClient
        const job = yield* client.kickOff(request)
        return yield* readAll(resources({ request, adopt: job }))
      })
      assert.lengthOf((yield* program.pipe(Effect.provide(fake.client()))).got, 300)
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("come from a manifest that is known, and from one file", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda(all)
      const { events, onEvent } = keeping()
      const program = Effect.gen(function* () {
        const client = yield* BcdaClient
        const last = yield* Stream.runLast(client.follow(yield* client.kickOff(request)))
        if (last._tag === "None" || last.value._tag !== "Completed") return assert.fail("there is no manifest")
        const { manifest } = last.value
        assert.lengthOf((yield* readAll(resourcesOf(manifest, { onEvent }))).got, 600)
        assert.deepInclude(receiptIn(events), { jobId: "7", complete: true })
        const [, file] = manifest.output
        if (file === undefined) return assert.fail("there is no file")
        const one = keeping()
        const { got } = yield* readAll(resourcesOfFile(file, one))
        assert.deepStrictEqual(
          got.map(({ value }) => value),
          parsed(claims1)
        )
        const done = one.events.at(-1)
        assert.strictEqual(done?._tag === "FileDone" ? done.file.sha256 : undefined, sha256(claims1.content))
        fake.faults.set("e1.ndjson", status(404))
        assert.strictEqual((yield* readAll(resourcesOfFile(file))).reason?._tag, "FileGone")
      })
      yield* program.pipe(Effect.provide(fake.client()))
      assert.strictEqual(kickOffs(fake), 1)
    })
  )

  it.live("end in a receipt for whoever does something with each of them, and only if all of it went well", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda(all)
      let seen = 0
      const receipt = yield* forEachResource({ request }, () => Effect.sync(() => void seen++)).pipe(
        Effect.provide(fake.client())
      )
      assert.deepStrictEqual([receipt.complete, receipt.totals.files, seen], [true, 5, 600])
      const failed = forEachResource({ request }, ({ line }) => (line === 7 ? Effect.fail("seven") : Effect.void))
      assert.strictEqual(yield* Effect.flip(failed.pipe(Effect.provide(fake.client()))), "seven")
      fake.faults.set("e2.ndjson", status(404))
      const lost = yield* Effect.flip(
        forEachResource({ request }, () => Effect.void).pipe(Effect.provide(fake.client()))
      )
      assert.strictEqual(typeof lost === "string" ? lost : lost.reason._tag, "FileGone")
    })
  )
})

/** The file, but for one line that is none. */
const bad = (line: number) =>
  instead((wire) => {
    const all = gunzipSync(wire).toString().split("\n")
    return gzipSync(all.with(line - 1, '{"resourceType":"Patient","id":"1S00EU7JH47"').join("\n"))
  })

describe("a stream that ends with an error", () => {
  it.live("has given every line before a bad one, once, however often the file was fetched", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients, claims1])
      fake.faults.set("p.ndjson", bad(123))
      const { events, onEvent } = keeping()
      const { got, reason } = yield* readAll(resources({ request, onEvent })).pipe(Effect.provide(fake.client()))
      assert.deepInclude(reason, { _tag: "BadLine", file: "Patient/p.ndjson", line: 123 })
      assert.notInclude(JSON.stringify(reason), "1S00EU7JH47")
      assert.deepStrictEqual(
        got.map(({ line }) => line),
        Array.from({ length: 122 }, (_, n) => n + 1)
      )
      assert.strictEqual(fake.asked("p.ndjson"), 3)
      assert.strictEqual(fake.asked("e1.ndjson"), 0, "nothing comes after a file that failed")
      assert.isUndefined(receiptIn(events))
    })
  )

  it.live("has not gone on past a bad line that another fetch mends", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients])
      fake.faults.set("p.ndjson", (response, wire, nth) => nth === 1 && bad(123)(response, wire, nth))
      const { got, reason } = yield* readAll(resources({ request })).pipe(Effect.provide(fake.client()))
      assert.isUndefined(reason)
      assert.deepStrictEqual(
        got.map(({ value }) => value),
        parsed(patients)
      )
      assert.strictEqual(fake.asked("p.ndjson"), 2)
    })
  )

  it.live("knows of damage only at the end of a file, and then says so", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients])
      fake.faults.set(
        "p.ndjson",
        instead((wire) => {
          const broken = gzipSync(gunzipSync(wire))
          broken.writeUInt32LE(7, broken.length - 8)
          return broken
        })
      )
      const { events, onEvent } = keeping()
      const { got, reason } = yield* readAll(resources({ request, onEvent })).pipe(Effect.provide(fake.client()))
      assert.strictEqual(reason?._tag, "BadGzip")
      assert.isAtMost(got.length, 300)
      assert.notInclude(tags(events), "FileDone")
      assert.isUndefined(receiptIn(events))
    })
  )

  it.live("says which limit a file is beyond", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients])
      for (const limit of ["fileBytes", "lineBytes"] as const) {
        const { got, reason } = yield* readAll(resources({ request })).pipe(
          Effect.provide(fake.client({ limits: { [limit]: 40 } }))
        )
        assert.deepInclude(reason, { _tag: "LimitExceeded", limit, most: 40 })
        assert.isAtMost(got.length, 300)
      }
      assert.strictEqual(fake.asked("p.ndjson"), 2, "another try would not mend it")
    })
  )

  it.live("says that a file is empty which must not be", () =>
    Effect.gen(function* () {
      assert.deepInclude((yield* read({}, [{ ...patients, content: "" }])).reason, { _tag: "BadLine", line: 1 })
    })
  )
})

describe("a stream decoded by a schema", () => {
  const Patient = Schema.Struct({
    resourceType: Schema.Literal("Patient"),
    id: Schema.String,
    birthDate: Schema.optionalKey(Schema.DateTimeUtcFromString),
    more: Schema.optionalKey(Schema.Record(Schema.String, Schema.Finite))
  })
  const decoded = Effect.fnUntraced(function* (content: string) {
    const fake = yield* fakeBcda([{ ...patients, content }])
    const { events, onEvent } = keeping()
    return yield* readAll(resources({ request, decode: Patient, onEvent }), events).pipe(Effect.provide(fake.client()))
  })

  it.live("gives what the schema makes of each line", () =>
    Effect.gen(function* () {
      const { got, events } = yield* decoded(patientLine({ birthDate: "1940-02-03T00:00:00Z" }) + patientLine({}))
      assert.strictEqual(got[0]?.value.birthDate?.epochMilliseconds, Date.UTC(1940, 1, 3))
      assert.deepStrictEqual(got[1]?.value, { resourceType: "Patient", id: "a" })
      assert.isTrue(receiptIn(events)?.complete)
    })
  )

  const misfits: ReadonlyArray<readonly [string, object, string]> = [
    ["another type", { id: 17 }, "id has another type"],
    ["a value that does not fit", { birthDate: "1S00EU7JH47" }, "birthDate has a value that does not fit"],
    ["a key that may be anything", { more: { "1S00EU7JH47": "x" } }, "more.? has another type"]
  ]
  for (const [name, more, detail] of misfits) {
    it.live(`ends at a line with ${name}, of which it says where and nothing else`, () =>
      Effect.gen(function* () {
        const { got, reason, events } = yield* decoded(
          patientLine({}) + patientLine({}) + patientLine(more) + patientLine({})
        )
        assert.deepInclude(reason, { _tag: "SchemaMismatch", file: "Patient/p.ndjson", line: 3, detail })
        assert.notInclude(JSON.stringify(reason) + reason?.message, "1S00EU7JH47")
        assert.lengthOf(got, 2)
        assert.isUndefined(receiptIn(events))
      })
    )
  }

  it.live("says what is missing", () =>
    Effect.gen(function* () {
      const { reason } = yield* decoded('{"resourceType":"Patient"}\n')
      assert.deepInclude(reason, { _tag: "SchemaMismatch", line: 1, detail: "id is missing" })
    })
  )

  it.live("never repeats the words of a check, which may quote the value", () =>
    Effect.gen(function* () {
      const Quoting = Schema.Struct({ id: Schema.String.check(Schema.makeFilter((id) => `what is ${id}?`)) })
      const fake = yield* fakeBcda([{ ...patients, content: patientLine({ id: "1S00EU7JH47" }) }])
      const { reason } = yield* readAll(resources({ request, decode: Quoting })).pipe(Effect.provide(fake.client()))
      assert.strictEqual(reason?._tag === "SchemaMismatch" ? reason.detail : "", "id does not pass a check")
    })
  )
})
