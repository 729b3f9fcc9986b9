/** What is kept of a file: facts, whatever the chunks and the compression, and no value of any resource. */
import { createHash } from "node:crypto"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { readFile } from "../src/internal/fileReader.ts"

const patient = (id: string) => JSON.stringify({ id, name: [{ family: "Nobody" }], resourceType: "Patient" })

const chunks = async function* (bytes: Buffer, size: number) {
  for (let start = 0; start < bytes.byteLength; start += size) yield bytes.subarray(start, start + size)
}

const read = (body: string | Buffer, { size = 7, announced = false } = {}) =>
  readFile(chunks(Buffer.from(body), size), { announced, salt: "salt", signal: new AbortController().signal })

const broken = async function* (bytes: string) {
  yield Buffer.from(bytes)
  throw Object.assign(new Error("socket"), { code: "ECONNRESET" })
}

describe("a file", () => {
  const text = `${patient("-1")}\n${patient("-2")}\n`

  it("tells doubled members and ids, and people from each other by tags alone", async () => {
    const lines = [
      patient("-1"),
      patient("-1"),
      '{"resourceType":"Coverage","id":"c","beneficiary":{"reference":"Patient/-1"},"a":1,"a":2}',
      '{"resourceType":"Coverage","id":"d","beneficiary":{"reference":"Patient/77"}, "b":[{"a":1},{"a":2}],"c":"a\\":\\"b"}',
      '{"resourceType":"OperationOutcome","id":"o","issue":[{"severity":"fatal"},{"severity":"Jane Doe"}]}'
    ]
    const facts = await read(lines.join("\n"))
    assert.deepInclude(facts, { repeatedIds: 1, doubledMembers: 1, positivePatients: 1, badLines: 0 })
    assert.deepStrictEqual(facts.severities, { fatal: 1, other: 1 })
    assert.strictEqual(facts.patients?.length, 2)
    const other = await readFile(chunks(Buffer.from(lines[0] ?? ""), 9), {
      announced: false,
      salt: "another run's",
      signal: new AbortController().signal
    })
    assert.notInclude(
      JSON.stringify(facts.patients),
      other.patients?.[0] ?? "none",
      "tags mean nothing outside of their run"
    )
    for (const id of ["-1", "77", "Jane"]) assert.notInclude(JSON.stringify(facts.patients), id)
  })

  it("gives the same facts in chunks of any size", async () => {
    const whole = await read(text, { size: 1_000_000 })
    for (const size of [1, 2, 3, 64]) assert.deepStrictEqual(await read(text, { size }), whole)
    assert.deepInclude(whole, {
      lines: 2,
      bytes: Buffer.byteLength(text),
      wireBytes: Buffer.byteLength(text),
      sha256: createHash("sha256").update(text).digest("hex"),
      types: { Patient: 2 },
      badLines: 0,
      complete: true,
      gzip: "none",
      finalNewline: true
    })
    assert.notInclude(JSON.stringify(whole), "Nobody")
  })

  it("is inflated, with an empty member at its end as BCDA sends it", async () => {
    const packed = Buffer.concat([gzipSync(text), gzipSync("")])
    for (const size of [1, 1000]) {
      const facts = await read(packed, { size, announced: true })
      assert.deepInclude(facts, { lines: 2, gzip: "announced", wireBytes: packed.byteLength, complete: true })
      assert.strictEqual(facts.sha256, (await read(text)).sha256)
    }
    assert.deepInclude(await read(packed), { gzip: "unannounced", lines: 2 })
  })

  it("that claims to be gzip and is not is read as it is", async () => {
    assert.deepInclude(await read(text, { announced: true }), { gzip: "false", lines: 2, complete: true })
  })

  it("that is cut in the middle of its gzip is incomplete", async () => {
    const facts = await read(gzipSync(text).subarray(0, 40), { announced: true })
    assert.deepInclude(facts, { complete: false, gzip: "announced" })
    assert.include(facts.problem, "Z_BUF_ERROR")
  })

  it("that breaks off says how, and keeps what there was", async () => {
    const facts = await readFile(broken(text), { announced: false, salt: "salt", signal: new AbortController().signal })
    assert.deepInclude(facts, { complete: false, lines: 2, problem: "the body broke off (ECONNRESET)" })
  })

  it("is counted line by line, with what is wrong with each", async () => {
    const lines = ["\uFEFF{}", "", "not json", "[]", '{"id":"1"}', '{"resourceType":"Patient"}', patient("-3")]
    assert.deepInclude(await read(lines.join("\n")), {
      lines: 7,
      blankLines: 1,
      badLines: 2,
      withoutType: 2,
      withoutId: 2,
      byteOrderMark: true,
      finalNewline: false,
      types: { Patient: 2 }
    })
  })

  it("says where its lines of each kind begin, whatever the chunks", async () => {
    const text = ["é{", "", "[]", '{"id":"1"}', patient("-1"), '{"resourceType":"Coverage"}', patient("-2")].join("\n")
    const at = (line: number) => ({
      line,
      offset:
        Buffer.byteLength(
          text
            .split("\n")
            .slice(0, line - 1)
            .join("\n")
        ) + (line > 1 ? 1 : 0)
    })
    const wanted = {
      bad: [at(1), at(3)],
      blank: [at(2)],
      withoutType: [at(4)],
      types: { Patient: at(5), Coverage: at(6) }
    }
    assert.strictEqual(at(2).offset, 4)
    for (const size of [1, 5, 1000]) assert.deepStrictEqual((await read(text, { size })).spots, wanted)
    for (const announced of [true, false])
      assert.deepStrictEqual((await read(gzipSync(text), { announced })).spots, wanted)
  })

  it("names twenty places of a kind, and no more", async () => {
    const { badLines, spots } = await read("[]\n".repeat(30))
    assert.strictEqual(badLines, 30)
    assert.deepStrictEqual(spots.bad.at(-1), { line: 20, offset: 57 })
  })

  it("counts a line that is not UTF-8 as bad", async () => {
    const facts = await read(Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]))
    assert.deepInclude(facts, { lines: 1, badLines: 1 })
  })

  it("that is empty has no lines", async () => {
    assert.deepInclude(await read(""), { lines: 0, bytes: 0, complete: true, gzip: "none" })
  })
})
