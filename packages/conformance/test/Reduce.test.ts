/** What is kept of bodies from servers that may hold real people's data: what the protocol is made of, and no more. */
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readCapture, type TargetKind } from "../src/index.ts"
import { makeRedactor } from "../src/internal/redactor.ts"
import { keepsBodies, reduce } from "../src/internal/reduce.ts"
import { described, runOn } from "./support/Judging.ts"
import { temporaryDirectory } from "./support/TemporaryDirectory.ts"
import { type Mutation, outcome, tinyBcda } from "./support/TinyBcda.ts"

const reduced = (value: unknown): unknown => JSON.parse(reduce(JSON.stringify(value)).shape)

/** A resource about a person, wherever one is put. */
const person = {
  resourceType: "Patient",
  id: "-1001",
  name: [{ family: "Xanthu", given: ["Nemo"] }],
  birthDate: "1940-01-01",
  multipleBirthInteger: 2,
  url: "https://people.invalid/xanthu",
  status: "xanthu",
  active: true
}

const nobody = {
  resourceType: "Patient",
  id: "[text, 5 long]",
  name: [{ family: "[text, 6 long]", given: ["[text, 4 long]"] }],
  birthDate: "[text, 10 long]",
  multipleBirthInteger: "[number]",
  url: "[text, 29 long]",
  status: "[text, 6 long]",
  active: true
}

const task = {
  resourceType: "Task",
  identifier: [{ use: "official", system: "https://a.invalid/jobs", value: "41" }],
  status: "completed",
  intent: "order",
  input: [{ type: { text: "BULK FHIR Export" }, valueString: "GET https://a.invalid/$export" }],
  executionPeriod: { start: "2024-12-22T22:31:40Z", end: "2024-12-22T22:32:40Z" }
}

const listed = [{ type: "Patient", url: "https://a.invalid/data/1/x.ndjson", count: 3 }]

/** Every document of which values are kept, with all of those that are. */
const documents: Readonly<Record<string, object>> = {
  "a CapabilityStatement": {
    resourceType: "CapabilityStatement",
    instantiates: ["https://a.invalid/one"],
    status: "active",
    fhirVersion: "4.0.1",
    format: ["application/fhir+json"],
    software: { name: "BCDA", version: "r1", releaseDate: "2024-09-09" },
    implementation: { url: "https://a.invalid" }
  },
  "an OperationOutcome": { resourceType: "OperationOutcome", issue: [{ severity: "error", code: "not-found" }] },
  "a job list": { resourceType: "Bundle", type: "searchset", total: 1, entry: [{ resource: task }] },
  "a job": task,
  "a manifest": {
    transactionTime: "2024-12-22T22:31:40.397Z",
    request: "https://a.invalid/$export",
    requiresAccessToken: true,
    JobID: 41,
    output: listed,
    error: listed,
    deleted: listed
  },
  "an answer with a token": {
    access_token: "[token#1]",
    token_type: "bearer",
    expires_in: 1200,
    scope: "system/*.read",
    refresh_token: "[token#2]"
  },
  "a SMART configuration": {
    token_endpoint: "https://a.invalid/token",
    grant_types_supported: ["client_credentials"],
    capabilities: ["client-confidential-asymmetric"],
    token_endpoint_auth_methods_supported: ["private_key_jwt"],
    token_endpoint_auth_signing_alg_values_supported: ["RS384"],
    scopes_supported: ["system/*.read"]
  },
  "an attribution status": { ingestion_dates: [{ type: "last_runout_update", timestamp: "2024-12-22T22:31:40Z" }] }
}

/** The same, with a stranger in every object of it. */
const withStranger = (value: unknown, stranger: object): unknown => {
  if (Array.isArray(value)) return value.map((item) => withStranger(item, stranger))
  if (typeof value !== "object" || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, withStranger(member, stranger)] as const)
  return { ...Object.fromEntries(members), ...stranger }
}

describe("a reduced body", () => {
  for (const [what, document] of Object.entries(documents)) {
    it(`of ${what} keeps the values that the protocol is made of, and no other at any depth`, () => {
      assert.deepStrictEqual(reduced(document), document)
      assert.deepStrictEqual(
        reduced(withStranger(document, { extension: "Xanthu", xanthu: ["Xanthu", 1940, null, true, ""] })),
        withStranger(document, { extension: "[text, 6 long]", xanthu: ["[text, 6 long]", "[number]", null, true, ""] })
      )
    })
  }

  it("of a CapabilityStatement keeps what it says of its operations whole", () => {
    const rest = [{ mode: "server", "any name": { documentation: "anything", number: 3 } }]
    const document = { ...documents["a CapabilityStatement"], rest }
    assert.deepStrictEqual(reduced(document), document)
    assert.deepStrictEqual(reduced({ resourceType: "Patient", rest: "Xanthu" }), {
      resourceType: "Patient",
      rest: "[text, 6 long]"
    })
  })

  it("of a file's name or type that is an object keeps nothing below it", () => {
    const nested = { JobID: 1, type: "Xanthu" }
    assert.deepStrictEqual(reduced({ output: [{ url: nested, type: [nested] }] }), {
      output: [
        { url: { JobID: "[number]", type: "[text, 6 long]" }, type: [{ JobID: "[number]", type: "[text, 6 long]" }] }
      ]
    })
  })

  it("takes no member for a rule that every object of the language has by birth", () => {
    for (const name of ["toString", "constructor", "hasOwnProperty", "valueOf"])
      assert.deepStrictEqual(reduced({ [name]: { name: "Xanthu" } }), { [name]: { name: "[text, 6 long]" } })
  })

  it("keeps names of types and members up to 64 letters, and no longer ones", () => {
    const [most, more] = ["a".repeat(64), "a".repeat(65)]
    assert.deepStrictEqual(reduced({ resourceType: most, [most]: 1 }), { resourceType: most, [most]: "[number]" })
    assert.deepStrictEqual(reduced({ resourceType: more, [more]: 1 }), {
      resourceType: "[text, 65 long]",
      "[name, 65 long]": "[number]"
    })
  })

  it("keeps every code of OAuth wherever it is", () => {
    for (const code of [
      "invalid_request",
      "invalid_client",
      "invalid_grant",
      "unauthorized_client",
      "unsupported_grant_type",
      "invalid_scope"
    ])
      assert.deepStrictEqual(reduced({ error: code, x: [code] }), { error: code, x: [code] })
  })

  it("counts bytes where it is no JSON, and a last line without an end", () => {
    assert.strictEqual(reduce("né\nbe").shape, "[no JSON document: 6 bytes, 2 lines]")
    assert.match(reduce("{} {}").shape, /^\[no JSON document: 5 bytes/)
    assert.match(reduce("{,}").shape, /^\[no JSON document: 3 bytes/)
  })

  it("of a resource about a person is its shape, alone and in a Bundle", () => {
    assert.deepStrictEqual(reduced(person), nobody)
    assert.deepStrictEqual(
      reduced({ resourceType: "Bundle", type: "searchset", total: 1, entry: [{ fullUrl: "x", resource: person }] }),
      { resourceType: "Bundle", type: "searchset", total: 1, entry: [{ fullUrl: "[text, 1 long]", resource: nobody }] }
    )
    for (const place of [{ output: [person] }, { request: person }, { output: [{ type: person }] }, [person]])
      assert.notInclude(JSON.stringify(reduced(place)), "anthu", JSON.stringify(place))
  })

  it("of a refusal by OAuth keeps the code, and no description", () => {
    assert.deepStrictEqual(reduced({ error: "invalid_client", error_description: "Xanthu" }), {
      error: "invalid_client",
      error_description: "[text, 6 long]"
    })
    assert.deepStrictEqual(reduced({ error: "Xanthu" }), { error: "[text, 6 long]" })
  })

  it("of a manifest keeps its values, and nothing of what is no part of it", () => {
    const manifest = {
      transactionTime: "2024-12-22T22:31:40.397Z",
      request: "https://a.invalid/api/v3/Group/all/$export",
      requiresAccessToken: true,
      output: [{ type: "Patient", url: "https://a.invalid/data/1/x.ndjson", count: 3 }],
      error: [],
      JobID: 41
    }
    assert.deepStrictEqual(reduced(manifest), manifest)
    assert.deepStrictEqual(reduced({ ...manifest, extension: { note: "Xanthu", n: 1 }, "Jane Doe": "" }), {
      ...manifest,
      extension: { note: "[text, 6 long]", n: "[number]" },
      "[name, 8 long]": ""
    })
  })

  it("of an OperationOutcome keeps severity and code, and no text", () => {
    const { body } = outcome(404, "not-found", "no job of Xanthu")
    assert.deepStrictEqual(JSON.parse(reduce(body.toString()).shape), {
      resourceType: "OperationOutcome",
      issue: [{ severity: "error", code: "not-found", diagnostics: "[text, 16 long]" }]
    })
  })

  it("keeps a resourceType that is a name, and no other", () => {
    assert.deepStrictEqual(reduced({ resourceType: "Jane Doe" }), { resourceType: "[text, 8 long]" })
    assert.deepStrictEqual(reduced({ resourceType: "toString", a: "b" }), {
      resourceType: "toString",
      a: "[text, 1 long]"
    })
  })

  it("is the same JSON otherwise: a member that is there twice stays so, and an escape is no end", () => {
    const told = '{"JobID":1,"JobID":2,"a":"\\\\\\"}]","b":[true,null,-1.5e+3,{}],"":"{[","c":[]}'
    assert.strictEqual(
      reduce(told).shape,
      '{"JobID":1,"JobID":2,"a":"[text, 4 long]","b":[true,null,"[number]",{}],"[name, 0 long]":"[text, 2 long]","c":[]}'
    )
    assert.strictEqual(reduce('"text"').shape, '"[text, 4 long]"')
  })

  it("that is nested beyond reason is counts and a digest too", () => {
    const text = `${"[".repeat(100_000)}${"]".repeat(100_000)}`
    assert.match(reduce(text).shape, /^\[no JSON document/)
    assert.strictEqual(makeRedactor().body(text), text)
  })

  it("that is no JSON document is counts and a digest", () => {
    const text = '{"resourceType":"Patient","id":"1"}\n{"resourceType":"Patient","id":"2"}\n'
    assert.deepStrictEqual(reduce(text), {
      shape: "[no JSON document: 72 bytes, 2 lines]",
      lines: 2,
      sha256: createHash("sha256").update(text).digest("hex")
    })
    assert.strictEqual(reduce("Not Found").lines, 1)
  })
})

describe("a target", () => {
  it("of a kind whose people are made up has its bodies kept, and no other", () => {
    assert.deepStrictEqual((["embedded", "mock", "sandbox"] as const).map(keepsBodies), [true, true, true])
    assert.deepStrictEqual((["other", "production"] as const).map(keepsBodies), [false, false])
  })

  it.live("gets the same verdicts with reduced bodies as with whole ones, and no person into its capture", () =>
    Effect.gen(function* () {
      const told = { resourceType: "Bundle", type: "searchset", total: 1, entry: [{ resource: person }] }
      const mutate: Mutation = (reply, { route }) => {
        if (route === "jobs") return { ...reply, status: 200, body: JSON.stringify(told) }
        if (route === "attribution") return { ...reply, body: "Xanthu\nXanthu" }
        return reply.status < 400 ? reply : outcome(reply.status, "not-found", "not for Xanthu")
      }
      const judgedAs = Effect.fnUntraced(function* (kind: TargetKind) {
        const path = yield* temporaryDirectory
        const tiny = yield* tinyBcda({ mutate })
        const lines = yield* runOn(tiny, { target: described(tiny, { kind }), directory: path })
        const verdicts = lines.flatMap((line) => (line.kind === "verdict" ? [[line.check, line.verdict] as const] : []))
        const capture = yield* readCapture(path)
        const files = readdirSync(path).map((name) => readFileSync(join(path, name), "utf8"))
        return { files, capture, verdicts: Object.fromEntries(verdicts) }
      })
      const whole = yield* judgedAs("mock")
      const less = yield* judgedAs("other")
      assert.deepStrictEqual(less.verdicts, whole.verdicts)
      assert.isTrue(Object.values(whole.verdicts).includes("fail"))
      assert.isTrue(whole.files.some((text) => text.includes("Xanthu")))
      for (const text of less.files) for (const part of ["anthu", "1940-01-01"]) assert.notInclude(text, part)
      for (const line of less.capture) {
        const body = line.kind === "exchange" ? line.response?.body : undefined
        if (body?.kind === "text") assert.match(body.reduced?.sha256 ?? "", /^[0-9a-f]{64}$/)
      }
    })
  )
})
