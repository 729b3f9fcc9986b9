import { readdirSync } from "node:fs"
import { join } from "node:path"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterAll, beforeAll } from "vitest"
import { prove } from "../src/Proof.ts"
import { bcda, jsonLines, start, temporary } from "./support/Bcda.ts"
import { claims } from "./support/Claims.ts"
import { answer, answerFile, startProxy } from "./support/Proxy.ts"

let sandbox: RunningSandbox
let env: Record<string, string>
beforeAll(async () => {
  sandbox = await startSandbox({ data: claims, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
  const [first] = sandbox.credentials
  env = { BCDA_CLIENT_ID: first?.clientId ?? "", BCDA_CLIENT_SECRET: first?.clientSecret ?? "" }
})
afterAll(() => sandbox.close())

const runsIn = (directory: string) => readdirSync(directory).filter((name) => name !== "watermarks")

/** Exports with `--since auto` through a proxy; `sinces` are those of the kick-offs. */
const setUp = async () => {
  const out = temporary()
  const proxy = await startProxy(sandbox)
  const sinces: Array<string | null> = []
  const watch: typeof proxy.hook = (incoming) => {
    if (incoming.url?.includes("$export")) sinces.push(new URL(incoming.url, proxy.baseUrl).searchParams.get("_since"))
    return false
  }
  proxy.hook = watch
  const args = ["export", "--target", proxy.baseUrl, "--out", out.path, "--since", "auto"]
  return {
    out: out.path,
    proxy,
    sinces,
    watch,
    args,
    run: (...more: ReadonlyArray<string>) => bcda([...args, ...more], { env }),
    [Symbol.asyncDispose]: async () => {
      out[Symbol.dispose]()
      await proxy[Symbol.asyncDispose]()
    }
  }
}

const error = {
  resourceType: "OperationOutcome",
  issue: [{ severity: "error", code: "exception", details: { text: "no claims of 1EG4TE5MK73" } }]
}

describe.concurrent("bcda export --since auto", () => {
  it("exports everything once, then only what is new, and only when something can be", async () => {
    await using one = await setUp()
    const first = await one.run()
    assert.strictEqual(first.code, 0, first.stderr)
    const moved = /everything is safe: the next export begins at (\S+)\n/.exec(first.stderr)?.[1] ?? ""
    assert.match(moved, /^20\d\d-/)

    const skipped = await one.run()
    assert.strictEqual(skipped.code, 0, skipped.stderr)
    assert.match(skipped.stdout, /^nothing exported: .*\nTo export all the same: --even-if-unchanged\n$/)
    const asJson = await one.run("--json")
    assert.deepStrictEqual({ code: asJson.code, stderr: asJson.stderr }, { code: 0, stderr: "" })
    assert.containSubset(jsonLines(asJson.stdout), [
      { _tag: "Skipped", advice: { run: false, because: "nothing-new" }, watermark: { transactionTime: moved } }
    ])

    const second = await one.run("--even-if-unchanged", "--json")
    assert.strictEqual(second.code, 0, second.stderr)
    assert.containSubset(jsonLines(second.stdout).at(-1), { complete: true })
    assert.deepStrictEqual(one.sinces, [null, moved])
    assert.strictEqual(runsIn(one.out).length, 2)
    for (const name of runsIn(one.out)) {
      assert.deepStrictEqual((await Effect.runPromise(prove(join(one.out, name)))).mismatches, [])
    }
  })

  it("goes on after kill -9 with the same job, in the same directory", async () => {
    await using one = await setUp()
    const running = start([...one.args, "--concurrency", "1"], { env })
    let files = 0
    one.proxy.hook = (incoming, response) => {
      if (!incoming.url?.startsWith("/data/")) return one.watch(incoming, response)
      files += 1
      if (files < 2) return false
      running.child.kill("SIGKILL")
      return true
    }
    assert.strictEqual((await running.ran).code, null)
    one.proxy.hook = one.watch
    const again = await one.run()
    assert.strictEqual(again.code, 0, again.stderr)
    assert.match(again.stderr, /resumed, 1 file already here\n/)
    assert.match(again.stderr, /everything is safe/)
    assert.deepStrictEqual(one.sinces, [null])
    assert.strictEqual(runsIn(one.out).length, 1)
  })

  it("keeps a second run out, and says who is in", async () => {
    await using one = await setUp()
    const running = start(one.args, { env })
    one.proxy.hook = (incoming) => incoming.url?.startsWith("/data/") === true
    await running.printed("ready: ")
    const second = await one.run()
    assert.strictEqual(second.code, 2, second.stderr)
    assert.include(second.stderr, `process ${running.child.pid}`)
    running.child.kill("SIGTERM")
    await running.ran
  })

  it("stays where it was when the server could not export everybody, unless that is accepted", async () => {
    await using one = await setUp()
    one.proxy.hook = (incoming, response) =>
      incoming.url?.endsWith("/warnings-and-info.ndjson") ? answerFile(response, error) : one.watch(incoming, response)
    const kept = await one.run()
    assert.strictEqual(kept.code, 1, kept.stderr)
    assert.match(kept.stderr, /the next export begins with everything\. .*could not export everything \(1 error\)/)
    assert.match(kept.stdout, /\n {2}error: no claims of \[MBI\]\n/)
    const accepted = await one.run("--accept-errors")
    assert.strictEqual(accepted.code, 1, accepted.stderr)
    assert.match(accepted.stderr, /everything is safe/)
    assert.deepStrictEqual(one.sinces, [null, null])
  })

  it("ends with 3 when the server refuses, and the next run goes on in the same directory", async () => {
    await using one = await setUp()
    one.proxy.hook = (incoming, response) =>
      incoming.url?.includes("$export") === true ? answer(response, 400, error) : false
    assert.strictEqual((await one.run()).code, 3)
    one.proxy.hook = one.watch
    assert.strictEqual((await one.run()).code, 0)
    assert.strictEqual(runsIn(one.out).length, 1)
  })
})

describe.concurrent("January", () => {
  it("is explained when the server has no list of this year", async () => {
    using out = temporary()
    const outdated = { BCDA_CLIENT_ID: "sandbox-outdated", BCDA_CLIENT_SECRET: "not-a-secret-outdated" }
    const args = ["export", "--target", sandbox.baseUrl, "--out"]
    const ran = await bcda([...args, join(out.path, "all")], { env: outdated })
    assert.strictEqual(ran.code, 3, ran.stderr)
    assert.match(ran.stderr, /next: {2}Usual in January.*--group runout/)
    const runout = await bcda([...args, join(out.path, "runout"), "--group", "runout"], { env: outdated })
    assert.strictEqual(runout.code, 0, runout.stderr)
  })
})
