import { OperationOutcome, redact } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"

const outcome = (issue: object) => ({ resourceType: "OperationOutcome", issue: [issue] })
const text = "Invalid group ID"
const coding = { system: "http://hl7.org/fhir/ValueSet/operation-outcome", code: "Request Error" }

describe("OperationOutcome", () => {
  const shapes: ReadonlyArray<readonly [string, object, string]> = [
    ["v1", { severity: "error", code: "structure", diagnostics: text }, text],
    ["v1 without text", { severity: "error", code: "structure" }, ""],
    [
      "v2",
      {
        severity: "error",
        code: "structure",
        diagnostics: text,
        details: { coding: [{ ...coding, display: text }], text }
      },
      text
    ],
    ["v2 without text", { severity: "error", code: "structure", details: { coding: [coding] } }, ""],
    [
      "v2 with a display only",
      { severity: "error", code: "structure", details: { coding: [{ ...coding, display: text }] } },
      text
    ],
    ["v3", { severity: "error", code: "structure", diagnostics: text, details: { text } }, text],
    ["v3 without text", { severity: "error", code: "structure", details: {} }, ""],
    ["v3 with details only", { severity: "error", code: "structure", details: { text } }, text],
    ["nulls", { severity: "error", code: "structure", diagnostics: null, details: null }, ""]
  ]
  for (const [name, issue, expected] of shapes) {
    it(name, () => {
      assert.deepStrictEqual(OperationOutcome.parse(JSON.stringify(outcome(issue))), {
        issues: [{ severity: "error", code: "structure", text: expected }],
        documents: 1,
        text: expected
      })
    })
  }

  it("reads a warning, which has no diagnostics", () => {
    const warning = outcome({ severity: "warning", code: "processing", details: { text: "Default behavior" } })
    assert.deepStrictEqual(OperationOutcome.fromResource(warning), [
      { severity: "warning", code: "processing", text: "Default behavior" }
    ])
  })

  it("reads two documents written one after the other", () => {
    const first = JSON.stringify(outcome({ severity: "error", code: "not-found", diagnostics: 'a "} in a text' }))
    const second = JSON.stringify(outcome({ severity: "error", code: "forbidden" }))
    const { documents, issues } = OperationOutcome.parse(first + second)
    assert.strictEqual(documents, 2)
    assert.deepStrictEqual(
      issues.map(({ code }) => code),
      ["not-found", "forbidden"]
    )
  })

  it("reads a document that plain text follows", () => {
    const first = JSON.stringify(outcome({ severity: "error", code: "not-found" }))
    assert.strictEqual(OperationOutcome.parse(`${first}Not Found\n`).issues.length, 1)
  })

  for (const body of [
    "",
    "Not Found",
    "<html></html>",
    "{",
    '{"resourceType":"Bundle"}',
    "[]",
    "null",
    '{"a":1}}',
    '{"a":tru}'
  ]) {
    it(`finds nothing in ${body || "an empty body"}`, () => {
      assert.deepStrictEqual(OperationOutcome.parse(body).issues, [])
    })
  }

  it("shows no MBI and no token, on one line of bounded length", () => {
    const diagnostics = `MBI 1S00E00AA00\nand eyJhbGciOi.eyJzdWIi.c2ln ${"x".repeat(1000)}`
    const { text } = OperationOutcome.parse(JSON.stringify(outcome({ severity: "error", code: "x", diagnostics })))
    assert.isTrue(text.startsWith("MBI [MBI] and [token] xxx"))
    assert.strictEqual(text.length, 500)
  })
})

describe("redact", () => {
  const table: ReadonlyArray<readonly [string, string]> = [
    ["MBI 1S00E00AA00 in ACO", "MBI [MBI] in ACO"],
    ["1S00-E00-AA00", "[MBI]"],
    ["1s00e00aa00", "[MBI]"],
    ["(1S00E00AA00,9Z99Z99ZZ99)", "([MBI],[MBI])"],
    ["mbi=1S00E00AA00&x", "mbi=[MBI]&x"],
    // In a word of its own only: a UUID or a hash must stay legible.
    ["x1S00E00AA00", "x1S00E00AA00"],
    ["1S00E00AA001", "1S00E00AA001"],
    ["0S00E00AA00", "0S00E00AA00"],
    ["3d0e3e0c-3d1b-4d3f-9d1f-0e7c6f8f2a10", "3d0e3e0c-3d1b-4d3f-9d1f-0e7c6f8f2a10"],
    ["A9994", "A9994"]
  ]
  for (const [given, expected] of table) {
    it(given, () => assert.strictEqual(redact(given), expected))
  }
})
