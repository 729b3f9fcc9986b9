import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Effect } from "effect"
import { expect } from "vitest"
import { appendNight, historyFile, readHistory } from "../../src/nightly/History.ts"
import { historySchema } from "../../src/nightly/NightLine.ts"
import { bcda, temporary } from "../support/Bcda.ts"
import { nightAfter, runOf } from "./support/Runs.ts"

const line = nightAfter([], "2026-11-01", runOf({ a: "pass", b: "fail" }))
const next = nightAfter([line], "2026-11-02", runOf({ a: "fail", b: "fail" }))

const run = <A>(effect: Effect.Effect<A, unknown>) => Effect.runPromise(effect)

describe("the history", () => {
  it("is empty where there is none, and holds what was appended", async () => {
    using folder = temporary()
    const directory = join(folder.path, "not", "there yet")
    assert.deepStrictEqual(await run(readHistory(directory)), { lines: [], torn: false, size: 0 })
    await run(appendNight(directory, line))
    await run(appendNight(directory, next))
    const { lines, torn } = await run(readHistory(directory))
    assert.deepStrictEqual(JSON.parse(JSON.stringify(lines)), JSON.parse(JSON.stringify([line, next])))
    assert.isFalse(torn)
  })

  it("outlives a crash at any byte of a line: the lines before count, and the next one takes the place of the half", async () => {
    using folder = temporary()
    await run(appendNight(folder.path, line))
    const path = join(folder.path, historyFile)
    const whole = readFileSync(path, "utf8")
    const text = JSON.stringify(next)
    for (const at of [1, text.length >> 1, text.length]) {
      writeFileSync(path, whole + text.slice(0, at))
      const { lines, torn } = await run(readHistory(folder.path))
      assert.deepStrictEqual([lines.length, torn], [1, true], `${at}`)
      await run(appendNight(folder.path, next))
      const mended = await run(readHistory(folder.path))
      assert.deepStrictEqual([mended.lines.length, mended.torn], [2, false], `${at}`)
    }
  })

  it("is not gone on with where a line is none, by the command neither", async () => {
    using folder = temporary()
    mkdirSync(join(folder.path, "h"))
    await run(appendNight(join(folder.path, "h"), line))
    appendFileSync(join(folder.path, "h", historyFile), '<<<<<<< HEAD\n{"format":2}\n')
    const args = ["nightly", "--target", "http://127.0.0.1:9", "--history", "h", "--out", "o"]
    const env = { BCDA_CLIENT_ID: "a", BCDA_CLIENT_SECRET: "b" }
    const ran = await bcda(args, { cwd: folder.path, env })
    assert.strictEqual(ran.code, 2, ran.stderr)
    assert.match(
      ran.stderr,
      /^error: The history cannot be used\nwhy: {3}.*line 2 is not one of its lines\nnext: {2}.+$/m
    )
    assert.isFalse(existsSync(join(folder.path, "o")))
  })

  it("tells of half a line, and goes on", async () => {
    using folder = temporary()
    mkdirSync(join(folder.path, "h"))
    writeFileSync(join(folder.path, "h", historyFile), '{"format":1,"night":"2026-')
    const args = ["nightly", "--target", "http://127.0.0.1:9", "--history", "h", "--out", "o", "--night", "2026-11-03"]
    const env = { BCDA_CLIENT_ID: "a", BCDA_CLIENT_SECRET: "b" }
    const ran = await bcda(args, { cwd: folder.path, env })
    assert.strictEqual(ran.code, 3, ran.stderr)
    assert.match(ran.stderr, /the last line of history\.jsonl was cut off/)
    assert.strictEqual((await run(readHistory(join(folder.path, "h")))).lines.length, 1)
  })
})

const published = fileURLToPath(new URL("../../history.schema.json", import.meta.url))

describe("the published schema of the history", () => {
  it("is that of the code", async () => {
    await expect(`${JSON.stringify(historySchema(), undefined, 2)}\n`).toMatchFileSnapshot(published)
  })

  it("takes lines, and nothing else", () => {
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(published, "utf8")))
    for (const one of [line, next]) {
      const plain: object = JSON.parse(JSON.stringify(one))
      assert.isTrue(validate(plain), JSON.stringify(validate.errors))
      assert.isFalse(validate({ ...plain, format: 2 }))
      assert.isFalse(validate({ ...plain, night: "yesterday" }))
    }
  })
})

describe("the command line of bcda nightly", () => {
  it.for<readonly [string, ReadonlyArray<string>]>([
    ["there is no target", ["--night", "2026-11-01"]],
    ["there is no such day", ["--target", "embedded", "--night", "2026-13-01"]],
    ["no night is to be kept", ["--target", "embedded", "--keep", "0"]],
    ["there are no credentials for one of the targets", ["--target", "embedded", "--target", "http://127.0.0.1:9"]],
    ["production is asked for once", ["--target", "production"]]
  ])("ends with 2 when %s, before anybody is asked", async ([, args]) => {
    using folder = temporary()
    const ran = await bcda(["nightly", ...args], { cwd: folder.path })
    assert.strictEqual(ran.code, 2, ran.stderr)
    assert.strictEqual(ran.stdout, "")
    assert.isFalse(existsSync(join(folder.path, "bcda-nightly")))
  })
})
