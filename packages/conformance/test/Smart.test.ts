/** Tokens by SMART Backend Services: where to ask, how to prove a key, and what is left in the record of it. */

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { KeyCredentials, Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { outcomeOf, type VerdictLine } from "../src/index.ts"
import { embeddedOf, headerOf, judged, keyOf, runOn } from "./support/Judging.ts"
import { body, on, without } from "./support/mutations/tools.ts"
import { temporaryDirectory } from "./support/TemporaryDirectory.ts"
import { canaryToken, type Mutation, tinyBcda } from "./support/TinyBcda.ts"
import { tinyKey } from "./support/TinySmart.ts"

/** What a run against a SMART server says of the first exchanges, and the verdicts. */
const smart = (mutate?: Mutation, credentials?: KeyCredentials) =>
  judged({ auth: "smart", ...(mutate && { mutate }) }, { ...(credentials && { credentials }) })

const because = (lines: Parameters<typeof headerOf>[0]) => headerOf(lines).smoke?.because ?? ""

describe("a token by SMART Backend Services", () => {
  it.live("of a server that is no BCDA is asked for where its configuration says, for the scope that it has", () =>
    Effect.gen(function* () {
      const tiny = yield* tinyBcda({ auth: "smart" })
      const directory = yield* temporaryDirectory
      const target = Result.getOrThrow(Target.fromUrl(`${tiny.baseUrl}/api/v3`, { auth: "smart" }))
      const lines = yield* runOn(tiny, { target, credentials: keyOf(tiny), directory })
      const verdicts = lines.filter((line): line is VerdictLine => line.kind === "verdict")
      const [token] = verdicts.filter(({ check }) => check === "token/issued")
      assert.deepInclude(token, { verdict: "pass" })
      assert.deepStrictEqual(
        verdicts
          .filter(({ check, verdict }) => check.startsWith("assertion/") && verdict !== "pass")
          .map(({ check, evidence }) => [check, evidence]),
        []
      )
      const captured = readFileSync(join(directory, "capture.jsonl"), "utf8")
      assert.include(captured, "grant_type=client_credentials&scope=system%2F*.read")
      assert.include(captured, "client_assertion=[assertion#1]")
      const { d } = JSON.parse(tinyKey)
      for (const secret of [canaryToken, tinyKey, d, "eyJ"]) assert.notInclude(captured, secret)
    }).pipe(Effect.scoped)
  )

  it.live("is asked for at an endpoint on another origin only if the target names it", () =>
    Effect.gen(function* () {
      const [tiny, other] = [yield* tinyBcda({ auth: "smart" }), yield* tinyBcda({ auth: "smart" })]
      const endpoint = `${other.baseUrl}/auth/token`
      const elsewhere = yield* smart(body("smart", (value) => ({ ...value, token_endpoint: endpoint })))
      assert.include(because(elsewhere.lines), "names an origin that the target does not allow")
      assert.deepStrictEqual(other.requests, [])
      assert.strictEqual(outcomeOf(elsewhere.lines).exitCode, 3)
      const target = { ...embeddedOf(tiny, "v3", "smart"), tokenEndpoint: endpoint }
      yield* runOn(tiny, { target, credentials: keyOf(tiny) })
      assert.include(other.requests, "POST /auth/token")
    }).pipe(Effect.scoped)
  )

  it.live("cannot be asked for when the server does not say where", () =>
    Effect.gen(function* () {
      for (const [mutate, answer] of [
        [on("smart", () => ({ status: 404, headers: {}, body: "" })), "is answered 404"],
        [body("smart", without("token_endpoint")), "is answered 200"]
      ] as const) {
        const { by, lines } = yield* smart(mutate)
        assert.include(because(lines), "does not say where its tokens come from")
        assert.include(because(lines), answer)
        assert.strictEqual(
          by.get("discovery/backend-services")?.verdict,
          "fail",
          "what was seen is judged all the same"
        )
        assert.strictEqual(by.get("token/issued")?.verdict, "blocked")
      }
    })
  )

  it.live("cannot be asked for with a key that the server does not take, or that is none", () =>
    Effect.gen(function* () {
      const rsaOnly = body("smart", (value) => ({
        ...value,
        token_endpoint_auth_signing_alg_values_supported: ["RS384"]
      }))
      assert.include(because((yield* smart(rsaOnly)).lines), "the server takes RS384")
      const canary = "canary-key-4c1d77"
      const { lines } = yield* smart(undefined, KeyCredentials.of("tiny-client", canary))
      assert.include(because(lines), "The private key cannot be used")
      assert.notInclude(JSON.stringify(lines), canary)
    })
  )
})
