/** What is recorded holds no secret, whether it was known before or only looks like one. */
import { assert, describe, it } from "@effect/vitest"
import { makeRedactor } from "../src/internal/redactor.ts"

describe("a redactor", () => {
  it("replaces a secret by a stable tag, in its plain and its escaped form", () => {
    const redactor = makeRedactor()
    assert.strictEqual(redactor.hide("token", "abc/def==ghi"), "[token#1]")
    assert.strictEqual(redactor.hide("token", "another-one"), "[token#2]")
    assert.strictEqual(redactor.hide("token", "abc/def==ghi"), "[token#1]")
    assert.strictEqual(
      redactor.text("x abc/def==ghi y abc%2Fdef%3D%3Dghi z another-one"),
      "x [token#1] y [token#1] z [token#2]"
    )
  })

  it("replaces a secret that holds another one whole", () => {
    const redactor = makeRedactor()
    redactor.hide("token", "secret-part")
    redactor.hide("token", "secret-part-and-more")
    assert.strictEqual(redactor.text("secret-part-and-more"), "[token#2]")
  })

  it("leaves alone what is too short to be told from ordinary text", () => {
    const redactor = makeRedactor()
    redactor.hide("token", "api")
    assert.strictEqual(redactor.text("/api/v3"), "/api/v3")
  })

  it("learns the tokens of a body, however deep", () => {
    const redactor = makeRedactor()
    redactor.hideMembers('{"a":[{"access_token":"deep-inside"}],"client_secret":"and-here","expires_in":"1200"}')
    assert.strictEqual(redactor.text("deep-inside and-here 1200"), "[token#1] [token#2] 1200")
    redactor.hideMembers("not json")
  })

  it("knows the looks of JWTs, signed URLs and Medicare identifiers", () => {
    const { text } = makeRedactor()
    assert.strictEqual(text("a eyJhbGciOi.eyJpc3Mi.c2lnbg b"), "a [jwt] b")
    assert.strictEqual(text("https://s3/x?X-Amz-Signature=abc&y=1"), "https://s3/x?X-Amz-Signature=[signature]&y=1")
    assert.strictEqual(text("MBI 1S00E00AA66 in ACO"), "MBI [mbi] in ACO")
    assert.strictEqual(
      text("/data/42/11111111-2222-4333-8444-555555555555.ndjson"),
      "/data/42/11111111-2222-4333-8444-555555555555.ndjson"
    )
  })

  it("drops Authorization and hides cookies", () => {
    const { headers } = makeRedactor()
    assert.deepStrictEqual(headers({ Authorization: "Bearer x", "Set-Cookie": "a=b", Accept: "text/html" }), {
      "set-cookie": "[hidden]",
      accept: "text/html"
    })
  })
})
