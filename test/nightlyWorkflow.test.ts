/** The shell in nightly.yml, run by bash as GitHub's runner runs it: with the real command, real git and openssl, and a `gh` that notes what it is asked. */
import { spawn, spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { read, root } from "./support/Repository.ts"

const workflow = read(".github/workflows/nightly.yml")

const missing = ["bash", "git", "openssl", "cmp"].filter((name) => spawnSync(name, ["--version"]).error !== undefined)
if (missing.length > 0) console.warn(`SKIPPED: no ${missing.join(", ")} here; the shell in nightly.yml was not run`)

/** The script of a step, without its indentation. */
const scriptOf = (name: string): string => {
  const [, after = ""] = workflow.split(`- name: ${name}\n`)
  // Up to the next step, so that none is taken for another.
  const [body] = after.split(/^ {6}- /m)
  const [, script] = /^ {8}run: \|\n((?: {10}.*\n|\n)+)/m.exec(body ?? "") ?? assert.fail(`no script ${name}`)
  return (script ?? "").replaceAll(/^ {10}/gm, "")
}

const repository = "acme/nights"

const ghStub = `#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$STUB/asked"
case "$1 $2" in
  "api "*)
    if [ -f "$STUB/broken" ]; then echo 'gh: Server Error (HTTP 502)' >&2; exit 1; fi
    git --git-dir "$STUB/${repository}.git" show nightly-history:history.jsonl 2>/dev/null || { echo 'gh: Not Found (HTTP 404)' >&2; exit 1; } ;;
  "issue list") cat "$STUB/open" 2>/dev/null || true ;;
  "issue create") echo 7 >"$STUB/open" ;;
  "issue close") rm "$STUB/open" ;;
esac
for word in "$@"; do if [ "$word" = body.md ]; then cp body.md "$STUB/body"; fi; done
`

// As the front door does it, without looking whether everything is installed.
const npmStub = `#!/usr/bin/env bash
printf 'npm %s\\n' "$*" >>"$STUB/asked"
if [ "$1" = start ]; then shift 3; exec "${process.execPath}" "${join(root, "apps/runner/src/main.ts")}" "$@" --night "$NIGHT"; fi
`

const npxStub = `#!/usr/bin/env bash
printf 'npx %s\\n' "$*" >>"$STUB/asked"
exit 2
`

const program = (path: string, text: string) => {
  writeFileSync(path, text)
  chmodSync(path, 0o755)
}

/** A machine of GitHub's, a new one for every job; what lasts between them is the repository, the cache and what the stubs were asked. */
const github = () => {
  const home = mkdtempSync(join(tmpdir(), "bcda kit workflow "))
  const stub = join(home, "stub")
  const bin = join(home, "bin")
  for (const folder of [stub, bin]) mkdirSync(folder)
  program(join(bin, "gh"), ghStub)
  program(join(bin, "npm"), npmStub)
  program(join(bin, "npx"), npxStub)
  const git = (...args: ReadonlyArray<string>) => spawnSync("git", args, { encoding: "utf8", cwd: stub }).stdout
  git("init", "--quiet", "--bare", join(stub, `${repository}.git`))
  let machines = 0
  const machine = () => {
    const cwd = join(home, `machine ${machines++}`)
    mkdirSync(cwd)
    const output = join(cwd, "..", `output ${machines}`)
    writeFileSync(output, "")
    const run = (step: string, env: Readonly<Record<string, string>> = {}) =>
      new Promise<{ readonly code: number | null; readonly said: string; readonly outputs: string }>((resolve) => {
        // Not spawnSync: the sandbox that is asked lives in this process.
        const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", scriptOf(step)], {
          cwd,
          env: {
            PATH: [bin, process.env["PATH"]].join(delimiter),
            HOME: home,
            STUB: stub,
            GITHUB_OUTPUT: output,
            GITHUB_REPOSITORY: repository,
            GITHUB_SERVER_URL: `file://${stub}`,
            GITHUB_RUN_ID: "42",
            HISTORY_BRANCH: "nightly-history",
            BCDA_CLIENT_ID: "sandbox-small",
            BCDA_CLIENT_SECRET: "not-a-secret-small",
            AGAIN: "",
            ...env
          },
          stdio: ["ignore", "pipe", "pipe"]
        })
        let said = ""
        child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()))
        child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()))
        child.once("close", (code) => resolve({ code, said, outputs: readFileSync(output, "utf8") }))
      })
    return {
      path: (...names: ReadonlyArray<string>) => join(cwd, ...names),
      write: (name: string, text: string) => {
        mkdirSync(join(cwd, name, ".."), { recursive: true })
        writeFileSync(join(cwd, name), text)
      },
      run
    }
  }
  return {
    machine,
    stub: (name: string) => join(stub, name),
    asked: () => (existsSync(join(stub, "asked")) ? readFileSync(join(stub, "asked"), "utf8") : ""),
    forget: () => rmSync(join(stub, "asked"), { force: true }),
    kept: (file: string) => git("--git-dir", join(stub, `${repository}.git`), "show", `nightly-history:${file}`),
    commits: () =>
      git("--git-dir", join(stub, `${repository}.git`), "rev-list", "--count", "nightly-history", "--").trim(),
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true })
  }
}

type GitHub = ReturnType<typeof github>

/** What a job hands to the next by an artifact. */
const handOver = (from: ReturnType<GitHub["machine"]>, to: ReturnType<GitHub["machine"]>) => {
  mkdirSync(to.path("nightly"), { recursive: true })
  for (const name of ["out", "history"]) spawnSync("cp", ["-R", from.path("nightly", name), to.path("nightly")])
}

describe.skipIf(missing.length > 0)("the nightly workflow", () => {
  it("goes from night to night: judges, keeps, tells", { timeout: 180_000 }, async () => {
    using hub = github()
    await using sandbox = await startSandbox({ enrollees: 3, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
    const config = {
      targets: { mine: { baseUrl: sandbox.baseUrl } },
      nightly: { targets: [{ target: "mine", only: ["token", "metadata"] }] }
    }
    let cache: Buffer | undefined
    const night = async (day: string) => {
      const judge = hub.machine()
      judge.write("bcda.config.json", JSON.stringify(config))
      judge.write("package.json", "{}")
      judge.write("apps/runner/src/main.ts", "")
      assert.strictEqual((await judge.run("history of the nights before")).code, 0)
      if (cache !== undefined) writeFileSync(judge.path("nightly", "state.enc"), cache)
      const found = await judge.run("what earlier nights left to look at")
      assert.strictEqual(found.code, 0, found.said)
      const judged = await judge.run("judge", { BCDA_TARGETS: "", NIGHT: day })
      assert.strictEqual(judged.code, 0, judged.said)
      assert.strictEqual((await judge.run("what later nights will look at")).code, 0)
      cache = readFileSync(judge.path("nightly", "state.enc"))
      const keep = hub.machine()
      handOver(judge, keep)
      const kept = await keep.run("keep the history")
      assert.strictEqual(kept.code, 0, kept.said)
      const { bad, code, news } = Object.fromEntries(
        judged.outputs
          .trim()
          .split("\n")
          .map((line) => line.split("="))
      )
      hub.forget()
      if (news === "true") {
        const tell = hub.machine()
        handOver(judge, tell)
        const told = await tell.run("open, update or close the issue", { BAD: bad })
        assert.strictEqual(told.code, 0, told.said)
      }
      const red = await judge.run("red by what changed", { CODE: code })
      assert.strictEqual(red.code, Number(code))
      return { code, news, bad, found: found.said, asked: hub.asked() }
    }

    const first = await night("2026-11-01")
    assert.deepInclude(first, { code: "0", news: "false", bad: "false", asked: "" })
    assert.strictEqual(hub.commits(), "1")
    assert.match(hub.kept("badges/mine.svg"), /^<svg/)

    await sandbox.faults.set([{ fault: "token-type-missing", where: "token" }])
    const second = await night("2026-11-02")
    assert.deepInclude(second, { code: "1", news: "true", bad: "true" })
    assert.include(second.found, "found", "the state came through the cache")
    assert.match(second.asked, /^issue list .*\nlabel create nightly .*\nissue create --title Nightly: .*\n$/)
    assert.match(readFileSync(hub.stub("body"), "utf8"), /mine is worse[^]*\(file:\/\/.*\/actions\/runs\/42\)/)
    assert.strictEqual(hub.kept("history.jsonl").trim().split("\n").length, 2)

    await sandbox.faults.set([])
    const third = await night("2026-11-03")
    assert.deepInclude(third, { code: "0", news: "true", bad: "false" })
    assert.match(third.asked, /^issue list .*\nissue comment 7 .*\nissue close 7 .*\n$/)
    assert.match(readFileSync(hub.stub("body"), "utf8"), /Newly passing/)
    assert.strictEqual(hub.commits(), "3")
    assert.notInclude(hub.kept("history.jsonl"), "not-a-secret-small")
  })

  it("keeps one issue, and closes it when everything is well", async () => {
    using hub = github()
    const told = async (bad: string) => {
      hub.forget()
      const tell = hub.machine()
      tell.write("nightly/out/summary.md", "# Night\n")
      assert.strictEqual((await tell.run("open, update or close the issue", { BAD: bad })).code, 0)
      return hub
        .asked()
        .split("\n")
        .map((line) => line.split(" ").slice(0, 3).join(" "))
    }
    assert.deepStrictEqual(await told("false"), ["issue list --label", ""], "nothing to close")
    assert.deepStrictEqual(await told("true"), [
      "issue list --label",
      "label create nightly",
      "issue create --title",
      ""
    ])
    assert.deepStrictEqual(await told("true"), ["issue list --label", "issue edit 7", "issue comment 7", ""])
    assert.deepStrictEqual(await told("false"), ["issue list --label", "issue comment 7", "issue close 7", ""])
    assert.deepStrictEqual(await told("true"), [
      "issue list --label",
      "label create nightly",
      "issue create --title",
      ""
    ])
  })

  it("takes a history that is not there for a first night, and one that cannot be had for none", async () => {
    using hub = github()
    const machine = hub.machine()
    const none = await machine.run("history of the nights before")
    assert.strictEqual(none.code, 0)
    assert.match(none.said, /There is no history yet/)
    assert.isFalse(existsSync(machine.path("nightly", "history", "history.jsonl")))
    writeFileSync(hub.stub("broken"), "")
    const away = await machine.run("history of the nights before")
    assert.strictEqual(away.code, 1)
    assert.match(away.said, /HTTP 502/)
  })

  it("never overwrites a history with one that does not begin with it", async () => {
    using hub = github()
    const keep = async (history: string) => {
      const machine = hub.machine()
      machine.write("nightly/history/history.jsonl", history)
      machine.write("nightly/out/summary.md", "")
      return machine.run("keep the history")
    }
    assert.strictEqual((await keep("one\n")).code, 0)
    assert.strictEqual((await keep("one\ntwo\n")).code, 0)
    assert.strictEqual((await keep("one\ntwo\n")).code, 0, "nothing new is no error")
    assert.strictEqual(hub.commits(), "2")
    for (const other of ["one\n", "one\nTWO\nthree\n", ""]) {
      const refused = await keep(other)
      assert.strictEqual(refused.code, 1, other)
      assert.match(refused.said, /::error::The history of tonight does not begin with the one that is kept/)
    }
    assert.strictEqual(hub.kept("history.jsonl"), "one\ntwo\n")
  })

  it("keeps what later nights look at to those who have the secret", async () => {
    using hub = github()
    const left = hub.machine()
    left.write("nightly/state/mine/secrets.json", "a token")
    assert.strictEqual((await left.run("what later nights will look at")).code, 0)
    const sealed = readFileSync(left.path("nightly", "state.enc"))
    assert.notInclude(sealed.toString("latin1"), "a token")
    const open = async (secret: string, bytes = sealed) => {
      const machine = hub.machine()
      machine.write("nightly/state.enc", "")
      writeFileSync(machine.path("nightly", "state.enc"), bytes)
      const ran = await machine.run("what earlier nights left to look at", { BCDA_CLIENT_SECRET: secret })
      assert.strictEqual(ran.code, 0, ran.said)
      assert.isFalse(existsSync(machine.path("nightly", "state.tar")))
      const path = machine.path("nightly", "state", "mine", "secrets.json")
      return { said: ran.said, state: existsSync(path) ? readFileSync(path, "utf8") : undefined }
    }
    assert.strictEqual((await open("not-a-secret-small")).state, "a token")
    const another = await open("another")
    assert.isUndefined(another.state)
    assert.match(another.said, /cannot be read/)
    assert.isUndefined((await open("not-a-secret-small", sealed.subarray(0, 40))).state)
    assert.isUndefined((await open("")).state)
  })

  it("takes the bcda of the checkout, of the repository's lockfile, or of npm, and tells of a night without a verdict", async () => {
    using hub = github()
    const ran = async (files: Readonly<Record<string, string>>) => {
      hub.forget()
      const machine = hub.machine()
      for (const [name, text] of Object.entries(files)) machine.write(name, text)
      machine.write("nightly/history/nothing", "")
      const { code, outputs, said } = await machine.run("judge", { BCDA_TARGETS: "sandbox http://127.0.0.1:9" })
      assert.strictEqual(code, 0, said)
      assert.strictEqual(outputs, "code=2\nnews=true\nbad=true\n")
      assert.match(
        readFileSync(machine.path("nightly", "out", "summary.md"), "utf8"),
        /did not come to a verdict \(exit code 2\)/
      )
      return hub.asked()
    }
    const flags = "nightly --history nightly/history --out nightly/out --state nightly/state --json"
    const targets = "--target sandbox --target http://127.0.0.1:9"
    assert.strictEqual(await ran({}), `npx --yes -- bcda-kit ${flags} ${targets}\n`)
    assert.strictEqual(await ran({ "package-lock.json": "{}" }), `npx --yes -- bcda-kit ${flags} ${targets}\n`)
    const lock = JSON.stringify({ packages: { "node_modules/bcda-kit": {} } })
    assert.strictEqual(
      await ran({ "package-lock.json": lock }),
      `npm ci --ignore-scripts --no-audit --no-fund\nnpx --no -- bcda ${flags} ${targets}\n`
    )
  })
})
