import { Credentials, Target, type TargetOptions } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Formatter, Redacted, Result, Schema } from "effect"

const made = (url: string, options?: TargetOptions) =>
  Result.match(Target.fromUrl(url, options), {
    onSuccess: ({ baseUrl, apiVersion }) => `${baseUrl} ${apiVersion}`,
    onFailure: (error) => error
  })

describe("Target.fromUrl", () => {
  const good: ReadonlyArray<readonly [string, TargetOptions, string]> = [
    ["https://bcda.example", {}, "https://bcda.example v3"],
    ["https://bcda.example/", {}, "https://bcda.example v3"],
    ["https://BCDA.example:443/", {}, "https://bcda.example v3"],
    ["https://bcda.example:8443", {}, "https://bcda.example:8443 v3"],
    ["https://gate.example/bcda/", {}, "https://gate.example/bcda v3"],
    ["https://bcda.example/api/v2", {}, "https://bcda.example v2"],
    ["https://bcda.example/api/v1/", { apiVersion: "v3" }, "https://bcda.example v3"],
    ["https://gate.example/bcda/api/v3//", {}, "https://gate.example/bcda v3"],
    ["http://127.0.0.1:4000", {}, "http://127.0.0.1:4000 v3"],
    ["http://localhost:4000", { apiVersion: "v1" }, "http://localhost:4000 v1"],
    ["http://[::1]:4000", {}, "http://[::1]:4000 v3"],
    ["http://bcda.example", { insecure: true }, "http://bcda.example v3"],
    ["https://ehr.example/api/FHIR/R4/", { auth: "smart" }, "https://ehr.example/api/FHIR/R4 fhir"],
    ["https://ehr.example/fhir", { auth: "none" }, "https://ehr.example/fhir fhir"],
    ["https://ehr.example/fhir", { apiVersion: "fhir" }, "https://ehr.example/fhir fhir"],
    ["https://ehr.example/api/v2", { apiVersion: "fhir" }, "https://ehr.example/api/v2 fhir"],
    ["https://bcda.example/api/v2", { auth: "none" }, "https://bcda.example v2"],
    ["https://bcda.example", { auth: "smart", apiVersion: "v3" }, "https://bcda.example v3"]
  ]
  for (const [url, options, expected] of good) it(url, () => assert.strictEqual(made(url, options), expected))

  const bad = [
    "",
    "bcda.example",
    "/api/v3",
    "ftp://bcda.example",
    "https://me:pass-of-mine@bcda.example",
    "https://bcda.example/?a=1",
    "https://bcda.example/#a",
    "http://bcda.example",
    "http://127.0.0.1.example",
    "http://notlocalhost"
  ]
  for (const url of bad) {
    it(`refuses ${url || "nothing"}`, () => {
      const error = made(url)
      assert.strictEqual(typeof error === "string" ? error : error._tag, "TargetError")
      assert.notInclude(String(error), "pass-of-mine")
    })
  }
})

const plain = (options: TargetOptions) => Target.fromUrl("https://ehr.example/fhir", { apiVersion: "fhir", ...options })

describe("other addresses of a target", () => {
  it("are kept as origins, and as the endpoint that was given", () => {
    const target = Result.getOrThrow(
      plain({
        allowedOrigins: ["https://Files.example:443/", "http://127.0.0.1:9"],
        tokenEndpoint: "https://login.example/oauth2/token",
        tokenScope: "system/*.rs"
      })
    )
    assert.deepStrictEqual(target.allowedOrigins, ["https://files.example", "http://127.0.0.1:9"])
    assert.deepStrictEqual(
      [target.auth, target.tokenEndpoint, target.tokenScope],
      ["smart", "https://login.example/oauth2/token", "system/*.rs"]
    )
    const encoded = JSON.stringify(Schema.encodeSync(Target)(target))
    assert.deepStrictEqual(Schema.decodeUnknownSync(Schema.fromJsonString(Target))(encoded), target)
  })

  const bad: ReadonlyArray<readonly [TargetOptions, RegExp]> = [
    [{ allowedOrigins: ["https://a.example/path"] }, /more than an origin/],
    [{ allowedOrigins: ["http://a.example"] }, /plain http/],
    [{ allowedOrigins: ["a.example"] }, /not an absolute URL/],
    [{ allowedOrigins: ["*"] }, /not an absolute URL/],
    [{ tokenEndpoint: "http://a.example/token" }, /token endpoint is plain http/],
    [{ tokenEndpoint: "https://me:pass-of-mine@a.example/" }, /user name or password/]
  ]
  for (const [options, says] of bad) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      const error = Result.getOrThrow(Result.flip(plain(options)))
      assert.match(error.message, says)
      assert.notInclude(error.message, "pass-of-mine")
    })
  }

  it("see a token only if they are allowed", () => {
    const target = Result.getOrThrow(plain({ allowedOrigins: ["https://files.example"] }))
    const open = (url: string) => Result.isSuccess(target.resolve(url))
    assert.isTrue(open("https://files.example/a?b=c"))
    assert.isFalse(open("http://files.example/a"))
    assert.isFalse(open("https://files.example:444/a"))
    assert.isFalse(open("https://files.example.evil.example/a"))
  })

  it("may give out files without a token, but not unencrypted", () => {
    const target = Result.getOrThrow(plain({}))
    const open = (url: string) => Result.getOrElse(target.resolveOpen(url), ({ origin }) => `not ${origin}`)
    assert.strictEqual(open("https://bucket.example/a?signature=b"), "https://bucket.example/a?signature=b")
    assert.strictEqual(open("http://169.254.169.254/latest"), "not http://169.254.169.254")
    assert.strictEqual(open("file:///etc/passwd"), "not file:")
    assert.strictEqual(open("http://ehr.example/a"), "https://ehr.example/a")
    const local = Result.getOrThrow(Target.fromUrl("http://127.0.0.1:4000/fhir", { auth: "none" }))
    assert.isTrue(Result.isSuccess(local.resolveOpen("http://127.0.0.1:4000/a")))
    assert.isFalse(Result.isSuccess(local.resolveOpen("http://127.0.0.1:4001/a")))
  })

  it("are the base's own for a plain FHIR server", () => {
    const target = Result.getOrThrow(plain({}))
    assert.strictEqual(target.api("metadata"), "https://ehr.example/fhir/metadata")
    assert.isFalse(target.isBcda)
    assert.isTrue(Target.sandbox().isBcda)
  })
})

describe("Target", () => {
  it("knows CMS's servers", () => {
    assert.strictEqual(Target.sandbox().api("jobs"), "https://sandbox.bcda.cms.gov/api/v3/jobs")
    assert.strictEqual(Target.production("v2").api("jobs"), "https://api.bcda.cms.gov/api/v2/jobs")
    assert.strictEqual(Target.production("v2").tokenUrl, "https://api.bcda.cms.gov/auth/token")
  })

  const target = Target.sandbox()
  const own: ReadonlyArray<readonly [string, string]> = [
    ["https://sandbox.bcda.cms.gov/data/1/a.ndjson", "https://sandbox.bcda.cms.gov/data/1/a.ndjson"],
    ["/data/1/a.ndjson", "https://sandbox.bcda.cms.gov/data/1/a.ndjson"],
    ["http://sandbox.bcda.cms.gov/data/1/a.ndjson", "https://sandbox.bcda.cms.gov/data/1/a.ndjson"],
    ["http://sandbox.bcda.cms.gov:80/x?y=%252B", "https://sandbox.bcda.cms.gov/x?y=%252B"],
    ["HTTPS://SANDBOX.BCDA.CMS.GOV/x", "https://sandbox.bcda.cms.gov/x"]
  ]
  for (const [url, expected] of own) {
    it(`takes ${url} for its own`, () => assert.strictEqual(Result.getOrThrow(target.resolve(url)), expected))
  }

  const foreign: ReadonlyArray<readonly [string, string]> = [
    ["https://evil.example/data/1/a.ndjson?token=x", "https://evil.example"],
    ["//evil.example/x", "https://evil.example"],
    ["https://sandbox.bcda.cms.gov.evil.example/x", "https://sandbox.bcda.cms.gov.evil.example"],
    ["https://sandbox.bcda.cms.gov:444/x", "https://sandbox.bcda.cms.gov:444"],
    ["https://sandbox.bcda.cms.gov@evil.example/x", "a URL that holds a password"],
    ["file:///etc/passwd", "file:"],
    ["https://", "an unreadable URL"]
  ]
  for (const [url, origin] of foreign) {
    it(`takes ${url} for foreign`, () => {
      assert.strictEqual(Result.getOrThrow(Result.flip(target.resolve(url))).origin, origin)
    })
  }

  it("takes its own host for its own behind another port of plain http", () => {
    const gate = Result.getOrThrow(Target.fromUrl("https://bcda.example:8443"))
    assert.strictEqual(Result.getOrThrow(gate.resolve("http://bcda.example/x")), "https://bcda.example:8443/x")
  })

  it("never goes from https to http", () => {
    const local = Result.getOrThrow(Target.fromUrl("http://127.0.0.1:4000"))
    assert.isTrue(Result.isFailure(local.resolve("https://127.0.0.1:4000/x")))
  })

  it("is plain data", () => {
    const encoded = JSON.stringify(Schema.encodeSync(Target)(target))
    assert.deepStrictEqual(Schema.decodeUnknownSync(Schema.fromJsonString(Target))(encoded), target)
  })
})

describe("Credentials", () => {
  it("do not show their secret", () => {
    const credentials = Credentials.of("me", "s3cr3t")
    assert.notInclude(`${Formatter.format(credentials)} ${JSON.stringify(credentials)}`, "s3cr3t")
    assert.strictEqual(Redacted.value(credentials.clientSecret), "s3cr3t")
  })
})
