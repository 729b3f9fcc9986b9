/** What scripts can rely on of `bcda conformance prove`, by servers and checks that are made up: each thing that may be wrong turns it red. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import {
  Judgement,
  type JudgeOptions,
  type KnownCheck,
  Proof,
  type ProveOptions,
  type ProveServer,
  type ResultLine,
  type VerdictLine
} from "@bcda-kit/conformance"
import { Credentials, Target } from "@bcda-kit/core"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema, Stream } from "effect"
import { TestConsole } from "effect/testing"
import { report } from "../../src/Cli.ts"
import { proveWith } from "../../src/handlers/Prove.ts"
import { start, temporary } from "../support/Bcda.ts"

type Verdict = VerdictLine["verdict"]

/** What is said of each check on each server, as `VERDICT` or, without an exchange, `VERDICT unseen`. */
type Said = Readonly<Record<string, Readonly<Record<string, Verdict | `${Verdict} unseen`>>>>

const verdictOf = (check: string, said: string): VerdictLine => {
  const verdict = Schema.decodeUnknownSync(Judgement.fields.verdicts.value.fields.verdict)(said.replace(" unseen", ""))
  const exchanges = said.endsWith(" unseen") ? [] : ["e001"]
  return {
    kind: "verdict",
    check,
    title: check,
    scenario: "made up",
    requirements: [],
    verdict,
    assertions: 1,
    exchanges,
    evidence: []
  }
}

/** A judge that asks nobody: what it says of a server is in a table. */
const judging =
  (table: Said) =>
  ({ target }: JudgeOptions): Stream.Stream<ResultLine> =>
    Stream.fromIterable(Object.entries(table[target.name] ?? {}).map(([check, said]) => verdictOf(check, said)))

const serverOf = (server: string): ProveServer => ({
  server,
  stance: server.startsWith("healthy") ? "variant" : "fault",
  area: "Made-up servers",
  title: `the server ${server}`,
  baseline: "healthy",
  open: Effect.succeed({
    target: Result.getOrThrow(Target.fromUrl("http://127.0.0.1:1", { name: server })),
    credentials: Credentials.of("nobody", "nothing")
  })
})

const provenBy = (table: Said): ProveOptions => {
  const ids = new Set(Object.values(table).flatMap((said) => Object.keys(said)))
  const checks = Array.from(ids, (id): KnownCheck => ({ id, title: `${id} holds`, requirements: [] }))
  return { servers: Object.keys(table).map(serverOf), judge: judging(table), checks }
}

const decoded = Schema.decodeUnknownSync(Proof, { onExcessProperty: "error" })

/** Runs the command on what is said, and gives what it printed, what it wrote, and its exit code. */
const run = Effect.fnUntraced(function* (table: Said, json = false) {
  using folder = temporary()
  const out = join(folder.path, "proof")
  const code = yield* proveWith({ out, json }, provenBy(table)).pipe(
    Effect.as(0),
    Effect.catchCause(report),
    Effect.provide(NodeFileSystem.layer)
  )
  const stdout = (yield* TestConsole.logLines).map(String)
  const read = (name: string) => readFileSync(join(out, name), "utf8")
  return {
    code,
    stdout,
    stderr: (yield* TestConsole.errorLines).map(String),
    proof: decoded(JSON.parse(read("prove.json"))),
    page: read("prove.md")
  }
})

const sound: Said = {
  healthy: { "a/b": "pass", "c/d": "pass" },
  "healthy too": { "a/b": "pass", "c/d": "not-applicable" },
  "breaks b": { "a/b": "fail", "c/d": "pass" },
  "breaks d": { "a/b": "pass", "c/d": "warn" }
}

describe("conformance prove", () => {
  it.effect("ends with 0 when every fault is seen, every check sees one, and nothing else is red", () =>
    Effect.gen(function* () {
      const { code, page, proof, stderr, stdout } = yield* run(sound)
      assert.strictEqual(code, 0)
      assert.deepInclude(proof, { survivors: [], unkilled: [], falseAlarms: [] })
      assert.match(stdout.join("\n"), /^2 checks .*\nprove\.md and prove\.json in .*proof$/)
      assert.include(page, "## Survivors\n\nFaults that no check sees.\n\nNone.")
      assert.deepStrictEqual(stderr, [
        "1 of 4 servers judged",
        "2 of 4 servers judged",
        "3 of 4 servers judged",
        "4 of 4 servers judged"
      ])
    })
  )

  const red: ReadonlyArray<readonly [string, Said, string]> = [
    [
      "a fault that no check sees",
      { ...sound, unseen: { "a/b": "pass", "c/d": "pass" } },
      "survives: unseen, the server unseen"
    ],
    [
      "a fault that shows in blocked checks only",
      { ...sound, silent: { "a/b": "blocked", "c/d": "blocked" } },
      "survives: silent, the server silent"
    ],
    [
      "a check that no fault turns red",
      Object.fromEntries(Object.entries(sound).map(([name, said]) => [name, { ...said, "e/f": "pass" as const }])),
      "kills nothing: e/f"
    ],
    [
      "a check that is red on a server that nothing is wrong with",
      { ...sound, "healthy too": { "a/b": "info", "c/d": "pass" } },
      "false alarm: info a/b on healthy too, nothing is wrong with this server"
    ],
    [
      "a check that passed without having seen an exchange, be it on a fault",
      { ...sound, "breaks d": { "a/b": "pass unseen", "c/d": "warn" } },
      "false alarm: pass a/b on breaks d, passed without having seen an exchange"
    ],
    [
      "a check that broke, be it on a fault",
      { ...sound, "breaks d": { "a/b": "engine-error", "c/d": "warn" } },
      "false alarm: engine-error a/b on breaks d, the suite failed"
    ]
  ]

  for (const [what, table, complaint] of red) {
    it.effect(`ends with 1 for ${what}, says so, and writes it all the same`, () =>
      Effect.gen(function* () {
        const { code, page, proof, stdout } = yield* run(table)
        assert.strictEqual(code, 1)
        const complaints = stdout.join("\n").split("\n").slice(0, -2)
        assert.deepStrictEqual(complaints, [complaint])
        assert.strictEqual([...proof.survivors, ...proof.unkilled, ...proof.falseAlarms].length, 1)
        assert.strictEqual(page.match(/\n\nNone\.\n/g)?.length, 2)
      })
    )
  }

  it.effect("with --json prints each server as it is judged, and last the proof, which is prove.json, red or not", () =>
    Effect.gen(function* () {
      for (const [table, expected] of [
        [sound, 0],
        [{ ...sound, unseen: { "a/b": "pass", "c/d": "pass" } }, 1]
      ] satisfies ReadonlyArray<readonly [Said, number]>) {
        const before = (yield* TestConsole.logLines).length
        const { code, proof, stderr, stdout } = yield* run(table, true)
        assert.strictEqual(code, expected)
        const lines = stdout.slice(before).map((line): unknown => JSON.parse(line))
        const judged = lines
          .slice(0, -1)
          .map((line) => Schema.decodeUnknownSync(Judgement, { onExcessProperty: "error" })(line))
        assert.deepStrictEqual(
          judged.map(({ server }) => server),
          Object.keys(table)
        )
        assert.deepStrictEqual(decoded(lines.at(-1)), proof)
        assert.deepStrictEqual(stderr, [])
      }
    })
  )

  it("ends with 2, before any server is started, where it may not write and where it is not told", async () => {
    using folder = temporary()
    const taken = join(import.meta.dirname, "Command.test.ts", "below")
    const unwritable = await start(["conformance", "prove", "--out", taken], { cwd: folder.path }).ran
    assert.strictEqual(unwritable.code, 2, unwritable.stderr)
    assert.match(unwritable.stderr, /^error: The proof cannot be written\nwhy: .*\nnext: .*\n$/)
    assert.strictEqual(unwritable.stdout, "")
    const untold = await start(["conformance", "prove"], { cwd: folder.path }).ran
    assert.strictEqual(untold.code, 2, untold.stderr)
    assert.include(untold.stderr, "--out")
  })
})
