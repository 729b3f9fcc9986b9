import { join } from "node:path"
import { connect, ExportError } from "@bcda-kit/core/promise"
import { layer } from "@bcda-kit/core/telemetry"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { collector } from "./support/Collector.ts"
import { all, claims1, claims2, patients } from "./support/Exporting.ts"
import { cut, type FakeBcda, fakeBcda, quick } from "./support/FakeBcda.ts"
import { tempDirectory } from "./support/TempDirectory.ts"

const secret = "canary-secret-7f3a"
const credentials = { clientId: "an-id", clientSecret: secret }

/** One export as a promise user runs it, with telemetry; ends when all of that has been sent. */
const exported = Effect.fnUntraced(function* (fake: FakeBcda, telemetry: Record<string, string> | undefined) {
  const directory = join(yield* tempDirectory, "export")
  return yield* Effect.promise(async () => {
    await using bcda = connect({ target: fake.baseUrl, credentials, policy: quick, ...(telemetry && { telemetry }) })
    return await bcda.export({ directory }).catch((error: unknown) => {
      if (error instanceof ExportError) return error
      throw error
    })
  })
})

describe("telemetry", () => {
  it.live("tells of an export, its steps, its requests and its files", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda(all)
      fake.faults.set(claims1.name, cut(0.5, 1))
      const seen = yield* collector
      const receipt = yield* exported(fake, seen.environment)
      if (receipt instanceof ExportError) return assert.fail(receipt.message)

      assert.strictEqual(seen.service(), "bcda-kit")
      const spans = seen.spans()
      const [root, ...others] = spans.filter(({ name }) => name === "exportToDirectory")
      assert.isDefined(root)
      assert.isEmpty(others)
      assert.isTrue(spans.every(({ trace }) => trace === root?.trace))
      const byId = new Map(spans.map((span) => [span.id, span]))
      const ancestors = (span: (typeof spans)[number]): ReadonlyArray<string> => {
        const parent = byId.get(span.parent ?? "")
        return parent === undefined ? [] : [parent.name, ...ancestors(parent)]
      }
      for (const step of [
        "BcdaClient.token",
        "BcdaClient.kickOff",
        "BcdaClient.follow",
        "BcdaClient.file",
        "BcdaClient.open"
      ]) {
        const found = spans.filter(({ name }) => name === step)
        assert.isNotEmpty(found, step)
        for (const span of found) assert.include(ancestors(span), "exportToDirectory", step)
      }
      const file = spans.find(({ attributes }) => attributes["bcda.file.name"] === `Patient/${patients.name}`)
      const { bytes, lines } = receipt.files.find(({ type }) => type === "Patient") ?? { bytes: -1, lines: -1 }
      assert.deepInclude(file?.attributes, {
        "bcda.file.type": "Patient",
        "bcda.file.size": bytes,
        "bcda.file.lines": lines,
        "bcda.file.attempts": 1
      })

      const requests = spans.filter(({ kind }) => kind === 3)
      assert.strictEqual(requests.length, fake.requests.length)
      for (const { attributes } of requests) {
        assert.strictEqual(attributes["server.address"], "127.0.0.1")
        assert.isAbove(Number(attributes["http.response.status_code"]), 199)
        assert.match(String(attributes["url.full"]), /^http:\/\/127\.0\.0\.1:\d+\/[^?#]*$/)
      }
      assert.isTrue(
        requests.some(
          ({ name, attributes }) => name === "POST" && String(attributes["url.full"]).endsWith("/auth/token")
        )
      )
    }).pipe(Effect.scoped)
  )

  it.live("counts what came, by type, and what had to be done again", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda(all)
      const seen = yield* collector
      // Metrics are the process's: other tests of this file have counted too.
      yield* exported(fake, seen.environment)
      const of = (name: string, about?: Record<string, string>) => seen.metric(name, about) ?? 0
      const eob = { "bcda.file.type": "ExplanationOfBenefit" }
      const names = ["bcda.file.count", "bcda.file.size", "bcda.file.lines", "bcda.file.wire_size"]
      const before = names.map((name) => of(name, eob))
      const again = {
        retries: of("bcda.file.retries"),
        tokens: of("bcda.client.tokens"),
        exports: of("bcda.export.duration")
      }
      const requests = of("http.client.request.duration")

      const other = yield* fakeBcda(all)
      other.faults.set(claims1.name, cut(0.5, 1))
      const receipt = yield* exported(other, seen.environment)
      if (receipt instanceof ExportError) return assert.fail(receipt.message)
      const files = receipt.files.filter(({ type }) => type === "ExplanationOfBenefit")
      const sum = (pick: (file: (typeof files)[number]) => number) =>
        files.reduce((total, file) => total + pick(file), 0)
      assert.deepStrictEqual(
        names.map((name, at) => of(name, eob) - (before[at] ?? 0)),
        [2, sum((file) => file.bytes), sum((file) => file.lines), sum((file) => file.wireBytes)]
      )
      assert.strictEqual(files.length, [claims1, claims2].length)
      assert.strictEqual(of("bcda.file.retries") - again.retries, 1)
      assert.strictEqual(of("bcda.client.tokens") - again.tokens, 1)
      assert.strictEqual(of("bcda.export.duration") - again.exports, 1)
      assert.strictEqual(of("http.client.request.duration") - requests, other.requests.length)
      assert.strictEqual(of("http.client.active_requests"), 0)
    }).pipe(Effect.scoped)
  )

  it.live("says why an export failed", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda(all)
      fake.refuseTokens = true
      const seen = yield* collector
      assert.instanceOf(yield* exported(fake, seen.environment), ExportError)
      const root = seen.spans().find(({ name }) => name === "exportToDirectory")
      assert.isTrue(root?.failed)
      assert.isAbove(seen.metric("bcda.export.duration", { "error.type": "BadCredentials" }) ?? 0, 0)
      assert.notInclude(seen.text(), secret)
      assert.notInclude(seen.text(), Buffer.from(`an-id:${secret}`).toString("base64"))
    }).pipe(Effect.scoped)
  )

  it.live("holds no token and no query, and sends the server no ids of traces", () =>
    Effect.gen(function* () {
      let origin = ""
      const signed = {
        ...patients,
        get url() {
          return `${origin}/data/7/${patients.name}?signature=canary-signature`
        }
      }
      const fake = yield* fakeBcda([signed])
      origin = fake.baseUrl
      const seen = yield* collector
      const receipt = yield* exported(fake, seen.environment)
      assert.notInstanceOf(receipt, ExportError)
      for (const canary of ["canary-signature", secret, fake.token]) assert.notInclude(seen.text(), canary)
      assert.isNotEmpty(seen.spans())
      assert.notMatch(JSON.stringify(fake.requestHeaders), /traceparent|"b3"/i)
    }).pipe(Effect.scoped)
  )

  it.live("passes on the headers and the name that the variables give, and is off where they say so", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients])
      const seen = yield* collector
      yield* exported(fake, {
        ...seen.environment,
        OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=aco%201",
        OTEL_SERVICE_NAME: "nightly",
        OTEL_METRICS_EXPORTER: "none"
      })
      assert.strictEqual(seen.service(), "nightly")
      assert.deepStrictEqual([...new Set(seen.bodies.map(({ headers }) => headers["x-tenant"]))], ["aco 1"])
      assert.deepStrictEqual([...new Set(seen.bodies.map(({ path }) => path))], ["/v1/traces"])
      const before = seen.bodies.length
      yield* exported(fake, { ...seen.environment, OTEL_SDK_DISABLED: "true" })
      yield* exported(fake, undefined)
      assert.strictEqual(seen.bodies.length, before)
    }).pipe(Effect.scoped)
  )

  it.live("costs no export when the collector is away", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda([patients])
      const receipt = yield* exported(fake, {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
        OTEL_EXPORTER_OTLP_TIMEOUT: "100"
      })
      assert.notInstanceOf(receipt, ExportError)
    }).pipe(Effect.scoped)
  )

  it("refuses variables that cannot be meant", () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" }
    assert.throws(() => layer({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }), /OTEL_EXPORTER_OTLP_PROTOCOL/)
    assert.throws(
      () => layer({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "collector:4318" }),
      /OTEL_EXPORTER_OTLP_TRACES_ENDPOINT/
    )
    assert.isDefined(layer({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "" }))
  })
})
