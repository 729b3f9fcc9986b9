import { spawn, spawnSync } from "node:child_process"
import { chmodSync, chownSync, mkdirSync, rmdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Receipt } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { kickOffs } from "./support/Exporting.ts"
import { bulky, type FakeFile, fakeBcda } from "./support/FakeBcda.ts"
import { filesIn, tempDirectory } from "./support/TempDirectory.ts"

const child = fileURLToPath(new URL("support/exportChild.ts", import.meta.url))

/** Some 30 kB each, and then one of 300 kB, for which there will be no room. */
const files: ReadonlyArray<FakeFile> = Array.from({ length: 6 }, (_, n) => ({
  type: "Patient",
  name: `p${n}.ndjson`,
  content: bulky("Patient", n === 5 ? 400 : 40, 700)
}))

/** Runs a shell script with `$NODE $CHILD $URL` to export; gives the lines of its output. */
const shell = (script: string, env: Record<string, string>, options: { uid?: number; gid?: number } = {}) =>
  Effect.callback<ReadonlyArray<string>>((resume) => {
    const all = { ...process.env, NODE: process.execPath, CHILD: child, ...env }
    const running = spawn("sh", ["-euc", script], { env: all, stdio: ["ignore", "pipe", "inherit"], ...options })
    let output = ""
    running.stdout.on("data", (data: Buffer) => (output += data.toString()))
    running.once("close", () => resume(Effect.succeed(output.trim().split("\n"))))
    return Effect.sync(() => running.kill())
  })

const isComplete = (line: string | undefined) => Schema.decodeUnknownSync(Schema.fromJsonString(Receipt))(line).complete

const canMount =
  process.platform === "linux" && spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0

describe("a disk that is full", () => {
  it.live.skipIf(!canMount)("ends the run with DiskFull, and with more room the next goes on (a small tmpfs)", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda(files)
      const mount = yield* tempDirectory
      const copy = yield* tempDirectory
      const script = `
        mount -t tmpfs -o size=300k none "$MOUNT"
        "$NODE" "$CHILD" "$URL" "$MOUNT/export"
        mount -o remount,size=50m "$MOUNT"
        "$NODE" "$CHILD" "$URL" "$MOUNT/export"
        cp -r "$MOUNT/export/." "$COPY"`
      const inside = `unshare -rm sh -euc '${script}'`
      const [first, second] = yield* shell(inside, { URL: fake.baseUrl, MOUNT: mount, COPY: copy })
      assert.strictEqual(first, "DiskFull")
      assert.isTrue(isComplete(second))
      const saved = yield* filesIn(copy)
      for (const { name, content } of files) assert.strictEqual(saved.get(`Patient/${name}`)?.toString(), content)
      assert.strictEqual(kickOffs(fake), 1)
      assert.isAbove(fake.asked("p5.ndjson"), 1)
      // Two others may have been on their way when the room ran out.
      assert.isAtLeast(files.filter(({ name }) => fake.asked(name) === 1).length, 3, "what was whole stayed")
    })
  )

  it.live.skipIf(process.platform === "win32")("ends the run with DiskFull where files may not grow (ulimit)", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda(files)
      const directory = join(yield* tempDirectory, "export")
      const env = { URL: fake.baseUrl, OUT: directory }
      // In blocks of 512 bytes: 100 kB, or 200 where a block has 1024.
      const limited = yield* shell(`ulimit -f 200; "$NODE" "$CHILD" "$URL" "$OUT"`, env)
      assert.deepStrictEqual(limited, ["DiskFull"])
      const before = yield* filesIn(directory)
      assert.isFalse(before.has("Patient/p5.ndjson"))
      assert.isFalse(before.has("receipt.json"))
      const [line] = yield* shell(`"$NODE" "$CHILD" "$URL" "$OUT"`, env)
      assert.isTrue(isComplete(line))
      const saved = yield* filesIn(directory)
      for (const { name, content } of files) assert.strictEqual(saved.get(`Patient/${name}`)?.toString(), content)
      assert.strictEqual(kickOffs(fake), 1)
    })
  )
})

describe("a directory that may not be written to", () => {
  const isRoot = process.getuid?.() === 0
  /** Root may write anywhere, so then the export runs as nobody. */
  const nobody = isRoot ? { uid: 65534, gid: 65534 } : {}

  it.live.skipIf(process.platform === "win32")("ends the run with its name, and once it may, the next goes on", () =>
    Effect.gen(function* () {
      const fake = yield* fakeBcda(files)
      const directory = yield* tempDirectory
      const types = join(directory, "Patient")
      mkdirSync(types)
      for (const path of [directory, types]) if (isRoot) chownSync(path, 65534, 65534)
      const env = { URL: fake.baseUrl, OUT: directory }
      const run = shell(`"$NODE" "$CHILD" "$URL" "$OUT"`, env, nobody)
      // An empty directory of that name is not taken for one of an export, so the journal comes first.
      chmodSync(directory, 0o500)
      assert.deepStrictEqual(yield* run, ["FileSystem"])
      assert.strictEqual(kickOffs(fake), 0, "no job without a place to note it")
      chmodSync(directory, 0o700)
      rmdirSync(types)
      fake.faults.set("p0.ndjson", (response) => {
        chmodSync(types, 0o500)
        response.writeHead(503).end()
        return true
      })
      assert.deepStrictEqual(yield* run, ["FileSystem"])
      chmodSync(types, 0o700)
      fake.faults.clear()
      assert.isTrue(isComplete((yield* run)[0]))
      const saved = yield* filesIn(directory)
      for (const { name, content } of files) assert.strictEqual(saved.get(`Patient/${name}`)?.toString(), content)
      assert.strictEqual(kickOffs(fake), 1)
    })
  )
})
