import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type Engine, webEngine } from "../../src/internal/engine.ts"
import { bytesOfType, jsonOfType, type LineCheck } from "../../src/internal/lineCheck.ts"
import { LineProof } from "../../src/internal/lineProof.ts"
import { nodeEngine } from "../../src/node/internal/NodeEngine.ts"
import { lines } from "./support/FakeBcda.ts"

const bytes = (text: string) => Buffer.from(text)

const engines: ReadonlyArray<readonly [string, Engine]> = [
  ["Node's engine", nodeEngine],
  ["any engine", webEngine]
]

describe.each(engines)("LineProof with %s", (_, engine) => {
  /** Proves a file given in blocks; stops at the first problem, as the download does. */
  const prove = (
    blocks: ReadonlyArray<Uint8Array>,
    { check, longest = 1_000_000 }: { readonly check?: LineCheck; readonly longest?: number } = {}
  ) => {
    const seen: Array<unknown> = []
    const shown: Array<Uint8Array> = []
    const onLines = (bytes: Uint8Array) => void shown.push(bytes)
    const proof = new LineProof(
      engine,
      check ?? jsonOfType(engine, "Patient", (resource) => seen.push(resource["id"])),
      longest,
      onLines
    )
    let problem = undefined
    for (const block of blocks) {
      problem ??= proof.update(block)
      assert.include([undefined, 10], shown.at(-1)?.at(-1), "what was shown ends with a line")
    }
    problem ??= proof.end()
    const good = Buffer.concat(shown)
    const { lineBytes } = proof
    assert.isTrue(good.equals(Buffer.concat(blocks).subarray(0, lineBytes)), "the good lines are shown")
    assert.strictEqual(proof.sha256(), createHash("sha256").update(good).digest("hex"))
    return { problem, bytes: proof.bytes, lineBytes, lines: proof.lines, sha256: proof.sha256(), seen }
  }

  it.effect.prop(
    "says the same however the bytes are cut, also within a character",
    { cuts: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 }))) },
    ({ cuts }) =>
      Effect.sync(() => {
        const file = bytes(lines("Patient", 8))
        const edges = [0, ...cuts.filter((cut) => cut < file.length).toSorted((a, b) => a - b), file.length]
        const blocks = edges.slice(1).map((edge, i) => file.subarray(edges[i], edge))
        assert.deepStrictEqual(prove(blocks), prove([file]))
        const check = bytesOfType(engine, "Patient")
        assert.deepStrictEqual(prove(blocks, { check }), prove([file], { check }))
        assert.strictEqual(prove(blocks, { check }).problem, undefined)
      }),
    { arbitrary: { runs: 200 } }
  )

  it.effect.prop(
    "reads every text, in any characters, however the bytes are cut and the lines end",
    {
      texts: Schema.Array(Schema.String),
      cuts: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))),
      lineEnd: Schema.Literals(["\n", "\r\n"]),
      isEnded: Schema.Boolean
    },
    ({ cuts, isEnded, lineEnd, texts }) =>
      Effect.sync(() => {
        const file = bytes(
          texts.map((id) => JSON.stringify({ resourceType: "Patient", id })).join(lineEnd) +
            (isEnded && texts.length > 0 ? lineEnd : "")
        )
        const blocks: Array<Buffer> = []
        for (let at = 0, n = 0; at < file.length; n++) {
          const length = cuts[n % cuts.length] ?? file.length
          blocks.push(file.subarray(at, at + length))
          at += length
        }
        const { problem, seen, lines } = prove(blocks)
        assert.strictEqual(problem, undefined)
        assert.deepStrictEqual(seen, Array.from(texts))
        assert.strictEqual(lines, texts.length)
      }),
    { arbitrary: { runs: 200 } }
  )

  it("counts, digests and shows every resource", () => {
    const text = lines("Patient", 3)
    assert.deepStrictEqual(prove([bytes(text)]), {
      problem: undefined,
      bytes: Buffer.byteLength(text),
      lineBytes: Buffer.byteLength(text),
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
  type Kind = "bad" | "cut" | "long"
  /** What is wrong, for a parser and for a look at the bytes; `undefined` where the latter does not see it, as its documentation says. */
  const bad: ReadonlyArray<readonly [string, string | Buffer, string, Kind, (readonly [string, Kind] | undefined)?]> = [
    ["an empty line", `${good}\n${good}`, "the line is empty", "bad"],
    ["an empty line at the end", `${good}\n`, "the line is empty", "bad"],
    ["an empty line with CRLF", `${good}\r\n${good}`, "the line is empty", "bad"],
    ["a line of white space", `${good} \t\n${good}`, "the line is empty", "bad"],
    ["two objects on a line", `${good}${good.trimEnd()}${good}`, "the line is not JSON", "bad", undefined],
    [
      "an object over two lines",
      `${good}{\n"resourceType":"Patient"}\n`,
      "the line is not JSON",
      "bad",
      ["the line is not a whole JSON object", "bad"]
    ],
    ["an array", `${good}[${good.trimEnd()}]\n`, "the line is not a JSON object", "bad"],
    ["null", `${good}null\n`, "the line is not a JSON object", "bad"],
    ["another type", `${good}{"resourceType":"Coverage"}\n`, "the line's resourceType is not Patient", "bad"],
    ["a longer type", `${good}{"resourceType":"PatientX"}\n`, "the line's resourceType is not Patient", "bad"],
    ["no type", `${good}{}\n`, "the line's resourceType is not Patient", "bad"],
    [
      "another type around the right one",
      `${good}{"contained":[{"resourceType":"Patient"}],"resourceType":"Coverage"}\n`,
      "the line's resourceType is not Patient",
      "bad"
    ],
    ["a type that is no text", `${good}{"resourceType":7}\n`, "the line's resourceType is not Patient", "bad"],
    ["a byte order mark", `\uFEFF${good}`, "the line starts with a byte order mark", "bad"],
    [
      "a page of a proxy",
      `${good}<html></html>\n`,
      "the line is not JSON",
      "bad",
      ["the line is not a JSON object", "bad"]
    ],
    [
      "half a resource at the end",
      `${good}{"resourceType":"Pat`,
      "the line is not JSON",
      "cut",
      ["the line is not a whole JSON object", "cut"]
    ],
    [
      "the first byte of a resource at the end",
      `${good}{`,
      "the line is not JSON",
      "cut",
      ["the line is not a whole JSON object", "cut"]
    ],
    [
      "half a character at the end",
      Buffer.concat([bytes(`${good}{"a":"`), bytes("雪").subarray(0, 2)]),
      "the line is not UTF-8",
      "cut"
    ],
    [
      "another type at the end, whole",
      `${good}{"resourceType":"Coverage"}`,
      "the line's resourceType is not Patient",
      "bad"
    ],
    [
      "text in Latin-1",
      Buffer.concat([bytes(good), Buffer.from('{"resourceType":"Patient","name":"é"}\n', "latin1")]),
      "the line is not UTF-8",
      "bad"
    ],
    [
      "a second type of its own",
      `${good}{"resourceType":"Patient","contained":[{"resourceType":"Organization"}],"resourceType":"Coverage"}\n`,
      "the line's resourceType is not Patient",
      "bad"
    ],
    [
      "a type of its own that is written after those that it contains",
      `${good}{"contained":[{"resourceType":"Patient","a":["]"]}],"resourceType":"Coverage"}\n`,
      "the line's resourceType is not Patient",
      "bad"
    ],
    [
      "no type but those that it contains",
      `${good}{"contained":[{"a":"]}]","resourceType":"Patient"},{"resourceType":"Patient"}]}\n`,
      "the line's resourceType is not Patient",
      "bad"
    ],
    [
      "no type but those that two lists contain",
      `${good}{"contained":[{"resourceType":"Organization"}],"a":{"contained":[{"resourceType":"Patient"}]}}\n`,
      "the line's resourceType is not Patient",
      "bad"
    ],
    [
      "a name that only ends so",
      `${good}{"notresourceType":"Patient"}\n`,
      "the line's resourceType is not Patient",
      "bad"
    ],
    ["a comma too many", `${good}{"resourceType":"Patient",}\n`, "the line is not JSON", "bad", undefined]
  ]
  for (const [name, file, detail, kind, ...bytesSee] of bad) {
    const line = detail.includes("byte order mark") ? 1 : 2
    it(`finds ${name}`, () => {
      const { problem, lines } = prove([Buffer.from(file)])
      assert.deepStrictEqual(problem, { line, detail, kind })
      assert.strictEqual(lines, line - 1)
    })

    it(`bytesOfType: ${name}`, () => {
      const [sees = [detail, kind]] = bytesSee.length === 0 ? [[detail, kind] as const] : bytesSee
      const expected = bytesSee.length > 0 && bytesSee[0] === undefined ? undefined : sees
      const { problem } = prove([Buffer.from(file)], { check: bytesOfType(engine, "Patient") })
      assert.deepStrictEqual(problem, expected && { line, detail: expected[0], kind: expected[1] })
    })
  }

  const fine: ReadonlyArray<readonly [string, string, number]> = [
    ["nothing", "", 0],
    ["CRLF", good.repeat(3).replaceAll("\n", "\r\n"), 3],
    ["no line end at the end", good.repeat(3).trimEnd(), 3],
    ["white space where JSON allows it", ' \t{ "resourceType" :\t"Patient" } \n', 1],
    [
      "a type among others that it contains",
      '{"contained":[{"resourceType":"Organization"}],"resourceType":"Patient"}\n',
      1
    ],
    [
      "its type before those that it contains",
      '{"resourceType":"Patient","contained":[{"resourceType":"Organization"}]}\n',
      1
    ],
    [
      "types in a text, before and after",
      '{"resourceType":"Patient","a":"\\"resourceType\\"","b":"{\\"resourceType"}\n',
      1
    ],
    [
      "its type after a list that it contains, and in a text",
      '{"contained":[{"a":"]\\"","resourceType":"Organization"},{"b":[[]],"resourceType":"Practitioner"}],"resourceType":"Patient"}\n',
      1
    ],
    ["its type after nothing contained", '{"contained":[],"resourceType":"Patient","text":"\\"contained\\":["}\n', 1],
    [
      "its type among names that end so",
      '{"Type":"a","myType":"b","resourceType":"Patient","subType":"Coverage"}\n',
      1
    ],
    ["a type in a text", '{"a":"\\"resourceType\\":\\"Coverage\\"","b":"resourceType","resourceType":"Patient"}\n', 1],
    ["braces and quotes in a text", '{"a":"}]{\\\\\\"","resourceType":"Patient","z":["resourceType"]}\n', 1]
  ]
  for (const [name, file, lines] of fine) {
    it(`takes ${name}`, () => {
      for (const check of [jsonOfType(engine, "Patient"), bytesOfType(engine, "Patient")]) {
        assert.deepInclude(prove([bytes(file)], { check }), { problem: undefined, lines })
      }
    })
  }

  it("gives up on a line without an end before it fills the memory", () => {
    const block = Buffer.alloc(1024, "x")
    const { problem, bytes } = prove(
      Array.from({ length: 100 }, () => block),
      { longest: 5000 }
    )
    assert.deepStrictEqual(problem, { line: 1, detail: "the line is longer than 5000 bytes", kind: "long" })
    assert.strictEqual(bytes, 5 * block.length)
  })

  it("gives up on a line that is too long, though it ends in the same block", () => {
    const longest = good.length - 1
    assert.strictEqual(prove([bytes(good)], { longest }).problem, undefined)
    assert.strictEqual(prove([bytes(`${good} ${good}`)], { longest }).problem?.kind, "long")
  })

  it("holds a long line that comes byte by byte in room for about two of it", () => {
    const check = bytesOfType(engine, "Patient")
    const proof = new LineProof(engine, check, 4_000_000)
    proof.update(bytes('{"resourceType":"Patient","a":"'))
    const byte = Buffer.from("a")
    const before = process.memoryUsage()
    for (let i = 0; i < 1_000_000; i++) proof.update(byte)
    const after = process.memoryUsage()
    assert.isBelow(after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed, 64 * 1024 * 1024)
    proof.update(bytes('"}\n'))
    assert.strictEqual(proof.lines, 1)
  })
})
