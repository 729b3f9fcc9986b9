/** What is recorded holds no secret, whether it was known before or only looks like one. */
import { assert, describe, it } from "@effect/vitest"
import type { FileFacts } from "../src/index.ts"
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

  it("hides what has six characters, and tags even what it cannot hide", () => {
    const redactor = makeRedactor()
    assert.strictEqual(redactor.hide("token", "12345"), "[token#1]")
    assert.strictEqual(redactor.hide("token", "abcdef"), "[token#2]")
    assert.strictEqual(redactor.text("12345 abcdef"), "12345 [token#2]")
  })

  it("knows a secret in every form in which it may stand in a URL, a form or a string of JSON", () => {
    const redactor = makeRedactor()
    redactor.hide("client-secret", 'se/cret "so" so')
    for (const form of [
      'se/cret "so" so',
      "se%2Fcret%20%22so%22%20so",
      "se%2fcret%20%22so%22%20so",
      "se%2Fcret+%22so%22+so",
      'se/cret \\"so\\" so'
    ])
      assert.strictEqual(redactor.text(`a ${form} b`), "a [client-secret#1] b", form)
  })

  it("learns every member that is a secret by its name, and none that is empty or no text", () => {
    for (const name of ["access_token", "refresh_token", "id_token", "client_secret", "client_assertion"]) {
      assert.strictEqual(makeRedactor().body(`{"${name}":"not-to-be-seen"}`), `{"${name}":"[token#1]"}`, name)
      const redactor = makeRedactor()
      assert.strictEqual(redactor.body(`{"${name}":"","a":"${name}"}`), `{"${name}":"","a":"${name}"}`)
      assert.strictEqual(redactor.hide("token", "first-secret"), "[token#1]", "an empty one has no number")
      assert.strictEqual(
        redactor.body(`{"${name}":{"access_token":"deep-inside"}}`),
        `{"${name}":{"access_token":"[token#2]"}}`
      )
    }
  })

  it("learns the tokens of a body, however deep", () => {
    const redactor = makeRedactor()
    const body = '{"a":[{"access_token":"deep-inside"}],"client_secret":"and-here","expires_in":"1200"}'
    assert.strictEqual(
      redactor.body(body),
      '{"a":[{"access_token":"[token#2]"}],"client_secret":"[token#1]","expires_in":"1200"}'
    )
    assert.strictEqual(redactor.text("deep-inside and-here 1200"), "[token#2] [token#1] 1200")
    assert.strictEqual(redactor.body("not json, but deep-inside"), "not json, but [token#2]")
  })

  it("sees through the escapes of JSON, and leaves it the same JSON", () => {
    const redactor = makeRedactor()
    redactor.hide("token", "abc/def")
    redactor.hide("token", 'quo"ted\\secret')
    const at = (value: string) => redactor.body(`{"said":"${value}"}`)
    assert.strictEqual(at("abc\\/def"), '{"said":"[token#1]"}')
    assert.strictEqual(at("\\u0061bc\\u002Fdef"), '{"said":"[token#1]"}')
    assert.strictEqual(at('quo\\"ted\\\\secret'), '{"said":"[token#2]"}')
    assert.strictEqual(at("\\u0031S00E00AA66"), '{"said":"[mbi#1]"}')
    assert.strictEqual(
      at("https://s3/x?y=1\\u0026X-Amz-Signature=abc"),
      '{"said":"https://s3/x?y=1&X-Amz-Signature=[signature#1]"}'
    )
    // an escaped quote stays escaped, and so does a backslash before what only looks like an escape
    for (const same of ["\\u0022", "\\u005c", '\\"', "\\n", "\\\\u0061", "\\u00e9", "\\u0001"])
      assert.strictEqual(at(same), `{"said":"${same}"}`)
  })

  it("knows the looks of JWTs, signed URLs and Medicare identifiers, and tells different ones apart", () => {
    const { text } = makeRedactor()
    const jwts = ["eyJhbGciOi.eyJpc3Mi.c2lnbg", "eyJhbGciOi.eyJpc3Mj.c2lnbg"]
    assert.strictEqual(text(`a ${jwts[0]} b`), "a [jwt#1] b")
    assert.strictEqual(text(jwts.join(" ")), "[jwt#1] [jwt#2]")
    assert.strictEqual(text("https://s3/x?X-Amz-Signature=abc&y=1"), "https://s3/x?X-Amz-Signature=[signature#1]&y=1")
    assert.strictEqual(text("?sig=abd&sig=abc"), "?sig=[signature#2]&sig=[signature#1]")
    for (const form of ["1S00E00AA66", "1S00-E00-AA66", "1s00e00aa66"])
      assert.strictEqual(
        text(`MBI ${form} in ACO, mbi_${form}, mbi%20${form}.`),
        "MBI [mbi#1] in ACO, mbi_[mbi#1], mbi%20[mbi#1]."
      )
    assert.strictEqual(text("1S00E00AA67"), "[mbi#2]")
    assert.strictEqual(
      text("/data/42/11111111-2222-4333-8444-555555555555.ndjson"),
      "/data/42/11111111-2222-4333-8444-555555555555.ndjson"
    )
  })

  it("knows every parameter that signs a URL, in any case, and no other", () => {
    const { text } = makeRedactor()
    for (const name of [
      "X-Amz-Credential",
      "X-Goog-Signature",
      "Signature",
      "sig",
      "access_token",
      "token",
      "Key-Pair-Id",
      "Policy",
      "SIG"
    ]) {
      assert.strictEqual(text(`https://a/x?y=1&${name}=abc&z=2`), `https://a/x?y=1&${name}=[signature#1]&z=2`, name)
      assert.strictEqual(text(`https://a/x?${name}=abc "`), `https://a/x?${name}=[signature#1] "`, name)
    }
    assert.strictEqual(text("https://a/x?design=abc&tokens=abc"), "https://a/x?design=abc&tokens=abc")
  })

  it("knows a JWT without a signature, and no Medicare identifier inside a longer word", () => {
    const { text } = makeRedactor()
    assert.strictEqual(text("eyJhbGciOi.eyJpc3Mi."), "[jwt#1]")
    for (const word of ["1S00E00AA667", "A1S00E00AA66", "1S00E00AA66B", "0S00E00AA66"])
      assert.strictEqual(text(word), word)
  })

  it("hides every header that is a secret by its name, and secrets in the others", () => {
    const redactor = makeRedactor()
    redactor.hide("token", "abcdefgh")
    for (const name of ["Proxy-Authorization", "Cookie", "Set-Cookie", "X-Amz-Security-Token", "X-Api-Key"])
      assert.deepStrictEqual(redactor.headers({ [name]: "anything" }), { [name.toLowerCase()]: "[hidden]" })
    assert.deepStrictEqual(redactor.headers({ Location: "/x?a=abcdefgh", AUTHORIZATION: "abcdefgh" }), {
      location: "/x?a=[token#1]"
    })
  })

  it("changes nothing that it has redacted", () => {
    const redactor = makeRedactor()
    redactor.hide("token", "abcdefgh")
    const once = redactor.text("?token=abcdefgh&sig=xyz 1S00E00AA66 eyJhbGciOi.eyJpc3Mi.c2lnbg")
    assert.strictEqual(once, "?token=[token#1]&sig=[signature#1] [mbi#1] [jwt#1]")
    assert.strictEqual(redactor.text(once), once)
  })

  it("drops Authorization, hides cookies, and looks at names too", () => {
    const { headers } = makeRedactor()
    assert.deepStrictEqual(
      headers({ Authorization: "Bearer x", "Set-Cookie": "a=b", Accept: "text/html", "X-1S00E00AA66": "1" }),
      { "set-cookie": "[hidden]", accept: "text/html", "x-[mbi#1]": "1" }
    )
  })

  it("leaves of a file no name that is none", () => {
    const redactor = makeRedactor()
    redactor.hide("token", "secretName")
    const file: FileFacts = {
      kind: "file",
      wireBytes: 1,
      bytes: 1,
      sha256: "",
      gzip: "none",
      complete: true,
      lines: 4,
      blankLines: 0,
      badLines: 0,
      types: { Patient: 1, "1S00E00AA66": 1, "Jane Doe": 1, secretName: 1 },
      withoutType: 0,
      withoutId: 0,
      spots: {
        bad: [],
        blank: [],
        withoutType: [],
        types: {
          Patient: { line: 1, offset: 0 },
          "1S00E00AA66": { line: 2, offset: 30 },
          "Jane Doe": { line: 3, offset: 60 },
          secretName: { line: 4, offset: 90 }
        }
      },
      repeatedIds: 0,
      doubledMembers: 0,
      positivePatients: 0,
      severities: {},
      byteOrderMark: false,
      finalNewline: true,
      first: { bytes: 1, members: ["id", "_birthDate", "Jane Doe", "x_1S00E00AA66"] }
    }
    const { first, spots, types } = redactor.facts(file)
    assert.deepStrictEqual(spots.types, {
      Patient: { line: 1, offset: 0 },
      "[no type name]": { line: 2, offset: 30 },
      "[token#1]": { line: 4, offset: 90 }
    })
    assert.deepStrictEqual(types, { Patient: 1, "[no type name]": 2, "[token#1]": 1 })
    assert.deepStrictEqual(first?.members, ["id", "_birthDate", "[no member name]", "x_[mbi#1]"])
    assert.strictEqual(redactor.type("Jane Doe"), "[no type name]")
    assert.strictEqual(redactor.type(""), "")
  })
})
