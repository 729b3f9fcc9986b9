import { makeSandbox, small } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { basic, bearerIn, exportHeaders, memberOf, startOfTest } from "./Support.ts"

const text = (response: Response) => Effect.promise(() => response.text())

/** Bodies of all files of a small export with the sandbox's own claims. */
const exported = (seed: number | undefined, path: string) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(startOfTest)
    const sandbox = yield* makeSandbox({ enrollees: 4, ...(seed === undefined ? {} : { seed }) })
    const send = (url: string, headers: Record<string, string>, method = "GET") =>
      Effect.promise(() => sandbox.fetch(new Request(url, { method, headers })))
    const login = { authorization: basic(small.clientId, small.clientSecret) }
    const token = yield* text(yield* send("https://bcda.test/auth/token", login, "POST"))
    const headers = exportHeaders(bearerIn(token))
    const kickOff = yield* send(`https://bcda.test${path}`, headers)
    yield* sandbox.idle
    yield* TestClock.adjust("1 minute")
    const manifest = yield* text(yield* send(kickOff.headers.get("content-location") ?? "", headers))
    const files: Record<string, string> = {}
    for (const [, type = "", url = ""] of manifest.matchAll(/"type":"(\w+)","url":"([^"]*)"/g)) {
      files[type] = yield* text(yield* send(url, headers))
    }
    return files
  })

describe("makeSandbox", () => {
  it.effect.each(["v1", "v2", "v3"])(
    "%s has claims of its own: NDJSON of the right type, one newline per line",
    (version) =>
      Effect.gen(function* () {
        const files = yield* exported(undefined, `/api/${version}/Group/all/$export`)
        assert.includeMembers(Object.keys(files), ["Patient", "Coverage", "ExplanationOfBenefit"])
        for (const [type, text] of Object.entries(files)) {
          assert.isTrue(text.endsWith("}\n"))
          for (const line of text.slice(0, -1).split("\n")) assert.strictEqual(memberOf(line, "resourceType"), type)
        }
        assert.lengthOf((files["Patient"] ?? "").trimEnd().split("\n"), 4)
      })
  )

  it.effect("the same seed gives the same claims, another one others", () =>
    Effect.gen(function* () {
      const path = "/api/v2/Patient/$export?_type=Patient"
      const first = yield* exported(7, path)
      assert.deepStrictEqual(yield* exported(7, path), first)
      assert.notDeepEqual(yield* exported(8, path), first)
    })
  )
})
