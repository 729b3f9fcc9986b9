import { type DataSource, type FileStore, type Item, memoryFileStore, pause } from "@bcda-kit/sandbox"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { Effect } from "effect"
import { assert, describe, it } from "vitest"
import { bearerOf, noPace, wire } from "./Wire.ts"

/*
 * Lines are made in one go on the thread that also answers requests. Time is not measured here: sub-jobs end when a request was answered while
 * they were being made, or give up after far more lines than that can take.
 */

const one = (lines: () => Iterable<Item>): DataSource => ({
  plan: () => [{ type: "ExplanationOfBenefit", people: 1, lines }]
})

/** A store that reads everything and keeps nothing, without ever leaving the thread: it gives nobody else a turn. */
const swallowing = (): FileStore => {
  const inner = memoryFileStore()
  return {
    ...inner,
    write: (job, name, _, content) =>
      Effect.tryPromise({
        try: async () => {
          for await (const chunk of content) if (chunk.byteLength === 0) throw new Error("an empty chunk")
        },
        catch: () => new Error("not read to the end")
      }).pipe(Effect.orDie, Effect.andThen(inner.write(job, name, "identity", nothing())))
  }
}

const nothing = async function* (): AsyncGenerator<Uint8Array> {}

const kickOff = async ({ baseUrl }: RunningSandbox, authorization: string): Promise<string> => {
  const headers = { authorization, accept: "application/fhir+json", prefer: "respond-async" }
  const answer = await wire(baseUrl, "/api/v2/Patient/$export", headers)
  return new URL(String(answer.headers["content-location"])).pathname
}

const line = JSON.stringify({ id: "-1", text: "x".repeat(1000) })

describe("while a long sub-job is being made", () => {
  it.each([
    ["lines", line, 500_000],
    ["people without news", pause, 500_000]
  ] as const)("the server answers: %s", async (_, item, limit) => {
    const seen = { answered: false, ended: "not at all" }
    const data = one(function* () {
      for (let made = 0; made < limit && !seen.answered; made++) yield item
      seen.ended = seen.answered ? "answered" : "given up"
    })
    await using sandbox = await startSandbox({ data, pace: noPace, store: swallowing() })
    const authorization = await bearerOf(sandbox)
    const job = await kickOff(sandbox, authorization)
    const { headers, status } = await wire(sandbox.baseUrl, job, { authorization })
    seen.answered = true
    assert.strictEqual(status, 202)
    assert.match(String(headers["x-progress"]), /^(Pending|In Progress)/)
    await Effect.runPromise(sandbox.sandbox.idle)
    assert.strictEqual(seen.ended, "answered")
  })

  it("no more lines are made than the store takes", async () => {
    let made = 0
    const data = one(function* () {
      for (; made < 10_000; made++) yield line
    })
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const inner = memoryFileStore()
    const store: FileStore = {
      ...inner,
      write: (job, name, encoding, content) => inner.write(job, name, encoding, slowly(content, released))
    }
    await using sandbox = await startSandbox({ data, pace: noPace, store })
    const authorization = await bearerOf(sandbox)
    const job = await kickOff(sandbox, authorization)
    // Many turns of the event loop, in which everything could be made that nobody holds back.
    for (let asked = 0; asked < 50; asked++) await wire(sandbox.baseUrl, job, { authorization })
    assert.isAtLeast(made, 1)
    assert.isAtMost(made, 200)
    release()
    await Effect.runPromise(sandbox.sandbox.idle)
    assert.strictEqual(made, 10_000)
  })
})

/** The first chunk at once, the rest when told so. */
const slowly = async function* (content: AsyncIterable<Uint8Array>, released: Promise<void>) {
  for await (const chunk of content) {
    yield chunk
    await released
  }
}
