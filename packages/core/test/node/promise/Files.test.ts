import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import type { ServerResponse } from "node:http"
import { gunzipSync } from "node:zlib"
import { connect, DownloadError } from "@bcda-kit/core/promise"
import { assert, describe, it } from "@effect/vitest"
import { bulky, cut, type FakeBcda, quick } from "../support/FakeBcda.ts"
import { all, credentials, rejection, withServer } from "../support/Promising.ts"
import { settled, until } from "../support/Waiting.ts"

const large = { type: "Patient", name: "large.ndjson", content: bulky("Patient", 1000).replaceAll("é", "e") }
/** More than sockets hold. */
const huge = Buffer.alloc(64 * 1024 * 1024, "x")
const urlOf = (fake: FakeBcda) => `${fake.baseUrl}/data/7/${large.name}`
const connected = (fake: FakeBcda) => connect({ target: fake.baseUrl, credentials, policy: quick })

/** Resolves when the connection of the next request for the file is closed, with whether all was sent. */
const watched = (fake: FakeBcda): Promise<boolean> =>
  new Promise((resolve) => {
    fake.faults.set(large.name, (response) => {
      void once(response, "close").then(() => resolve(response.writableFinished))
      return false
    })
  })

describe("open", () => {
  it.live("gives the bytes as they travelled, as a web stream and as an iterable", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        const file = await bcda.open(urlOf(fake))
        assert.deepInclude(file, { status: 200, contentEncoding: "gzip", rangesServed: true })
        const bytes = Buffer.from(await new Response(file.body).arrayBuffer())
        assert.isTrue(gunzipSync(bytes).equals(Buffer.from(large.content)))
        const plain = await bcda.open(urlOf(fake), { acceptEncoding: "identity", range: { start: 10 } })
        assert.deepInclude(plain, { status: 206, contentEncoding: "identity" })
        assert.isTrue(Buffer.concat(await all(plain)).equals(Buffer.from(large.content).subarray(10)))
      },
      [large]
    )
  )

  it.live("reads no further than its reader", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        let answer: ServerResponse | undefined
        fake.faults.set(large.name, (response) => {
          answer = response
          return false
        })
        await using file = await bcda.open(urlOf(fake), { acceptEncoding: "identity" })
        const reader = file.body.getReader()
        let read = (await reader.read()).value?.length ?? 0
        await settled(() => answer?.writableLength ?? 0)
        assert.isFalse(answer?.writableFinished, "most of it waits with the server")
        for (let next = await reader.read(); !next.done; next = await reader.read()) read += next.value.length
        assert.strictEqual(read, huge.length)
        await until(() => answer?.writableFinished === true)
      },
      [{ ...large, content: huge }]
    )
  )

  it.live("closes the connection when the loop is left, when it is closed unread, and when the client is", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        const left = watched(fake)
        for await (const _ of await bcda.open(urlOf(fake))) break
        assert.isFalse(await left)
        const unread = watched(fake)
        const file = await bcda.open(urlOf(fake))
        await file.close()
        assert.isFalse(await unread)
        assert.deepStrictEqual(await all(file), [])
        const cancelled = watched(fake)
        await (await bcda.open(urlOf(fake))).body.cancel()
        assert.isFalse(await cancelled)
        const forgotten = watched(fake)
        const lost = await bcda.open(urlOf(fake))
        await bcda.close()
        assert.isFalse(await forgotten)
        assert.deepInclude(await rejection(all(lost)), { name: "AbortError" })
      },
      [large]
    )
  )

  it.live("ends with the signal's reason in the middle of the body", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        const abort = new AbortController()
        const reason = new Error("enough")
        const closed = watched(fake)
        const reader = (await bcda.open(urlOf(fake), { signal: abort.signal })).body.getReader()
        await reader.read()
        abort.abort(reason)
        assert.isFalse(await closed)
        assert.strictEqual(await rejection(reader.read()), reason)
        assert.strictEqual(await rejection(bcda.open(urlOf(fake), { signal: abort.signal })), reason)
        assert.strictEqual(fake.asked(large.name), 1)
      },
      [large]
    )
  )

  it.live("never just ends where a connection broke", () =>
    withServer(
      async (fake) => {
        await using bcda = connected(fake)
        fake.faults.set(large.name, cut(0.5))
        const error = await rejection(new Response((await bcda.open(urlOf(fake))).body).arrayBuffer())
        assert.instanceOf(error, DownloadError)
        assert.strictEqual(error.reason._tag, "CutShort")
        const gone = await rejection(bcda.open(`${fake.baseUrl}/data/7/none`))
        assert.isTrue(gone instanceof DownloadError && gone.reason._tag === "FileGone")
        const foreign = await rejection(bcda.open("https://elsewhere.example/f"))
        assert.isTrue(foreign instanceof DownloadError && foreign.reason._tag === "ForeignOrigin")
      },
      [large]
    )
  )
})

describe("saveFile", () => {
  it.live("saves one file and proves it, and tells of its progress and its repetitions", () =>
    withServer(
      async (fake, directory) => {
        await using bcda = connected(fake)
        const part = `${directory}.part`
        fake.faults.set(large.name, cut(0.5, 1))
        const told: Array<number> = []
        const repeated: Array<readonly [string, number]> = []
        const options = { url: urlOf(fake), type: "Patient", part, name: "l.ndjson", gzip: "decode" } as const
        const saved = await bcda.saveFile({
          ...options,
          onProgress: async (bytes) => void told.push(bytes),
          onRetry: (error, attempt) => void repeated.push([error.reason._tag, attempt])
        })
        assert.deepInclude(saved, { lines: 1000, attempts: 2, kept: false })
        assert.isTrue(readFileSync(part).equals(Buffer.from(large.content)))
        assert.strictEqual(told.at(-1), saved.bytes)
        assert.deepStrictEqual(repeated, [["CutShort", 2]])
        const mine = new Error("mine")
        const error = await rejection(bcda.saveFile({ ...options, onProgress: () => Promise.reject(mine) }))
        assert.strictEqual(error, mine)
      },
      [large]
    )
  )

  it.live("ends with the signal", () =>
    withServer(
      async (fake, directory) => {
        await using bcda = connected(fake)
        const abort = new AbortController()
        const closed = watched(fake)
        const saving = bcda.saveFile({
          url: urlOf(fake),
          type: "Patient",
          part: `${directory}.part`,
          name: "l.ndjson",
          gzip: "keep",
          signal: abort.signal,
          onProgress: () => abort.abort()
        })
        assert.deepInclude(await rejection(saving), { name: "AbortError" })
        assert.isFalse(await closed)
        await until(() => existsSync(`${directory}.part`))
      },
      [large]
    )
  )
})
