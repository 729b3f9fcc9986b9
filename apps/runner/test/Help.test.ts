import { generateKeyPairSync } from "node:crypto"
import { cpSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Command } from "effect/cli"
import { afterAll, beforeAll } from "vitest"
import { bcda as root } from "../src/Cli.ts"
import { temporary } from "./support/Bcda.ts"
import { lineOf } from "./support/Claims.ts"
import { runHere } from "./support/InProcess.ts"
import { plainFhir } from "./support/PlainFhir.ts"
import { startJob, startWorld } from "./support/World.ts"

const allOf = (command: Command.Command.Any, above = ""): ReadonlyArray<readonly [string, Command.Command.Any]> => {
  const path = `${above}${command.name}`
  const inner = command.subcommands.flatMap(({ commands }) => commands)
  return [[path, command], ...inner.flatMap((one) => allOf(one, `${path} `))]
}

const examples = allOf(root).flatMap(([, { examples }]) => examples.map(({ command }) => command))

/** What an example that goes on for ever, or for minutes, prints on its way. */
const endless: ReadonlyArray<readonly [RegExp, string]> = [
  [/^bcda sandbox(?!.*--list-faults)/, "serving until Ctrl-C"],
  [/^bcda conformance prove/, '"kind":"server"']
]

/** The words of an example as a shell splits them, without what comes behind a pipe. */
const wordsOf = (command: string): ReadonlyArray<string> =>
  [...(command.split(" | ")[0] ?? "").matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""))

describe("every example of a help text", () => {
  const servers = new AsyncDisposableStack()
  const home = process.cwd()
  const verdicts = temporary()
  let env: Readonly<Record<string, string>>
  let url: string
  let slowUrl: string
  let fhirUrl: string
  let job: string
  let pending: string

  beforeAll(async () => {
    const world = servers.use(await startWorld())
    const slow = servers.use(await startWorld({ pace: { pendingMillis: 600_000 } }))
    const other = servers.use(await plainFhir({ tokens: true }))
    url = world.sandbox.baseUrl
    slowUrl = slow.sandbox.baseUrl
    fhirUrl = other.fhirBase
    job = await startJob(world.sandbox)
    pending = await startJob(slow.sandbox)
    await world.sandbox.idle()
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" })
    env = { ...world.env, BCDA_KEY: JSON.stringify({ ...privateKey.export({ format: "jwk" }), kid: "1" }) }
    const judging = ["conformance", "--target", "embedded", "--only", "metadata", "--out", join(verdicts.path, "run")]
    const judged = await Effect.runPromise(runHere(judging))
    assert.strictEqual(judged.code, 0, judged.stderr)
  })
  afterAll(async () => {
    process.chdir(home)
    verdicts[Symbol.dispose]()
    await servers.disposeAsync()
  })

  /** A directory with what the examples take for granted. */
  const prepared = (command: string) => {
    const directory = temporary()
    const put = (name: string, content: unknown) => writeFileSync(join(directory.path, name), JSON.stringify(content))
    put("mine.json", { baseUrl: url })
    put("faults.json", [{ fault: "cut" }])
    put("bcda.config.json", {
      targets: { acme: { baseUrl: url } },
      presets: { people: { target: "acme", out: "claims", type: ["Patient"] } },
      nightly: { targets: [{ target: "acme" }] }
    })
    for (const name of ["monday", "tuesday", "verdicts"]) {
      if (command.includes(` ${name}`))
        cpSync(join(verdicts.path, "run"), join(directory.path, name), { recursive: true })
    }
    if (command.includes("--data ./claims")) {
      mkdirSync(join(directory.path, "claims"))
      writeFileSync(join(directory.path, "claims", "v3-patients.ndjson"), `${lineOf("Patient", 1)}\n`)
    }
    return directory
  }

  /** The example with servers of this test in place of CMS's and of others that nobody asks. */
  const here = (command: string): ReadonlyArray<string> => {
    const [isSlow, isJudging] = [/ jobs cancel /.test(command), /^bcda (?:conformance --|nightly)/.test(command)]
    const words = wordsOf(command)
      .slice(1)
      .map((word, at, all) => {
        if (all[at - 1] === "--target" && /^(?:sandbox|production|http:)/.test(word)) return isSlow ? slowUrl : url
        if (all[at - 1] === "--port") return "0"
        if (word === "https://fhir.example.org/r4") return fhirUrl
        return word === "4711" ? (isSlow ? pending : job) : word
      })
    // All of it is minutes; what a run is like is another test's business.
    // Told of after each server, and not after every twentieth of minutes.
    if (/ prove /.test(command)) return [...words, "--json"]
    return isJudging ? [...words, "--only", "metadata"] : words
  }

  it.live.each([...new Set(examples)])("%s", (command) =>
    Effect.gen(function* () {
      using directory = prepared(command)
      process.chdir(directory.path)
      const [, until] = endless.find(([these]) => these.test(command)) ?? []
      const ran = yield* runHere(here(command), { env, until })
      process.chdir(home)
      assert.isTrue(ran.printed, ran.stderr)
      assert.oneOf(ran.code, until === undefined ? [0] : [undefined], ran.stderr)
    })
  )

  it.each(allOf(root))("is there for %s, and says what it is for", (_, { description, examples }) => {
    assert.isAbove((description ?? "").length, 10)
    assert.isAbove(examples.length, 0)
    for (const example of examples) assert.isAbove((example.description ?? "").length, 5)
  })
})
