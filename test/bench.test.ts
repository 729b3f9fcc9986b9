import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { readResults, versionOf } from "../bench/Record.ts"
import { tables } from "../bench/Report.ts"
import { root } from "./support/Repository.ts"

const noCurl = versionOf("curl", ["--version"]) === undefined
if (noCurl) console.warn("SKIPPED: there is no curl here to compare with")

const bench = (...args: ReadonlyArray<string>) =>
  promisify(execFile)(process.execPath, [join(root, "bench/main.ts"), ...args])

describe("the benches", () => {
  it("show the results that are there", () => {
    const { is, should } = tables()
    assert.strictEqual(is, should)
    assert.match(is, /\| nginx, gzip \|/)
  })

  it.skipIf(noCurl)("compare the client with curl", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bench test "))
    try {
      const out = join(folder, "results.jsonl")
      await bench("client", "--only", "TLS", "--scale", "0.002", "--rounds", "1", "--out", out)
      const samples = readResults(out).filter((line) => line.kind === "sample")
      assert.deepStrictEqual(
        samples.map((line) => [line.case, line.against, line.bytes]),
        [
          ["curl", undefined, samples[0]?.bytes],
          ["bcda-kit, bytes", "curl", samples[0]?.bytes]
        ]
      )
      assert.isAbove(samples[0]?.bytes ?? 0, 1e6)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.skipIf(noCurl)(
    "have the client fetch a file in less than twice the time that it may take beside curl",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "bench test "))
      try {
        const out = join(folder, "results.jsonl")
        await bench("client", "--only", "1 file, gzip", "--scale", "0.25", "--rounds", "3", "--out", out)
        const samples = readResults(out).filter((line) => line.kind === "sample")
        const ours = [...new Set(samples.flatMap((line) => (line.most === undefined ? [] : [line.case])))]
        assert.deepStrictEqual(ours, ["bcda-kit, bytes", "bcda-kit, json"])
        for (const name of ours) {
          // The best turn of three: what else the machine does makes one client wait, and in the next turn the other.
          const turns = samples.flatMap((line) => {
            const curl = samples.find((other) => other.case === "curl" && other.round === line.round)
            return line.case === name ? [line.seconds / (curl?.seconds ?? Number.NaN) / (line.most ?? Number.NaN)] : []
          })
          assert.isBelow(Math.min(...turns), 2, name)
        }
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
  )

  it("start the command as it is published within twice its target", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bench test "))
    try {
      const out = join(folder, "results.jsonl")
      await bench("command", "--rounds", "1", "--out", out)
      const samples = readResults(out).filter((line) => line.kind === "sample")
      // The quickest start of each: what else the machine does only ever adds to it.
      const quickest = (name: string) =>
        Math.min(...samples.filter((line) => line.case === name).map(({ seconds }) => seconds))
      const most = samples.find((line) => line.case === "bcda --help")?.most ?? Number.NaN
      assert.isBelow(quickest("bcda --help") / quickest("node -e 0"), 2 * most)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("run, and keep every sample", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bench test "))
    try {
      const out = join(folder, "results.jsonl")
      await bench("sandbox", "--only", "generate", "--people", "5", "--rounds", "1", "--out", out)
      const [machine, ...samples] = readResults(out)
      assert.strictEqual(machine?.kind, "machine")
      assert.deepStrictEqual(
        samples.map((line) => line.kind === "sample" && [line.suite, line.case, line.round, line.bytes > 0]),
        [
          ["generate", "v2", 1, true],
          ["generate", "v3", 1, true]
        ]
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
