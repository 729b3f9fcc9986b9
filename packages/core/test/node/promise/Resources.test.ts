import { once } from "node:events"
import { Readable } from "node:stream"
import { setImmediate as turn } from "node:timers/promises"
import { gzipSync } from "node:zlib"
import {
  type Bcda,
  connect,
  ExportError,
  type JobRef,
  type LooseResource,
  type Manifest,
  type StandardResult,
  type StandardSchema
} from "@bcda-kit/core/promise"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { claims1, patients } from "../support/Exporting.ts"
import { cut, type FakeBcda, quick } from "../support/FakeBcda.ts"
import { all, credentials, rejection, withServer } from "../support/Promising.ts"
import { cutAt } from "../support/Reading.ts"
import { settled } from "../support/Waiting.ts"

const connected = (fake: FakeBcda) => connect({ target: fake.baseUrl, credentials, policy: quick })

const parsed = ({ content }: { readonly content: string | Buffer }): ReadonlyArray<LooseResource> =>
  content
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))

/** A validator as other libraries have them. */
const standard = <A>(
  validate: (value: unknown) => StandardResult<A> | Promise<StandardResult<A>>
): StandardSchema<A> => ({
  "~standard": { version: 1, vendor: "a test", validate }
})

const idOf = (value: unknown): string => Schema.decodeUnknownSync(Schema.Struct({ id: Schema.String }))(value).id

/** Wraps what a signal or a reader interrupts: an endless file, what was sent of it, and the end of its connection. */
const endless = (fake: FakeBcda) => {
  const piece = gzipSync(Buffer.from(patients.content))
  const seen = { sent: 0, closed: Promise.withResolvers<unknown>() }
  fake.faults.set(patients.name, (response) => {
    response.removeHeader("content-length")
    void once(response, "close").then(seen.closed.resolve)
    const pieces = function* () {
      for (;;) {
        seen.sent += piece.length
        yield piece
      }
    }
    Readable.from(pieces()).pipe(response)
    return true
  })
  return seen
}

const ended = async (bcda: Bcda, decode: StandardSchema): Promise<unknown> => rejection(all(bcda.resources({ decode })))

describe("resources", () => {
  it.live("come one by one, with their file and line", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        const got = await all(bcda.resources({ request: { types: ["Patient", "ExplanationOfBenefit"] } }))
        assert.deepStrictEqual(
          got.map(({ resource }) => resource),
          [...parsed(patients), ...parsed(claims1)]
        )
        assert.deepInclude(got[0]?.file, { path: "Patient/p.ndjson", section: "output" })
        assert.deepStrictEqual(
          got.slice(0, 3).map(({ line }) => line),
          [1, 2, 3]
        )
      },
      [patients, claims1]
    )
  )

  it.live("come as text or bytes, as they were written", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        const lines: Array<string> = []
        for await (const { resource } of bcda.resources({ decode: "line" })) lines.push(resource)
        assert.isTrue(`${lines.join("\n")}\n` === patients.content.toString())
        const bytes: Array<Uint8Array> = []
        for await (const { resource } of bcda.resources({ decode: "bytes", verify: "bytes" })) bytes.push(resource)
        assert.isTrue(
          Buffer.concat(bytes.flatMap((one) => [one, Buffer.from("\n")])).equals(Buffer.from(patients.content))
        )
      },
      [patients]
    )
  )

  it.live("come as what any Standard Schema makes of them, at once or later", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        const ids = parsed(patients).map(({ id }) => id)
        const atOnce = standard((value) => ({ value: idOf(value) }))
        const later = standard(async (value) => ({ value: idOf(value) }))
        const effects = Schema.toStandardSchemaV1(Schema.Struct({ id: Schema.String }))
        const texts: Array<string> = []
        for await (const { resource } of bcda.resources({ decode: atOnce })) texts.push(resource)
        assert.deepStrictEqual(texts, ids)
        const same = (await all(bcda.resources({ decode: later }))).map(({ resource }) => resource)
        assert.deepStrictEqual(same, ids)
        const typed: Array<string> = []
        for await (const { resource } of bcda.resources({ decode: effects })) typed.push(resource.id)
        assert.deepStrictEqual(typed, ids)
      },
      [patients]
    )
  )

  it.live("end where one does not fit, with its place and nothing of what is there", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        const seen: Array<number> = []
        const picky = standard((value) =>
          idOf(value).startsWith("é-9-")
            ? {
                issues: [
                  { message: `not ${idOf(value)}`, path: ["name", { key: 0 }, "1S00E00AA00"] },
                  { message: "no" }
                ]
              }
            : { value: idOf(value) }
        )
        const read = async () => {
          for await (const { line } of bcda.resources({ decode: picky })) seen.push(line)
        }
        const error = await rejection(read())
        assert.instanceOf(error, ExportError)
        const { reason } = error
        assert.isTrue(reason._tag === "SchemaMismatch" && reason.line === 10 && reason.file === "Patient/p.ndjson")
        assert.match(error.message, /name\.0\.\? does not fit; the resource does not fit$/)
        assert.deepStrictEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9])
        const mine = new Error("mine")
        const throwing = standard((): StandardResult<never> => {
          throw mine
        })
        assert.strictEqual(await ended(bcda, throwing), mine)
        assert.strictEqual(
          await ended(
            bcda,
            standard(() => Promise.reject(mine))
          ),
          mine
        )
      },
      [patients]
    )
  )

  it.live("go on with the next line after a connection broke, and end with what cannot be mended", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        fake.faults.set(patients.name, cutAt(600))
        const got = await all(bcda.resources({}))
        assert.deepStrictEqual(
          got.map(({ resource }) => resource),
          parsed(patients)
        )
        assert.strictEqual(fake.asked(patients.name), 2)
        fake.faults.set(patients.name, cut(0.5))
        const error = await rejection(all(bcda.resources({})))
        assert.isTrue(error instanceof ExportError && error.reason._tag === "CutShort")
      },
      [patients]
    )
  )

  it.live("wait on the wire for their reader, and let go of it when the loop is left", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        const file = endless(fake)
        let count = 0
        for await (const _ of bcda.resources({})) {
          if (++count < 10) continue
          await settled(() => file.sent)
          assert.isBelow(file.sent, 40 * 1024 * 1024, "what sockets hold, and a few blocks")
          break
        }
        await file.closed.promise
        const again = endless(fake)
        const abort = new AbortController()
        const reason = new Error("enough")
        const read = async () => {
          for await (const _ of bcda.resources({ signal: abort.signal })) abort.abort(reason)
        }
        assert.strictEqual(await rejection(read()), reason)
        await again.closed.promise
      },
      [patients]
    )
  )

  it.live("tell of the receipt when the last one has been dealt with", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        const order: Array<string> = []
        const onEvent = async ({ _tag }: { readonly _tag: string }) => {
          await Promise.resolve()
          order.push(_tag)
        }
        for await (const { line } of bcda.resources({ onEvent })) {
          await Promise.resolve()
          if (line === 300) order.push("last")
        }
        assert.includeMembers(order, ["KickedOff", "FileDone", "last"])
        assert.strictEqual(order.at(-1), "Finished")
        const mine = new Error("mine")
        assert.strictEqual(await rejection(all(bcda.resources({ onEvent: () => Promise.reject(mine) }))), mine)
      },
      [patients]
    )
  )

  it.live("come of a job that is there already, of a stored manifest, and of one file", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        const job: JobRef = JSON.parse(JSON.stringify(await bcda.kickOff()))
        assert.lengthOf(await all(bcda.resources({ adopt: job })), 300 + parsed(claims1).length)
        assert.lengthOf(fake.jobs, 1)
        const state = await bcda.status(job)
        if (state._tag !== "Completed") return assert.fail("it is not done")
        const manifest: Manifest = JSON.parse(JSON.stringify(state.manifest))
        assert.lengthOf(await all(bcda.resourcesOf(manifest)), 300 + parsed(claims1).length)
        const [file] = manifest.output
        if (file === undefined) return assert.fail("there is no file")
        const some: Array<string> = []
        for await (const { resource } of bcda.resourcesOfFile(file, { decode: "line" })) some.push(resource)
        assert.lengthOf(some, 300)
        return undefined
      },
      [patients, claims1]
    )
  )

  it.live("are given to a function one after the other, and then there is a receipt", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        let running = 0
        let count = 0
        const tags: Array<string> = []
        const receipt = await bcda.forEachResource(
          { onEvent: ({ _tag }) => void tags.push(_tag) },
          async ({ resource }) => {
            assert.strictEqual(++running, 1)
            assert.strictEqual(resource.resourceType, "Patient")
            await turn()
            running--
            count++
          }
        )
        assert.strictEqual(count, 300)
        assert.strictEqual(receipt.totals.lines, 300)
        assert.strictEqual(tags.at(-1), "Finished")
        const mine = new Error("mine")
        const failing = bcda.forEachResource({ decode: "line" }, () => {
          throw mine
        })
        assert.strictEqual(await rejection(failing), mine)
      },
      [patients]
    )
  )
})
