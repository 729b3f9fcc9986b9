import { once } from "node:events"
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Checkout } from "./support/Checkout.ts"

const nodeSpec = `node-${process.platform}-${process.arch}@24.21.0`
const isInstall = (spec: string) => (call: string) =>
  call.startsWith("npm install --prefix STAGING") && call.endsWith(spec)

// The fakes are shell scripts, and a Mac's Node has another package name.
describe.skipIf(process.platform !== "linux")("npm start, test and check in a fresh checkout", () => {
  it("brings Node, pnpm and the dependencies, then says nothing any more", async () => {
    using checkout = new Checkout()
    const first = await checkout.run(["start", "one", "two words"])
    assert.deepStrictEqual({ code: first.code, stdout: first.stdout }, { code: 0, stdout: '["one","two words"]\n' })
    const calls = checkout.calls()
    assert.strictEqual(calls.length, 3)
    assert.isTrue(isInstall(nodeSpec)(calls[0] ?? ""), calls[0])
    assert.isTrue(isInstall("pnpm@12.21.0")(calls[1] ?? ""), calls[1])
    assert.match(calls[2] ?? "", /^pnpm 12\.21\.0 install --frozen-lockfile/)
    assert.strictEqual(first.stderr.trim().split("\n").length, 3, "one plain line per step")

    const second = await checkout.run(["start", "three"])
    assert.deepStrictEqual(second, { code: 0, stdout: '["three"]\n', stderr: "" })
    assert.deepStrictEqual(checkout.calls(), [])
  })

  it("uses the machine's own Node and pnpm when they are new enough", async () => {
    using checkout = new Checkout()
    checkout.installedPnpm("12.3.0")
    const ran = await checkout.run(["start"], { node: "22.19.0" })
    assert.strictEqual(ran.code, 0)
    assert.match(checkout.calls().join("\n"), /^pnpm 12\.3\.0 install --frozen-lockfile[^\n]*$/)
    assert.deepStrictEqual(
      readdirSync(join(checkout.folder, ".toolchain")).filter((name) => name !== "lock"),
      []
    )
  })

  it.for(["22.18.0", "23.11.0", "20.20.2"])("does not use Node %s", async (node) => {
    using checkout = new Checkout()
    await checkout.run(["start"], { node })
    assert.isTrue(checkout.calls().some(isInstall(nodeSpec)))
  })

  it("does not use a pnpm of another major version", async () => {
    using checkout = new Checkout()
    checkout.installedPnpm("10.1.0")
    await checkout.run(["start"])
    assert.isTrue(checkout.calls().some(isInstall("pnpm@12.21.0")))
  })

  it("installs again when the lockfile or a manifest changes, and only then", async () => {
    using checkout = new Checkout()
    checkout.installedPnpm("12.21.0")
    const installs = async () => {
      await checkout.run(["start"], { node: "24.21.0" })
      return checkout.calls().length
    }
    assert.strictEqual(await installs(), 1)
    assert.strictEqual(await installs(), 0)
    checkout.write("pnpm-lock.yaml", "two")
    assert.strictEqual(await installs(), 1)
    checkout.write("packages/core/package.json", '{ "name": "changed" }')
    assert.strictEqual(await installs(), 1)
    rmSync(join(checkout.folder, "node_modules"), { recursive: true })
    assert.strictEqual(await installs(), 1)
  })

  it("says in three lines that npm failed, and does not believe the half it left", async () => {
    using checkout = new Checkout()
    checkout.npm("fails")
    const failed = await checkout.run(["start"])
    assert.strictEqual(failed.code, 2)
    assert.strictEqual(failed.stdout, "")
    assert.match(failed.stderr, /could not get Node 24\.21\.0 from npm\nnpm error network down\ncheck the network/)
    assert.deepStrictEqual(readdirSync(join(checkout.folder, ".toolchain")), [])

    checkout.npm("ok")
    assert.strictEqual((await checkout.run(["start"])).code, 0)
  })

  it("does not believe an installation that does not run", async () => {
    using checkout = new Checkout()
    checkout.npm("broken")
    const failed = await checkout.run(["start"])
    assert.strictEqual(failed.code, 2)
    assert.deepStrictEqual(readdirSync(join(checkout.folder, ".toolchain")), [])
  })

  it("clears away what a killed run left behind", async () => {
    using checkout = new Checkout()
    const toolchain = join(checkout.folder, ".toolchain")
    mkdirSync(join(toolchain, "staging-node-1", "node_modules"), { recursive: true })
    // No process has this number: Linux stops at 2^22.
    writeFileSync(join(toolchain, "lock"), "99999999")
    assert.strictEqual((await checkout.run(["start"])).code, 0)
    assert.deepStrictEqual(readdirSync(toolchain).toSorted(), ["node-24.21.0", "pnpm-12.21.0"])
  })

  it("installs again after pnpm failed", async () => {
    using checkout = new Checkout()
    checkout.pnpmFails(true)
    const failed = await checkout.run(["start"])
    assert.strictEqual(failed.code, 2)
    assert.match(failed.stderr, /could not install the dependencies\npnpm error: frozen\n/)
    checkout.pnpmFails(false)
    checkout.calls()
    assert.strictEqual((await checkout.run(["start"])).code, 0)
    assert.match(checkout.calls().join("\n"), /^pnpm 12\.21\.0 install/)
  })

  it("lets two first runs at once share one installation", async () => {
    using checkout = new Checkout()
    const both = await Promise.all([checkout.run(["start", "a"]), checkout.run(["start", "b"])])
    assert.deepStrictEqual(
      both.map(({ code, stdout }) => [code, stdout]),
      [
        [0, '["a"]\n'],
        [0, '["b"]\n']
      ]
    )
    const calls = checkout.calls()
    assert.strictEqual(calls.length, 3, calls.join("\n"))
    assert.isFalse(existsSync(join(checkout.folder, ".toolchain", "lock")))
  })

  it("keeps npm's settings for the registry and drops the rest", async () => {
    using checkout = new Checkout()
    await checkout.run(["start"], {
      env: {
        npm_config_registry: "http://127.0.0.1:4873/",
        npm_config_cafile: "/etc/ssl/example.pem",
        npm_config_loglevel: "silent",
        npm_config_prefix: "/usr",
        npm_config_user_agent: "npm/11",
        npm_lifecycle_event: "start"
      }
    })
    const kept = ["npm_config_cafile=/etc/ssl/example.pem", "npm_config_registry=http://127.0.0.1:4873/"]
    assert.deepStrictEqual(checkout.environmentOf("pnpm"), [...kept, "pnpm_config_registry=http://127.0.0.1:4873/"])
    assert.isFalse(checkout.environmentOf("npm").some((line) => /loglevel|prefix|user_agent|lifecycle/.test(line)))
  })

  it("passes the exit code through", async () => {
    using checkout = new Checkout()
    assert.strictEqual((await checkout.run(["start", "exit", "7"])).code, 7)
  })

  it.for(["SIGINT", "SIGTERM"] as const)(
    "passes %s through and waits for the child's own exit code",
    async (signal) => {
      using checkout = new Checkout()
      checkout.installedPnpm("12.21.0")
      // As npm has it, with a shell in between, which gets the signal that npm gets.
      const { child, ran } = checkout.npmRun("start", "wait 31")
      await once(child.stdout, "data")
      child.kill(signal)
      const { code, stdout } = await ran
      assert.deepStrictEqual({ code, stdout }, { code: 31, stdout: `ready\n${signal}\n` })
    }
  )

  it("refuses a command it does not know", async () => {
    using checkout = new Checkout()
    assert.strictEqual((await checkout.run(["stop"])).code, 2)
  })
})
