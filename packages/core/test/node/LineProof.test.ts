import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { jsonOfType, LineProof } from "../../src/node/internal/LineProof.ts"
import { lines } from "./support/FakeBcda.ts"

/** Proves a file given in blocks; stops at the first problem, as the download does. */
const prove = (blocks: ReadonlyArray<Buffer>, type = "Patient") => {
  const seen: Array<unknown> = []
  const proof = new LineProof(jsonOfType(type, (resource) => seen.push(resource["id"])))
  let problem = undefined
  for (const block of blocks) problem ??= proof.update(block)
  problem ??= proof.end()
  return { problem, bytes: proof.bytes, lines: proof.lines, sha256: proof.sha256(), seen }
}

const bytes = (text: string) => Buffer.from(text)

describe("LineProof", () => {
  it.effect.prop(
    "says the same however the bytes are cut, also within a character",
    { cuts: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 }))) },
    ({ cuts }) =>
      Effect.sync(() => {
        const file = bytes(lines("Patient", 8))
        const edges = [0, ...cuts.filter((cut) => cut < file.length).toSorted((a, b) => a - b), file.length]
        const blocks = edges.slice(1).map((edge, i) => file.subarray(edges[i], edge))
        assert.deepStrictEqual(prove(blocks), prove([file]))
      }),
    { arbitrary: { runs: 200 } }
  )

  it("counts, digests and shows every resource", () => {
    const text = lines("Patient", 3)
    assert.deepStrictEqual(prove([bytes(text)]), {
      problem: undefined,
      bytes: Buffer.byteLength(text),
      lines: 3,
      sha256: createHash("sha256").update(text).digest("hex"),
      seen: ["é-0-雪-🐢", "é-1-雪-🐢", "é-2-雪-🐢"]
    })
  })

  it("byte by byte", () => {
    const file = bytes(lines("Patient", 3))
    assert.deepStrictEqual(prove([...file].map((byte) => Buffer.from([byte]))), prove([file]))
  })

  const good = '{"resourceType":"Patient"}\n'
  const bad: ReadonlyArray<readonly [string, string | Buffer, string, boolean]> = [
    ["an empty line", `${good}\n${good}`, "the line is empty", false],
    ["two objects on a line", `${good}${good.trimEnd()}${good}`, "the line is not JSON", false],
    ["an object over two lines", `${good}{\n"resourceType":"Patient"}\n`, "the line is not JSON", false],
    ["an array", `${good}[${good.trimEnd()}]\n`, "the line is not a JSON object", false],
    ["null", `${good}null\n`, "the line is not a JSON object", false],
    ["another type", `${good}{"resourceType":"Coverage"}\n`, "the line's resourceType is not Patient", false],
    ["no type", `${good}{}\n`, "the line's resourceType is not Patient", false],
    ["a byte order mark", `${good}\uFEFF${good}`, "the line is not JSON", false],
    ["a page of a proxy", `${good}<html></html>\n`, "the line is not JSON", false],
    ["half a resource at the end", `${good}{"resourceType":"Pat`, "the line is not JSON", true],
    [
      "half a character at the end",
      Buffer.concat([bytes(`${good}{"a":"`), bytes("雪").subarray(0, 2)]),
      "the line is not UTF-8",
      true
    ],
    [
      "another type at the end, whole",
      `${good}{"resourceType":"Coverage"}`,
      "the line's resourceType is not Patient",
      false
    ],
    [
      "text in Latin-1",
      Buffer.concat([bytes(good), Buffer.from('{"resourceType":"Patient","name":"é"}\n', "latin1")]),
      "the line is not UTF-8",
      false
    ]
  ]
  for (const [name, file, detail, cut] of bad) {
    it(`finds ${name}`, () => {
      const { problem, lines } = prove([Buffer.from(file)])
      assert.deepStrictEqual(problem, { line: 2, detail, cut })
      assert.strictEqual(lines, 1)
    })
  }

  it("gives up on a line without an end before it fills the memory", () => {
    const block = Buffer.alloc(16 * 1024 * 1024, "x")
    const { problem, bytes } = prove(Array.from({ length: 100 }, () => block))
    assert.strictEqual(problem?.detail, "the line is longer than 67108864 bytes")
    assert.strictEqual(bytes, 5 * block.length)
  })
})
