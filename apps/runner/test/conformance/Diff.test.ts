/** `bcda conformance diff` by the real command, over runs against servers of which one is broken. */
import { join } from "node:path"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { bcda, jsonLines, temporary } from "../support/Bcda.ts"
import { answer, startProxy } from "../support/Proxy.ts"

const env = { BCDA_CLIENT_ID: "sandbox-small", BCDA_CLIENT_SECRET: "not-a-secret-small" }

describe("bcda conformance diff", () => {
  it("ends with 1 when something is worse, and with 0 when it is not", { timeout: 120_000 }, async () => {
    using folder = temporary()
    const sandbox = await startSandbox({ enrollees: 3, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
    await using proxy = await startProxy(sandbox)
    try {
      const judge = (name: string) =>
        bcda(["conformance", "--target", proxy.baseUrl, "--only", "metadata", "--out", join(folder.path, name)], {
          env
        })
      await judge("before")
      proxy.hook = (incoming, response) =>
        incoming.url?.endsWith("/metadata") === true && answer(response, 200, { resourceType: "Patient" })
      await judge("after")
      const diff = (...args: ReadonlyArray<string>) => bcda(["conformance", "diff", ...args], { cwd: folder.path })

      const worse = await diff("before", "after")
      assert.strictEqual(worse.code, 1, worse.stderr)
      assert.match(worse.stdout, /## Newly failing[^]*metadata\/readable/)
      assert.match(worse.stdout, /## Changed on the wire/)

      const better = await diff("after", "before", "--json")
      assert.strictEqual(better.code, 0, better.stderr)
      const [line] = jsonLines(better.stdout)
      assert.deepInclude(line, { newlyFailing: [], vanished: [], complete: true })

      const nothing = await diff("before", "nowhere")
      assert.strictEqual(nothing.code, 2)
      assert.match(nothing.stderr, /nowhere/)
    } finally {
      await sandbox.close()
    }
  })
})
