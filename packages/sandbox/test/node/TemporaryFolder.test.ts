import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "vitest"
import { tinyData } from "../Support.ts"
import { withTemporaryFolder } from "./Wire.ts"

/** The id of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ["--version"]).pid

describe("temporary directories", () => {
  it("name the process whose they are, and go with it", () =>
    withTemporaryFolder(async (folder) => {
      const sandbox = await startSandbox({ data: tinyData })
      const [name] = readdirSync(folder)
      assert.match(name ?? "", new RegExp(`^bcda-sandbox-[0-9a-f]{8}-${process.pid}-\\w{6}$`))
      await sandbox.close()
      assert.deepStrictEqual(readdirSync(folder), [])
    }))

  it("of killed processes go at the next start, and nothing else does", () =>
    withTemporaryFolder(async (folder) => {
      const [, machine = ""] = await (async () => {
        await using _ = await startSandbox({ data: tinyData })
        return /^bcda-sandbox-(\w+)-/.exec(readdirSync(folder)[0] ?? "") ?? []
      })()
      const pid = deadPid()
      const leave = (name: string) => {
        mkdirSync(join(folder, name, "1"), { recursive: true })
        writeFileSync(join(folder, name, "1", "a.ndjson.gz"), "")
        return name
      }
      const left = leave(`bcda-sandbox-${machine}-${pid}-abcdef`)
      const kept = [
        leave(`bcda-sandbox-${machine}-${process.pid}-abcdef`),
        leave(`bcda-sandbox-00000000-${pid}-abcdef`),
        leave(`bcda-sandbox-${machine}-${pid}-abcdefg`),
        leave(`my-bcda-sandbox-${machine}-${pid}-abcdef`),
        leave("elsewhere")
      ]
      const link = `bcda-sandbox-${machine}-${pid}-linked`
      symlinkSync(join(folder, "elsewhere"), join(folder, link))
      const file = `bcda-sandbox-${machine}-${pid}-afile0`
      writeFileSync(join(folder, file), "")
      await using _ = await startSandbox({ data: tinyData })
      assert.isFalse(existsSync(join(folder, left)))
      for (const name of kept) assert.isTrue(existsSync(join(folder, name, "1", "a.ndjson.gz")), name)
      for (const name of [link, file]) assert.include(readdirSync(folder), name)
    }))
})
