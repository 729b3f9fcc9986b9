import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { json, serve } from "../support/server.ts"

const here = fileURLToPath(new URL(".", import.meta.url))

/** Runs a program in a process of its own, and tells whether it loaded a module. */
const loads = (module: string, program: string): Effect.Effect<boolean> =>
  Effect.promise(async () => {
    const watched = `
      import { registerHooks } from "node:module"
      let loaded = false
      registerHooks({ resolve: (name, context, next) => { loaded ||= name === "${module}"; return next(name, context) } })
      const { connect } = await import("@bcda-kit/core/promise")
      ${program}
      console.log(loaded)`
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", watched], {
      cwd: here
    })
    return stdout.trim() === "true"
  })

const loadsJose = (program: string) => loads("jose", program)

describe("the library that signs", () => {
  it.live("is loaded for a private key, and for nobody else", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        "GET /r4/.well-known/smart-configuration": ({ headers }) =>
          json({ token_endpoint: `http://${headers.host}/token` }),
        "GET /api/v3/attribution_status": json({ ingestion_dates: [] })
      })
      const secret = `connect({ target: "${server.url}", credentials: { clientId: "me", clientSecret: "s" } })`
      assert.isFalse(yield* loadsJose(`await ${secret}.attribution()`))
      assert.strictEqual(server.to("/api/v3/attribution_status").length, 1)
      // A key in form only: it is loaded, and then found wanting.
      const key = `{ kty: "EC", crv: "P-384", kid: "k", x: "AA", y: "AA", d: "AA" }`
      const smart = `connect({ target: "${server.url}/r4", auth: "smart", credentials: { clientId: "me", key: ${key} } })`
      assert.isTrue(yield* loadsJose(`await ${smart}.kickOff({ scope: "system" }).catch(() => undefined)`))
    })
  )
})

describe("what sends telemetry", () => {
  it.live("is loaded for those who ask for it, and for nobody else", () =>
    Effect.gen(function* () {
      const server = yield* serve({ "GET /api/v3/attribution_status": json({ ingestion_dates: [] }) })
      const client = (more: string) =>
        `const bcda = connect({ target: "${server.url}", credentials: { clientId: "me", clientSecret: "s" }${more} }); await bcda.attribution(); await bcda.close()`
      assert.isFalse(yield* loads("effect/observability", client("")))
      assert.isTrue(yield* loads("effect/observability", client(", telemetry: {}")))
      assert.strictEqual(server.to("/api/v3/attribution_status").length, 2)
    })
  )
})
