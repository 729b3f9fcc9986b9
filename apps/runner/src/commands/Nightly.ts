import { join } from "node:path"
import { readFileSync } from "node:fs"
import { DateTime, Effect, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { ExitCode } from "../ExitCode.ts"
import { Failure, Findings } from "../Failure.ts"
import * as Flags from "../Flags.ts"
import { expectedOf, judgingFlags } from "../JudgingFlags.ts"
import { json, result } from "../Output.ts"

/** Where everything goes if nothing is said. */
const home = "bcda-nightly"

const decodeManifest = Schema.decodeSync(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))

const versionOf = (): string => decodeManifest(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version

const misused = (why: string, next: string) =>
  new Failure({ what: "bcda nightly cannot be run like this", why, next, exitCode: ExitCode.usage })

/** The night by its day, today's if nothing is said. */
const nightOf = Effect.fnUntraced(function* (given: string | undefined) {
  const { Night } = yield* Effect.promise(() => import("../nightly/NightLine.ts"))
  if (given === undefined) return DateTime.formatIsoDateUtc(yield* DateTime.now)
  return yield* Schema.decodeEffect(Night)(given).pipe(
    Effect.mapError(() => misused(`--night ${given} is no day`, "Write it as 2026-11-24."))
  )
})

export const nightlyCommand = Command.make(
  "nightly",
  {
    target: Flag.String("target").pipe(
      Flag.withMetavar("T"),
      Flag.withDescription(
        "As for bcda conformance: embedded, sandbox, production, a base URL, or a file that describes a target. Can be given more than once"
      ),
      Flag.atLeast(0)
    ),
    history: Flags.text(
      "history",
      "DIR",
      `Where history.jsonl is, one line a night and target: the only thing to keep between nights. Default: ${home}/history`
    ),
    out: Flags.text("out", "DIR", `Where index.html, summary.md, badges and each night's reports go. Default: ${home}/out`),
    state: Flags.text(
      "state",
      "DIR",
      `What checks on later nights look at again. Holds the last token: never publish it. Default: ${home}/state`
    ),
    night: Flags.text("night", "DAY", "Which night this is, such as 2026-11-24. Default: today, by UTC"),
    keep: Flag.Int("keep").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Of how many nights the reports stay. Default: 30. The history stays"),
      Flag.filter(
        (n) => n >= 1,
        (n) => `expected at least 1, got ${n}`
      ),
      Flag.withDefault(30)
    ),
    again: Flags.yes("again", "Ask targets again that were judged tonight already"),
    keepExport: Flags.yes(
      "keep-export",
      "Keep the exported files beside the reports. Without it only the receipt stays, since they may be real people's claims"
    ),
    yesProduction: Flags.yes(
      "yes-production",
      "Needed to judge production: real people's claims. Only reads, one job and one small export are asked of it"
    ),
    ...judgingFlags,
    json: Flags.json
  },
  Effect.fnUntraced(function* (input) {
    const { again, json: asJson, keep, keepExport, only, profile, target: names, yesProduction } = input
    const night = yield* nightOf(input.night)
    if (names.length === 0) return yield* misused("there is no target", "Name one or more with --target.")
    const expected = yield* expectedOf(input.expected)
    const { resolveTargets } = yield* Effect.promise(() => import("../nightly/Targets.ts"))
    const { runNightly } = yield* Effect.promise(() => import("../nightly/Nightly.ts"))
    const targets = yield* resolveTargets(
      names.map((target) => ({ target, profile, expected, only, yesProduction }))
    )
    const out = input.out ?? join(home, "out")
    const nightly = yield* runNightly({
      targets,
      night,
      out,
      again,
      keep,
      keepExport,
      history: input.history ?? join(home, "history"),
      state: input.state ?? join(home, "state"),
      json: asJson,
      version: versionOf()
    })
    const { exitCode, lines } = nightly
    const files = { index: join(out, "index.html"), summary: join(out, "summary.md") }
    if (asJson) {
      const told = lines.map(({ target, exitCode, text }) => ({ target, exitCode, text }))
      yield* json({ kind: "nightly", night, exitCode, targets: told, ...files })
    } else {
      yield* result(
        [...lines.map(({ target, text }) => `${target}: ${text}`), `index.html and summary.md in ${out}`].join("\n")
      )
    }
    if (exitCode !== ExitCode.done) return yield* new Findings({ exitCode })
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "Judge every target, export a little from each, and tell what changed since the night before: the exit code is about change"
  ),
  Command.withExamples([
    { command: "bcda nightly --target embedded", description: "A night at the sandbox of this kit" },
    {
      command: "bcda nightly --target sandbox --history history --out nightly",
      description: "CMS's sandbox; keep history between nights, look at nightly/index.html"
    }
  ])
)
