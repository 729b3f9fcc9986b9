import { X509Certificate } from "node:crypto"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { getCACertificates } from "node:tls"
import { Credentials, Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Connection from "../../src/Connection.ts"
import type { Finding } from "../../src/Diagnosis.ts"
import { ageFinding, rivalOf } from "../../src/doctor/Account.ts"
import { authoritiesFinding, proxyFinding } from "../../src/doctor/Machine.ts"
import { hasty } from "../../src/doctor/Network.ts"
import { lookAtServer, lookInside, versionFinding } from "../../src/doctor/Server.ts"
import { jsonLines, temporary } from "../support/Bcda.ts"
import { blackhole } from "../support/Blackhole.ts"
import { runHere } from "../support/InProcess.ts"
import { answer, startProxy } from "../support/Proxy.ts"
import { startWorld } from "../support/World.ts"

const listener = () => {
  const said: Array<Finding> = []
  const say = (finding: Finding) => Effect.sync(() => void said.push(finding))
  return { said, say }
}

const targetAt = (url: string) => Result.getOrThrow(Target.fromUrl(url))

const withEnvironment = (env: Readonly<Record<string, string>>) =>
  Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))

describe("credentials of the other environment", () => {
  it("may only be those of the other of CMS's two", () => {
    assert.strictEqual(rivalOf(Target.sandbox("v2"))?.baseUrl, Target.production().baseUrl)
    assert.strictEqual(rivalOf(Target.production())?.baseUrl, Target.sandbox().baseUrl)
    assert.isUndefined(rivalOf(targetAt("https://bcda.example")))
    assert.isUndefined(rivalOf(targetAt("https://sandbox.bcda.cms.gov.example")))
  })

  it.live("are known by the other giving a token for them", () =>
    Effect.gen(function* () {
      const world = yield* Effect.acquireDisposable(Effect.promise(() => startWorld()))
      const proxy = yield* Effect.acquireDisposable(Effect.promise(() => startProxy(world.sandbox)))
      proxy.hook = ({ url = "" }, response) => url === "/auth/token" && answer(response, 401, {})
      const { BCDA_CLIENT_ID: id, BCDA_CLIENT_SECRET: secret } = world.env
      const [target, rival] = [targetAt(proxy.baseUrl), targetAt(world.sandbox.baseUrl)]
      const look = Effect.fnUntraced(function* (credentials: Credentials, other: Target | undefined) {
        const { said, say } = listener()
        const options = { target, credentials }
        yield* lookInside(options, say, other).pipe(Effect.provide(Connection.client({ ...options, policy: hasty })))
        return said
      })
      const [found] = yield* look(Credentials.of(id, secret), rival)
      assert.strictEqual(found?.what, `These are ${rival.name}'s credentials`)
      assert.strictEqual(found?.exitCode, 2)
      assert.notInclude(JSON.stringify(found), secret)
      // Wrong everywhere, or nowhere else to ask.
      for (const said of [
        yield* look(Credentials.of(id, "wrong"), rival),
        yield* look(Credentials.of(id, secret), undefined)
      ]) {
        assert.match(said[0]?.why ?? "", /wrong, expired or for another environment/)
      }
    })
  )
})

describe("an address that is not let in", () => {
  it.effect("is known by connections that never come about, after 10 s", () =>
    Effect.gen(function* () {
      const nowhere = yield* Effect.acquireDisposable(Effect.promise(() => blackhole()))
      const { said, say } = listener()
      const target = targetAt(nowhere.baseUrl)
      const fiber = yield* lookAtServer(target, say).pipe(
        Effect.provide(Connection.client({ target, policy: hasty })),
        Effect.forkChild({ startImmediately: true })
      )
      // A connection that comes about on this machine does so at once.
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      yield* TestClock.adjust("9999 millis")
      assert.deepStrictEqual(said, [])
      yield* TestClock.adjust("1 millis")
      assert.isFalse(yield* Fiber.join(fiber))
      assert.lengthOf(said, 1)
      assert.match(said[0]?.why ?? "", /^no connection within 10 s \(ETIMEDOUT\)/)
    })
  )
})

/** How many authorities this process trusts; Node may list one twice, spelt differently. */
const trusted = () => new Set(getCACertificates("default").map((pem) => new X509Certificate(pem).fingerprint256)).size

const trusting = (env: Readonly<Record<string, string>>, caFile?: string) =>
  Effect.scoped(authoritiesFinding({ caFile })).pipe(withEnvironment(env))

describe("this machine", () => {
  it.effect.each<readonly [Readonly<Record<string, string>>, string, RegExp]>([
    [{}, "ok", /none is asked for/],
    [{ HTTPS_PROXY: "http://me:word@proxy.example" }, "warn", /^HTTPS_PROXY is set, and bcda does not go through/],
    [{ https_proxy: "http://proxy.example", ALL_PROXY: "x" }, "warn", /^https_proxy, ALL_PROXY is set/]
  ])("with the variables of a proxy %j: %s", ([env, result, what]) =>
    Effect.gen(function* () {
      const found = yield* proxyFinding(Target.production()).pipe(withEnvironment(env))
      assert.strictEqual(found.result, result)
      assert.match(found.what, what)
      assert.notInclude(JSON.stringify(found), "word")
      const here = yield* proxyFinding(targetAt("http://127.0.0.1:1")).pipe(withEnvironment(env))
      assert.strictEqual(here.result, "ok")
    })
  )

  it.effect("with certificates that are not checked, or authorities that are not there", () =>
    Effect.gen(function* () {
      using folder = temporary()
      const empty = join(folder.path, "empty.pem")
      writeFileSync(empty, "nothing")
      assert.strictEqual((yield* trusting({})).result, "ok")
      const off = yield* trusting({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })
      assert.deepStrictEqual([off.result, off.exitCode], ["fail", 2])
      const gone = yield* trusting({ NODE_EXTRA_CA_CERTS: join(folder.path, "none.pem") })
      assert.match(gone.why ?? "", /none\.pem cannot be read \(ENOENT\)/)
      assert.match(gone.next ?? "", /^Give NODE_EXTRA_CA_CERTS/)
      assert.match((yield* trusting({}, empty)).why ?? "", /empty\.pem holds no certificate/)
    })
  )

  it.live.skipIf(!existsSync("/proc/self"))("with no room at all", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* runHere(["doctor", "--target", "embedded", "--out", "/proc", "--json"])
      assert.strictEqual(code, 2)
      assert.match(stdout, /"check":"disk","result":"fail","what":"0 B free at \/proc"/)
    })
  )
})

describe("the configuration", () => {
  it.live("is named, and one that cannot be used ends it with 2", () =>
    Effect.gen(function* () {
      using folder = temporary()
      const file = join(folder.path, "bcda.config.json")
      writeFileSync(file, JSON.stringify({ defaults: { target: "embedded" } }))
      const good = yield* runHere(["doctor", "--config", file])
      assert.strictEqual(good.code, 0, good.stdout)
      assert.include(good.stdout, `configuration  ${file}`)
      writeFileSync(file, JSON.stringify({ defaults: { targt: "embedded" } }))
      const bad = yield* runHere(["doctor", "--config", file, "--json"])
      assert.strictEqual(bad.code, 2)
      assert.containSubset(jsonLines(bad.stdout).at(-1), { ok: false, failed: ["configuration"] })
    })
  )

  it.live("has a file of authorities for a server that nobody else vouches for", () =>
    Effect.gen(function* () {
      using folder = temporary()
      const world = yield* Effect.acquireDisposable(Effect.promise(() => startWorld({ tls: true })))
      const { baseUrl, certificate = "" } = world.sandbox
      const before = trusted()
      const file = join(folder.path, "bcda.config.json")
      const put = (caFile: string | undefined) =>
        writeFileSync(file, JSON.stringify({ targets: { mine: { baseUrl, caFile } }, defaults: { target: "mine" } }))
      writeFileSync(join(folder.path, "ca.pem"), certificate)
      const examine = () => runHere(["doctor", "--config", file], { env: world.env })
      put(undefined)
      const without = yield* examine()
      assert.strictEqual(without.code, 3)
      assert.match(without.stdout, /fail +network +.* has no trusted encrypted connection[\s\S]*next: +.*caFile/)
      put("ca.pem")
      const withFile = yield* examine()
      assert.strictEqual(withFile.code, 0, withFile.stdout)
      // For that run only. (A session of TLS that began then may go on, so the server is not asked again.)
      assert.strictEqual(trusted(), before)
      put("none.pem")
      const gone = yield* examine()
      assert.strictEqual(gone.code, 2)
      assert.match(gone.stdout, /fail +authorities [\s\S]*none\.pem cannot be read/)
    })
  )
})

const now = Date.parse("2026-11-24T12:00:00Z")

describe("time", () => {
  it.each([
    [undefined, "skip", /not known/],
    ["2026-11-24", "ok", /^0 days old, good for 90 days more/],
    ["2026-09-10", "ok", /^75 days old, good for 15 days more/],
    ["2026-09-09", "warn", /end in 14 days/],
    ["2026-08-27", "warn", /end in 1 day$/],
    ["2026-08-26", "fail", /end today$/],
    ["2026-08-25", "fail", /have ended 1 day ago$/],
    ["2026-01-01", "fail", /have ended \d+ days ago/],
    ["2027-01-01", "warn", /from the future/]
  ])("credentials made on %s: %s", (made, result, what) => {
    const found = ageFinding(made, now)
    assert.strictEqual(found.result, result)
    assert.match(found.what, what)
  })

  it.each([
    ["v1", now, "warn", /on 2027-07-30, in 248 days/],
    ["v2", Date.parse("2027-07-29T12:00:00Z"), "warn", /in 1 day$/],
    ["v2", Date.parse("2027-08-01T00:00:00Z"), "warn", /was to remove/],
    ["v3", now, "ok", /^$/],
    ["fhir", now, "ok", /^$/]
  ] as const)("%s at %d: %s", (apiVersion, at, result, why) => {
    const found = versionFinding({ apiVersion }, "BCDA", at)
    assert.strictEqual(found.result, result)
    assert.match(found.why ?? "", why)
  })
})
