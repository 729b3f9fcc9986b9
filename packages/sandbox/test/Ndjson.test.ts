import type { Line } from "@bcda-kit/sandbox"
import { assert, describe, it } from "vitest"
import { ndjson } from "../src/internal/JobWorker.ts"

const written = async (lines: ReadonlyArray<Line>): Promise<ReadonlyArray<Buffer>> => {
  const chunks: Array<Buffer> = []
  // Kept as they come: a chunk must not change once it is out.
  for await (const chunk of ndjson(lines)) chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
  return chunks
}

const expected = (lines: ReadonlyArray<Line>): Buffer =>
  Buffer.concat(
    lines.flatMap((line) => [typeof line === "string" ? Buffer.from(line) : Buffer.from(line), Buffer.from("\n")])
  )

const chunk = 128 * 1024

describe("NDJSON in chunks", () => {
  const around = [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4].map((more) => chunk + more)
  const cases: ReadonlyArray<readonly [string, (size: number) => ReadonlyArray<Line>]> = [
    ["text", (size) => ["x".repeat(size), "y", "z".repeat(size)]],
    ["letters of two bytes", (size) => [`x${"ñ".repeat(size)}`, "é"]],
    ["letters of three bytes", (size) => ["’".repeat(Math.ceil(size / 3)), "xx’"]],
    ["characters of four bytes", (size) => [`xx${"𐍈".repeat(size)}`, "𐍈"]],
    ["bytes", (size) => [Buffer.alloc(size * 2, "b"), Buffer.from("c"), Buffer.alloc(size, "d")]],
    ["text and bytes in turn", (size) => ["x".repeat(size - 1), Buffer.from("ñ"), "’", Buffer.alloc(0), ""]]
  ]

  it.each(cases)("%s: nothing is lost, doubled or split in the wrong place", async (_, make) => {
    for (const size of around) {
      const lines = make(size)
      const chunks = await written(lines)
      assert.isTrue(Buffer.concat([...chunks]).equals(expected(lines)), String(size))
      assert.isTrue(chunks.every(({ byteLength }) => byteLength > 0 && byteLength <= chunk))
    }
  })

  it("no line, no chunk", async () => {
    assert.isEmpty(await written([]))
  })

  it("lines that were small stay together", async () => {
    assert.lengthOf(await written(Array.from({ length: 1000 }, () => "x".repeat(100))), 1)
  })
})
