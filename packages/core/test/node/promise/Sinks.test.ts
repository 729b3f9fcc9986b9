import { PassThrough } from "node:stream"
import { setImmediate as turn } from "node:timers/promises"
import { connect, ExportError, type JobRef, type Sink, type SinkProof, Sinks } from "@bcda-kit/core/promise"
import { assert, describe, it } from "@effect/vitest"
import { claims1, patients } from "../support/Exporting.ts"
import { cut, type FakeBcda, quick } from "../support/FakeBcda.ts"
import { credentials, rejection, withServer } from "../support/Promising.ts"
import { until } from "../support/Waiting.ts"

const files = [patients, claims1]
const connected = (fake: FakeBcda) => connect({ target: fake.baseUrl, credentials, policy: quick })

/** A sink with everything, whose functions take a turn; what it holds, and what it was told. */
const store = (more: Partial<Sink> = {}) => {
  const held = new Map<string, { readonly bytes: Buffer; readonly proof: SinkProof }>()
  const told: Array<string> = []
  const sink: Sink = {
    name: "a store",
    takesBack: true,
    open: async ({ path, url }) => {
      await turn()
      told.push(`open ${path}`)
      const parts: Array<Uint8Array> = []
      let isWriting = false
      return {
        write: async (pieces) => {
          assert.isFalse(isWriting, "one call at a time")
          isWriting = true
          await turn()
          parts.push(...pieces)
          isWriting = false
        },
        commit: async (proof) => {
          await turn()
          held.set(url, { bytes: Buffer.concat(parts), proof })
        },
        abort: () => void told.push(`abort ${path}`)
      }
    },
    holds: async ({ url }) => held.get(url)?.proof,
    finish: async ({ complete }) => void told.push(`finish ${complete}`),
    ...more
  }
  return { sink, held, told }
}

describe("exportToSink", () => {
  it.live("brings files, proven, to a plain object of async functions", () =>
    withServer(async (fake) => {
      await using bcda = connected(fake)
      const { held, sink, told } = store()
      const tags: Array<string> = []
      const receipt = await bcda.exportToSink({ sink, onEvent: ({ _tag }) => void tags.push(_tag) })
      assert.isTrue(receipt.complete)
      assert.deepStrictEqual(
        [...held.values()].map(({ bytes }) => bytes.toString()).toSorted(),
        files.map(({ content }) => content.toString()).toSorted()
      )
      for (const { bytes, proof } of held.values()) assert.strictEqual(proof.bytes, bytes.length)
      assert.strictEqual(told.at(-1), "finish true")
      assert.strictEqual(tags.at(-1), "Finished")
    }, files)
  )

  it.live("takes back what broke off, and sends nothing again that is held", () =>
    withServer(async (fake) => {
      await using bcda = connected(fake)
      const { held, sink, told } = store()
      fake.faults.set(claims1.name, cut(0.5))
      let job: JobRef | undefined
      const failed = bcda.exportToSink({
        sink,
        onEvent: (event) => {
          if (event._tag === "KickedOff") job = event.job
        }
      })
      assert.instanceOf(await rejection(failed), ExportError)
      assert.include(told, "abort ExplanationOfBenefit/e1.ndjson")
      assert.lengthOf([...held], 1)
      fake.faults.clear()
      const stored: JobRef = JSON.parse(JSON.stringify(job))
      assert.isTrue((await bcda.exportToSink({ sink, adopt: stored })).complete)
      assert.lengthOf([...held], 2)
      assert.lengthOf(fake.jobs, 1)
      assert.strictEqual(fake.asked(patients.name), 1)
    }, files)
  )

  it.live("ends with the reason and the cause when the sink does not take it", () =>
    withServer(async (fake) => {
      await using bcda = connected(fake)
      const mine = Object.assign(new Error("bucket of 1S00E00AA00 is full"), { code: "ENOSPC" })
      const fail = () => Promise.reject(mine)
      const writer = { write: () => undefined, commit: () => undefined }
      const failing: ReadonlyArray<Partial<Sink>> = [
        { open: fail },
        { open: () => ({ ...writer, write: fail }) },
        { open: () => ({ ...writer, commit: fail }) },
        { holds: fail },
        { finish: fail }
      ]
      for (const more of failing) {
        const error = await rejection(bcda.exportToSink({ sink: store(more).sink }))
        assert.instanceOf(error, ExportError)
        assert.isTrue(error.reason._tag === "SinkFailed" && error.reason.detail === "ENOSPC")
        assert.strictEqual(error.cause, mine)
        assert.notInclude(error.message, "1S00E00AA00")
      }
      const text = store({
        open: () => {
          AbortSignal.abort("no").throwIfAborted()
          return writer
        }
      })
      assert.match(String(await rejection(bcda.exportToSink({ sink: text.sink }))), /what it threw is no error/)
    }, files)
  )

  it.live("fetches what the sink wants, and nothing else", () =>
    withServer(async (fake) => {
      await using bcda = connected(fake)
      const { held, sink } = store({ wants: ({ type }) => type === "Patient" })
      await bcda.exportToSink({ sink })
      assert.lengthOf([...held], 1)
      assert.strictEqual(fake.asked(claims1.name), 0)
    }, files)
  )

  it.live("aborts what is under way when the signal does", () =>
    withServer(async (fake) => {
      await using bcda = connected(fake)
      const abort = new AbortController()
      const reason = new Error("enough")
      const { held, sink, told } = store({ wants: ({ type }) => type === "Patient" })
      const open = sink.open.bind(sink)
      const ending: Sink = {
        ...sink,
        open: async (file) => {
          const writer = await open(file)
          return {
            ...writer,
            write: () => {
              abort.abort(reason)
              return new Promise(() => undefined)
            }
          }
        }
      }
      assert.strictEqual(await rejection(bcda.exportToSink({ sink: ending, signal: abort.signal })), reason)
      assert.include(told, "abort Patient/p.ndjson")
      assert.lengthOf([...held], 0)
    }, files)
  )

  it.live("has sinks of its own: memory, and streams of Node's", () =>
    withServer(async (fake) => {
      await using bcda = connected(fake)
      const memory = Sinks.memory()
      await bcda.exportToSink({ sink: memory.sink })
      assert.strictEqual(
        Buffer.from(memory.files.get("Patient/p.ndjson") ?? []).toString(),
        patients.content.toString()
      )
      const stream = new PassThrough()
      let text = ""
      stream.on("data", (block: Buffer) => (text += block.toString()))
      await bcda.exportToSink({ sink: Sinks.writable(stream, "my pipe") })
      const whole = files.map(({ content }) => content.toString()).join("")
      await until(() => text.length >= whole.length)
      assert.isTrue(text === whole)
      stream.destroy()
      const error = await rejection(bcda.exportToSink({ sink: Sinks.writable(stream, "my pipe") }))
      assert.match(String(error), /my pipe does not take/)
    }, files)
  )
})
