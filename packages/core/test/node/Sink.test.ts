import { join } from "node:path"
import { Writable } from "node:stream"
import { type ExportError, exportToSink, type Receipt, Sink, type SinkExportOptions, SinkFailed } from "@bcda-kit/core"
import { DirectorySink, exportToDirectory, WritableSink } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import {
  all,
  claims1,
  claims2,
  errors,
  kickOffs,
  patients,
  request,
  sha256,
  tags,
  warnings
} from "./support/Exporting.ts"
import {
  bulky,
  cut,
  type FakeBcda,
  type FakeFile,
  fakeBcda,
  instead,
  inTurn,
  status,
  whole
} from "./support/FakeBcda.ts"
import { objectStore, objectStoreSink } from "./support/ObjectStore.ts"
import { cutWhen, keeping } from "./support/Reading.ts"
import { filesIn, tempDirectory } from "./support/TempDirectory.ts"

const large: FakeFile = { ...patients, content: bulky("Patient", 120) }

const exportWith = (fake: FakeBcda, sink: Layer.Layer<Sink>, options: Partial<SinkExportOptions> = {}) =>
  exportToSink({ request, ...options }).pipe(Effect.provide(Layer.merge(sink, fake.client())))

const reasonOf = <A, R>(run: Effect.Effect<A, ExportError, R>) => Effect.map(Effect.flip(run), ({ reason }) => reason)

/** A sink, and what is in it under its final names. */
interface Kind {
  readonly sink: Layer.Layer<Sink>
  readonly content: Effect.Effect<ReadonlyMap<string, Uint8Array>>
}

const kinds = {
  memory: Effect.sync((): Kind => {
    const { files, sink } = Sink.memory()
    return { sink: Layer.succeed(Sink, sink), content: Effect.sync(() => new Map(files)) }
  }),
  "an object store": Effect.map(
    objectStore,
    ({ objects, url }): Kind => ({
      sink: Layer.succeed(Sink, objectStoreSink(url)),
      content: Effect.sync(() => new Map(Array.from(objects, ([name, { content }]) => [name, content])))
    })
  ),
  "a directory": Effect.map(tempDirectory, (folder): Kind => {
    const directory = join(folder, "export")
    const own = /^(journal\.jsonl|manifest\.json|receipt\.json|\..*)$|\.part/
    return {
      sink: DirectorySink.layer({ directory }),
      content: Effect.map(filesIn(directory), (files) => new Map([...files].filter(([name]) => !own.test(name))))
    }
  })
}

/** What must be there, and what is: names and digests. */
const contentOf = (files: ReadonlyArray<FakeFile>) =>
  files
    .map(({ content, name, section, type }) => `${section === undefined ? type : section}/${name} ${sha256(content)}`)
    .toSorted()
const found = (files: ReadonlyMap<string, Uint8Array>) =>
  Array.from(files, ([name, content]) => `${name} ${sha256(Buffer.from(content))}`).toSorted()

describe.each(Object.entries(kinds))("an export into %s", (_, makeKind) => {
  it.live("has every file of the manifest, byte for byte, and the receipt of one", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda(all)
      const { content, sink } = yield* makeKind
      const { events, onEvent } = keeping()
      const receipt = yield* exportWith(fake, sink, { onEvent })
      assert.deepStrictEqual(found(yield* content), contentOf(all))
      const directory = join(yield* tempDirectory, "export")
      const usual = yield* exportToDirectory({ request, directory }).pipe(Effect.provide(fake.client()))
      assert.deepStrictEqual(receipt, { ...usual, jobId: receipt.jobId, request: receipt.request })
      assert.deepStrictEqual(events.at(-1), { _tag: "Finished", receipt })
    })
  )

  it.live("goes on where a connection broke, and starts over where it must", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large, claims1])
      fake.faults.set("p.ndjson", inTurn(cut(0.6), whole(large.content)))
      fake.faults.set(
        "e1.ndjson",
        instead((wire) => Buffer.from(wire).fill(0, 100, 120), 1)
      )
      const { content, sink } = yield* makeKind
      yield* exportWith(fake, sink)
      assert.deepStrictEqual(found(yield* content), contentOf([large, claims1]))
    })
  )

  it.live("has nothing of a file that is not whole, and all of the others", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large, claims1, claims2])
      fake.faults.set("p.ndjson", cut(0.6))
      const { content, sink } = yield* makeKind
      assert.strictEqual((yield* reasonOf(exportWith(fake, sink)))._tag, "CutShort")
      assert.deepStrictEqual(found(yield* content), contentOf([claims1, claims2]))
    })
  )

  it.live("is sent only what it has not, when the same job is exported again", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients, claims1, warnings])
      fake.faults.set("e1.ndjson", status(404))
      const { content, sink } = yield* makeKind
      const { events, onEvent } = keeping()
      yield* reasonOf(exportWith(fake, sink, { onEvent }))
      const [job] = events.flatMap((event) => (event._tag === "KickedOff" ? [event.job] : []))
      fake.faults.clear()
      const receipt = yield* exportWith(fake, sink, { adopt: job })
      assert.deepStrictEqual([fake.asked("p.ndjson"), kickOffs(fake)], [1, 1])
      assert.isTrue(receipt.complete)
      assert.deepInclude(receipt.totals, { files: 3, lines: 501 })
      assert.strictEqual(receipt.outcomes.warning, 1, "error files count every time")
      assert.deepStrictEqual(found(yield* content), contentOf([patients, claims1, warnings]))
    })
  )
})

describe("a sink that takes back", () => {
  it.live("is told of every file that is given up, and holds none of it", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      const { objects, state, uploads, url } = yield* objectStore
      const sink = Layer.succeed(Sink, objectStoreSink(url))
      fake.faults.set("p.ndjson", inTurn(cut(0.6), whole(large.content)))
      yield* exportWith(fake, sink)
      assert.deepStrictEqual([state.aborts, uploads.size, objects.size], [1, 0, 1], "it was begun twice")
      assert.isAbove(state.parts, 5)

      objects.clear()
      fake.faults.set("p.ndjson", cut(0.6))
      yield* reasonOf(exportWith(fake, sink))
      assert.isAbove(state.aborts, 1)
      assert.strictEqual(uploads.size, 0)
    })
  )

  it.live("ends the export with its own words when it fails, at once", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large, claims1])
      const { objects, state, url } = yield* objectStore
      state.refuse = true
      const reason = yield* reasonOf(exportWith(fake, Layer.succeed(Sink, objectStoreSink(url)), { concurrency: 1 }))
      assert.deepInclude(reason, { _tag: "SinkFailed", sink: "the object store", detail: "it answered 507" })
      assert.strictEqual(objects.size, 0)
      assert.strictEqual(fake.asked("e1.ndjson"), 0)
    })
  )

  it.live("is told to give up what is being written when the export is interrupted", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      const written = yield* Deferred.make<void>()
      const calls: Array<string> = []
      const sink = Sink.layer({
        name: "slow",
        takesBack: true,
        open: () =>
          Effect.succeed({
            write: () => Effect.andThen(Deferred.succeed(written, undefined), Effect.never),
            commit: () => Effect.sync(() => void calls.push("commit")),
            abort: Effect.sync(() => void calls.push("abort"))
          })
      })
      const running = yield* Effect.forkChild(exportWith(fake, sink))
      yield* Deferred.await(written)
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual(calls, ["abort"])
    })
  )

  it.live("is not interrupted while it commits", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients])
      const begun = yield* Deferred.make<void>()
      const goOn = yield* Deferred.make<void>()
      const calls: Array<string> = []
      const sink = Sink.layer({
        name: "slow",
        takesBack: true,
        open: () =>
          Effect.succeed({
            write: () => Effect.void,
            commit: () =>
              Deferred.succeed(begun, undefined).pipe(
                Effect.andThen(Deferred.await(goOn)),
                Effect.andThen(Effect.sync(() => void calls.push("committed")))
              ),
            abort: Effect.sync(() => void calls.push("abort"))
          })
      })
      const running = yield* Effect.forkChild(exportWith(fake, sink))
      yield* Deferred.await(begun)
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(running), { startImmediately: true })
      yield* Deferred.succeed(goOn, undefined)
      yield* Fiber.join(interrupting)
      assert.deepStrictEqual(calls, ["committed"])
    })
  )

  it.live("is not told to give up what it has committed, and is told of it when that fails", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients, claims1])
      const calls: Array<string> = []
      const sink = Sink.layer({
        name: "picky",
        takesBack: true,
        open: ({ path }) =>
          Effect.succeed({
            write: () => Effect.void,
            commit: ({ lines, sha256: digest }) =>
              path.startsWith("P")
                ? Effect.sync(() => void calls.push(`commit ${path} ${lines} ${digest === sha256(patients.content)}`))
                : Effect.fail(new SinkFailed({ sink: "picky", detail: "no" })),
            abort: Effect.sync(() => void calls.push(`abort ${path}`))
          })
      })
      assert.strictEqual((yield* reasonOf(exportWith(fake, sink, { concurrency: 1 })))._tag, "SinkFailed")
      assert.deepStrictEqual(calls, ["commit Patient/p.ndjson 300 true", "abort ExplanationOfBenefit/e1.ndjson"])
    })
  )

  it.live("is told of the end only when everything is there", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients, errors])
      const receipts: Array<Receipt> = []
      const sink = Sink.layer({
        name: "chosen",
        takesBack: true,
        wants: ({ section }) => section === "output",
        open: () => Effect.succeed({ write: () => Effect.void, commit: () => Effect.void, abort: Effect.void }),
        finish: (receipt) => Effect.sync(() => void receipts.push(receipt))
      })
      fake.faults.set("p.ndjson", status(404))
      yield* reasonOf(exportWith(fake, sink))
      assert.lengthOf(receipts, 0)
      fake.faults.clear()
      const receipt = yield* exportWith(fake, sink)
      assert.deepStrictEqual(receipts, [receipt])
      assert.strictEqual(receipt.outcomes.fatal, 1, "error files are read in any case")
    })
  )
})

/** Keeps what is written to it; `refuse` makes it a pipe whose reader has gone. */
const pipe = (onWrite: () => void = () => undefined) => {
  const got: Array<Buffer> = []
  const state = { refuse: false }
  const stream = new Writable({
    write: (block: Buffer, _, done) => {
      got.push(block)
      onWrite()
      done(state.refuse ? Object.assign(new Error("write EPIPE"), { code: "EPIPE" }) : null)
    }
  })
  return { got, state, stream, text: () => Buffer.concat(got).toString() }
}

describe("a stream of Node's", () => {
  it.live("gets the resources of all files in order, whole lines at a time, and nothing else", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([
        large,
        { ...claims1, content: claims1.content.toString().trimEnd() },
        claims2,
        errors
      ])
      const { got, stream, text } = pipe()
      const { events, onEvent } = keeping()
      const receipt = yield* exportWith(fake, WritableSink.layer(stream), { onEvent })
      assert.isTrue(text() === [large, claims1, claims2].map(({ content }) => content.toString()).join(""))
      assert.isTrue(got.every((block, n) => block.at(-1) === 10 || got[n + 1]?.toString() === "\n"))
      assert.isAbove(got.length, 3)
      assert.deepInclude(receipt.outcomes, { fatal: 1, error: 3 })
      assert.deepStrictEqual(tags(events).at(-1), "Finished")
      assert.isFalse(stream.writableEnded)
    })
  )

  it.live("gets every line once, whatever breaks", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      fake.faults.set("p.ndjson", inTurn(cut(0.4), whole(large.content.toString()), cut(0.7)))
      const { stream, text } = pipe()
      yield* exportWith(fake, WritableSink.layer(stream))
      assert.isTrue(text() === large.content)
    })
  )

  it.live("is left at a line when the file has changed, and the export fails", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large, claims1])
      const { drop, fault } = cutWhen(0.6)
      fake.faults.set("p.ndjson", inTurn(fault, whole(large.content.toString().replace("é-2", "é-X"))))
      const { stream, text } = pipe(drop)
      const reason = yield* reasonOf(exportWith(fake, WritableSink.layer(stream)))
      assert.deepInclude(reason, { _tag: "FileChanged", lines: text().split("\n").length - 1 })
      assert.isTrue(large.content.toString().startsWith(text()))
      assert.strictEqual(fake.asked("e1.ndjson"), 0)
    })
  )

  it.live("ends the export when nobody reads it any more", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([large])
      const { state, stream } = pipe()
      state.refuse = true
      const reason = yield* reasonOf(exportWith(fake, WritableSink.layer(stream, "stdout")))
      assert.deepInclude(reason, { _tag: "SinkFailed", sink: "stdout", detail: "EPIPE" })
    })
  )
})
