import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { ProfileId } from "@bcda-kit/conformance"
import { DateTime, Effect, Schema } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { expectedOf } from "../ExpectedFile.ts"
import { Failure, Findings } from "../Failure.ts"
import { Night } from "../nightly/NightLine.ts"
import { runNightly } from "../nightly/Nightly.ts"
import { resolveTargets } from "../nightly/Targets.ts"
import { json, result } from "../Output.ts"

/** The command line. */
interface NightlyInput {
  readonly target: ReadonlyArray<string>
  readonly history: string | undefined
  readonly out: string | undefined
  readonly state: string | undefined
  readonly night: string | undefined
  readonly keep: number
  readonly again: boolean
  readonly keepExport: boolean
  readonly yesProduction: boolean
  readonly profile: ProfileId | undefined
  readonly expected: string | undefined
  readonly only: ReadonlyArray<string> | undefined
  readonly json: boolean
}

/** Where everything goes if nothing is said. */
const home = "bcda-nightly"

const decodeManifest = Schema.decodeSync(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))

const versionOf = (): string =>
  decodeManifest(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version

const misused = (why: string, next: string) =>
  new Failure({ what: "bcda nightly cannot be run like this", why, next, exitCode: ExitCode.usage })

/** The night by its day, today's if nothing is said. */
const nightOf = Effect.fnUntraced(function* (given: string | undefined) {
  if (given === undefined) return DateTime.formatIsoDateUtc(yield* DateTime.now)
  return yield* Schema.decodeEffect(Night)(given).pipe(
    Effect.mapError(() => misused(`--night ${given} is no day`, "Write it as 2026-11-24."))
  )
})

export const nightly = Effect.fnUntraced(function* (input: NightlyInput) {
  const { again, json: asJson, keep, keepExport, only, profile, target: names, yesProduction } = input
  const night = yield* nightOf(input.night)
  if (names.length === 0) return yield* misused("there is no target", "Name one or more with --target.")
  const expected = yield* expectedOf(input.expected)
  const targets = yield* resolveTargets(names.map((target) => ({ target, profile, expected, only, yesProduction })))
  const out = input.out ?? join(home, "out")
  const { exitCode, lines } = yield* runNightly({
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
  if (asJson) {
    const told = lines.map((line) => ({ target: line.target, exitCode: line.exitCode, text: line.text }))
    yield* json({
      kind: "nightly",
      night,
      exitCode,
      targets: told,
      index: join(out, "index.html"),
      summary: join(out, "summary.md")
    })
  } else {
    const texts = lines.map(({ target, text }) => `${target}: ${text}`)
    yield* result([...texts, `index.html and summary.md in ${out}`].join("\n"))
  }
  if (exitCode !== ExitCode.done) return yield* new Findings({ exitCode })
}, Effect.scoped)
