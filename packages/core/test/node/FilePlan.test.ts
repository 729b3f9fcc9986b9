import { Manifest } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { planFiles } from "../../src/internal/filePlan.ts"

const base = "https://bcda.test/data/7"

const plan = (parts: Partial<Pick<Manifest, "output" | "error" | "deleted">>, most = 1000) =>
  planFiles(
    new Manifest({
      transactionTime: "2026-02-01T20:20:20Z",
      request: "",
      requiresAccessToken: true,
      output: [],
      error: [],
      ...parts
    }),
    most
  )

const file = (name: string) => ({ type: "Patient", url: `${base}/${name}` })

const paths = (urls: ReadonlyArray<string>) =>
  Result.getOrThrow(plan({ output: urls.map((url) => ({ type: "Patient", url })) })).map(({ path }) => path)

const refusal = (result: ReturnType<typeof plan>) => Result.getOrThrow(Result.flip(result))

describe("planFiles", () => {
  it("sorts files by type, and the error and deleted lists by themselves", () => {
    const planned = plan({
      output: [{ type: "Patient", url: `${base}/a.ndjson` }],
      error: [{ type: "OperationOutcome", url: `${base}/a-error.ndjson?x=1` }],
      deleted: [{ type: "Bundle", url: `${base}/d.ndjson` }]
    })
    assert.deepStrictEqual(
      Result.getOrThrow(planned).map(({ path }) => path),
      ["Patient/a.ndjson", "error/a-error.ndjson", "deleted/d.ndjson"]
    )
  })

  it("tells apart what would meet, also where case does not count or compressed files are kept", () => {
    assert.deepStrictEqual(
      paths([
        `${base}/a.ndjson`,
        `${base}/A.ndjson`,
        `${base}/x/a.ndjson`,
        `${base}/a.ndjson.gz`,
        `${base}/a-2.ndjson`
      ]),
      ["Patient/a.ndjson", "Patient/A-2.ndjson", "Patient/a-3.ndjson", "Patient/a-4.ndjson.gz", "Patient/a-2-2.ndjson"]
    )
  })

  it("tells apart a file named .gz and one that gets the suffix by being kept", () => {
    assert.deepStrictEqual(paths([`${base}/a.ndjson.gz`, `${base}/a.ndjson`]), [
      "Patient/a.ndjson.gz",
      "Patient/a-2.ndjson"
    ])
  })

  const hostile = [
    "",
    "..",
    ".",
    ".bashrc",
    "%2e%2e%2fpasswd",
    "..%2F..%2Fetc%2Fpasswd",
    "a%00.ndjson",
    "a b.ndjson",
    "a:b.ndjson",
    "a.ndjson.part",
    "a.ndjson.PART",
    "a.ndjson.part.gz",
    "a.ndjson.part.from",
    "con",
    "Con.ndjson",
    "nul.tar.gz",
    "COM1.ndjson",
    "lpt9",
    "a.",
    "é.ndjson",
    "a.ndjson%0A",
    "x".repeat(201)
  ]
  for (const name of hostile) {
    it(`refuses the name ${JSON.stringify(name.slice(0, 30))}`, () => {
      assert.strictEqual(refusal(plan({ output: [{ type: "Patient", url: `${base}/${name}` }] }))._tag, "UnsafeName")
    })
  }

  it("never leaves the directory by dots or backslashes that a URL resolves", () => {
    assert.deepStrictEqual(paths([`${base}/../../../etc/passwd`, `${base}/..\\..\\boot.ini`]), [
      "Patient/passwd",
      "Patient/boot.ini"
    ])
  })

  it("takes names that only look like those of Windows' devices", () => {
    assert.strictEqual(paths(["console.ndjson", "com10.ndjson", "a.con"].map((name) => `${base}/${name}`)).length, 3)
  })

  it("refuses more files than it may have, over all lists", () => {
    const lists = { output: [file("a"), file("b")], error: [file("c")], deleted: [file("d")] }
    assert.strictEqual(Result.getOrThrow(plan(lists, 4)).length, 4)
    assert.deepInclude(refusal(plan(lists, 3)), { _tag: "LimitExceeded", limit: "files", most: 3 })
  })

  for (const type of ["../x", "a/b", "Patient ", ".", "1Patient", "Aux"]) {
    it(`refuses the type ${JSON.stringify(type)}`, () => {
      assert.strictEqual(refusal(plan({ output: [{ type, url: `${base}/a.ndjson` }] }))._tag, "UnsafeName")
    })
  }

  it("shows a refused name without anything that could act on a terminal", () => {
    const { message } = refusal(plan({ output: [{ type: "\u001B[2J".repeat(100), url: `${base}/a.ndjson` }] }))
    assert.match(message, /^[\x20-\x7e]{0,200}$/)
  })

  it("refuses one URL twice: every resource in it would count twice", () => {
    const url = `${base}/a.ndjson`
    const twice = [
      { type: "Patient", url },
      { type: "Patient", url }
    ]
    assert.strictEqual(refusal(plan({ output: twice }))._tag, "Malformed")
  })
})
