import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { exportHeaders, makeKit, memberOf, outcomeText, persona } from "./Support.ts"

describe("paths that do not exist", () => {
  it.effect.each([
    "/api/v1/$export",
    "/api/v1/Patients/$export",
    "/api/v1/Groups/all/$export",
    "/api/v1/Patient/%24export",
    "/api/v1/Patient/$export/",
    "/api/v1/patient/$export",
    "/api/v1/Group/all",
    "/api/v1/Group",
    "/api/v4/metadata",
    "/api/v3/jobs/",
    "/api/v3/alr/$export",
    "/.well-known/smart-configuration",
    "/auth/other",
    "/data/1",
    "/data/1/",
    "/api/v2/swagger/",
    "/api/v2/swagger/x/index.htm"
  ])("%s: 404 in plain text", (path) =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* (yield* makeKit()).send(path)
      assert.deepStrictEqual([status, text], [404, "404 page not found\n"])
      assert.strictEqual(headers.get("content-type"), "text/plain; charset=utf-8")
      assert.strictEqual(headers.get("connection"), "close")
    })
  )

  it.effect.each([
    ["POST", "/api/v3/Group/all/$export", "GET"],
    ["HEAD", "/api/v3/Group/all/$export", "GET"],
    ["OPTIONS", "/api/v3/metadata", "GET"],
    ["HEAD", "/data/1/x.ndjson", "GET"],
    ["PUT", "/api/v3/jobs/1", "GET, DELETE"],
    ["DELETE", "/api/v3/jobs", "GET"],
    ["GET", "/auth/token", "POST"],
    ["POST", "/api/v1/swagger", "GET"],
    ["POST", "/api/v1/swagger/x", "GET"],
    // Go's router has not heard of every method.
    ["PROPFIND", "/api/v3/metadata", null],
    ["PROPFIND", "/no/such/path", null]
  ] as const)("%s %s: 405, empty, Allow: %s", ([method, path, allow]) =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* (yield* makeKit()).send(path, {}, method)
      assert.deepStrictEqual([status, text, headers.get("allow")], [405, "", allow])
      assert.strictEqual(headers.get("connection"), "close")
      assert.strictEqual(headers.get("content-length"), method === "HEAD" ? null : "0")
    })
  )

  it.effect("a bad escape is for Go to refuse, with a token or without", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      for (const authorization of ["", "Bearer x"]) {
        const { headers, status, text } = yield* kit.send("/api/v3/Group/all/$expor%", { authorization })
        assert.deepStrictEqual([status, text], [400, "400 Bad Request"])
        assert.strictEqual(headers.get("content-type"), "text/plain; charset=utf-8")
        assert.isNull(headers.get("x-content-type-options"))
      }
    })
  )

  it.effect("a group without a name is an unknown group", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const answer = yield* kit.send("/api/v2/Group//$export", exportHeaders(yield* kit.bearer()))
      assert.deepStrictEqual([answer.status, answer.text], [400, outcomeText("v2", "structure", "Invalid group ID")])
    })
  )

  it.effect("an API that is switched off has no paths, v1 cannot be", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ behaviour: { versions: ["v3"] } })
      const status = (path: string, method?: string) => Effect.map(kit.send(path, {}, method), (one) => one.status)
      for (const path of ["/api/v2/metadata", "/api/v2/jobs", "/api/v2/swagger", "/api/v2/Group/all/$export"]) {
        assert.strictEqual(yield* status(path), 404, path)
        assert.strictEqual(yield* status(path, "PUT"), 404, path)
      }
      assert.strictEqual(yield* status("/api/v1/metadata"), 200)
      assert.strictEqual(yield* status("/api/v3/metadata"), 200)
      assert.strictEqual(yield* status("/_version"), 200)
    })
  )

  it.effect("production sends nobody to the documentation", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ behaviour: { deployment: "prod" } })
      for (const path of ["/", "/user_guide.html"]) assert.strictEqual((yield* kit.send(path)).status, 404)
      assert.strictEqual((yield* kit.send("/api/v1/swagger")).status, 301)
    })
  )

  it.effect.each([
    ["/foo/v2/bar", "v2"],
    ["/api/v2/v1/bar", "v1"],
    ["/api/v3", "v1"],
    ["/api%2Fv3%2Fx", "v3"],
    ["/database", "v1"]
  ] as const)("errors at %s have the shape of %s", ([path, version]) =>
    Effect.gen(function* () {
      const answer = yield* (yield* makeKit()).send(path, { authorization: "Bearer x" })
      assert.strictEqual(answer.text, outcomeText(version, "structure", "Request Error"))
    })
  )

  it.effect("what begins with /auth is another server's, which does not look at tokens before it looks at paths", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      for (const path of ["/authX", "/%61uth/token"]) {
        assert.strictEqual((yield* kit.send(path, { authorization: "Bearer x" })).text, "404 page not found\n")
      }
    })
  )
})

describe("headers of all routed answers", () => {
  const security = {
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
    "cache-control": "no-cache; no-store; must-revalidate; max-age=0",
    pragma: "no-cache",
    "x-content-type-options": "nosniff"
  }
  it.effect("over TLS the security headers, over plain HTTP none of them", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const tls = yield* kit.send("https://bcda.test/_version")
      const plain = yield* kit.send("http://bcda.test/_version")
      for (const [name, value] of Object.entries(security)) {
        assert.strictEqual(tls.headers.get(name), value)
        assert.isNull(plain.headers.get(name))
      }
      assert.strictEqual(plain.headers.get("connection"), "close")
      assert.strictEqual(plain.headers.get("date"), "Tue, 06 Oct 2026 10:00:00 GMT")
    })
  )

  it.effect("stand in Go's order: the handler's by name, then the date, then a length that was counted", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const names = Effect.fnUntraced(function* (path: string, scheme: "http" | "https") {
        const received = { method: "GET", path, query: "", scheme, host: "bcda.test", headers: [] }
        return (yield* kit.sandbox.answer(received)).headers.map(([name]) => name)
      })
      assert.deepStrictEqual(yield* names("/_version", "https"), [
        "Cache-Control",
        "Connection",
        "Content-Type",
        "Pragma",
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "Date",
        "Content-Length"
      ])
      assert.deepStrictEqual(yield* names("/", "http"), [
        "Connection",
        "Content-Type",
        "Location",
        "Date",
        "Content-Length"
      ])
    })
  )

  it.effect("short bodies have a length, long ones do not", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({
        data: {
          plan: ({ types }) =>
            types.flatMap((type) => Array.from({ length: 30 }, () => ({ type, people: 1, lines: () => ["{}"] })))
        }
      })
      const short = yield* kit.send("/_version")
      assert.strictEqual(short.headers.get("content-length"), String(short.text.length))
      const authorization = yield* kit.bearer()
      const job = yield* kit.start("/api/v3/Patient/$export?_type=Patient", authorization)
      yield* kit.sandbox.idle
      yield* TestClock.adjust("1 hour")
      const manifest = yield* kit.send(job, { authorization: yield* kit.bearer() })
      assert.isAbove(manifest.text.length, 2048)
      assert.isNull(manifest.headers.get("content-length"))
    })
  )
})

describe("small endpoints", () => {
  it.effect("need no token", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ behaviour: { release: "r292" } })
      assert.strictEqual((yield* kit.send("/_version")).text, '{"version":"r292"}')
      assert.strictEqual((yield* kit.send("/_auth")).text, '{"auth_provider":"ssas","version":"r292"}')
      const health = yield* kit.send("/_health")
      assert.strictEqual(health.text, '{"database":"ok","ssas":"ok","ssas_introspect":"ok"}')
      assert.strictEqual(health.headers.get("content-type"), "text/plain; charset=utf-8")
      for (const [path, location] of [
        ["/", "https://bcda.cms.gov"],
        ["/user_guide.html", "https://bcda.cms.gov"],
        ["/encryption.html", "https://bcda.cms.gov"],
        ["/decryption_walkthrough.html", "https://bcda.cms.gov"],
        ["/api/v2/swagger/index.html", "./"],
        ["/api/v1/swagger", "/api/v1/swagger/"]
      ] as const) {
        const { headers, status } = yield* kit.send(path)
        assert.deepStrictEqual([status, headers.get("location")], [301, location])
      }
    })
  )
})

describe("GET /metadata", () => {
  it.effect.each([
    ["v1", "3.0.1", "https://prod.bfd.cms.gov/baseDstu3/metadata/"],
    ["v2", "4.0.1", "https://prod.bfd.cms.gov/v2/fhir/metadata"],
    ["v3", "4.0.1", "https://prod.bfd.cms.gov/v3/fhir/metadata"]
  ] as const)("%s says FHIR %s", ([version, fhirVersion, instantiates]) =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { headers, status, text } = yield* kit.send(`http://localhost:4000/api/${version}/metadata`)
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("content-type"), "application/json")
      assert.strictEqual(memberOf(text, "resourceType"), "CapabilityStatement")
      assert.strictEqual(memberOf(text, "fhirVersion"), fhirVersion)
      assert.strictEqual(memberOf(text, "acceptUnknown"), version === "v1" ? "extensions" : undefined)
      assert.strictEqual(memberOf(text, "date"), "2026-10-06T10:00:00Z")
      assert.deepStrictEqual(memberOf(text, "format"), ["application/json", "application/fhir+json"])
      assert.deepStrictEqual(memberOf(text, "instantiates"), [
        instantiates,
        "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"
      ])
      assert.include(text, '"publisher":"Centers for Medicare \\u0026 Medicaid Services"')
      assert.include(text, '"url":"http://localhost:4000"')
      const service = '"system":"http://terminology.hl7.org/CodeSystem/restful-security-service","code":"OAuth"'
      assert.include(text, `"security":{"cors":true,"service":[{"coding":[{${service},"display":"OAuth"}]`)
      assert.include(text, '{"url":"token","valueUri":"http://localhost:4000/auth/token"}')
    })
  )

  it.effect("operations and search parameters by version", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const rest = Effect.fnUntraced(function* (version: string) {
        const { text } = yield* kit.send(`/api/${version}/metadata`)
        const [first] = [memberOf(text, "rest")].flat()
        return JSON.stringify(first)
      })
      const v1 = yield* rest("v1")
      const definition = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"
      assert.include(
        v1,
        `"operation":[{"name":"patient-export","definition":{"reference":"${definition}/patient-export"}}`
      )
      assert.notInclude(v1, '"resource":')
      const v2 = yield* rest("v2")
      assert.include(
        v2,
        `{"type":"Group","operation":[{"name":"group-export","definition":"${definition}/group-export"}]}`
      )
      assert.notInclude(v2, "searchParam")
      const v3 = yield* rest("v3")
      assert.include(v3, `"operation":[{"name":"export","definition":"${definition}/patient-export"`)
      assert.include(v3, '{"name":"_typeFilter","type":"string","documentation":"Use a URL-encoded FHIR subquery')
      assert.include(v3, '{"name":"service-date","type":"date","documentation":"Filter ExplanationOfBenefit based on')
      assert.match(
        v3,
        /^\{"mode":"server","security":\{.*\},"interaction":\[.*\],"resource":\[\{"type":"Patient","operation":/
      )
    })
  )
})

describe("GET /attribution_status", () => {
  const ask = Effect.fnUntraced(function* (all: "current" | "absent" | "expired", runout: "current" | "absent") {
    const kit = yield* makeKit({ personas: [persona({ attribution: { all, runout } })] })
    return yield* kit.send("/api/v2/attribution_status", { authorization: yield* kit.bearer() })
  })

  it.effect("gives both times, RFC 3339, with a newline behind", () =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* ask("current", "current")
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("content-type"), "application/json")
      const time = "2026-10-01T22:31:40.397916Z"
      assert.strictEqual(
        text,
        `{"ingestion_dates":[{"timestamp":"${time}","type":"last_attribution_update"},{"timestamp":"${time}","type":"last_runout_update"}]}\n`
      )
    })
  )

  it.effect("leaves out what never came, shows what is old, and is 404 when nothing ever came", () =>
    Effect.gen(function* () {
      assert.notInclude((yield* ask("current", "absent")).text, "last_runout_update")
      assert.include((yield* ask("expired", "absent")).text, '"timestamp":"2025-')
      const never = yield* ask("absent", "absent")
      assert.deepStrictEqual([never.status, never.text], [404, outcomeText("v2", "not-found")])
    })
  )
})
