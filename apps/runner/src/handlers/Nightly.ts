import { join } from "node:path"
import type { ProfileId } from "@bcda-kit/conformance"
import { DateTime, Effect, Schema } from "effect"
import { type Configuration, loadConfiguration } from "../config/Load.ts"
import type { NightlyTarget } from "../config/NightlyConfig.ts"
import { configured } from "../config/Settle.ts"
import { ExitCode } from "../ExitCode.ts"
import { expectedOf } from "../ExpectedFile.ts"
import { Failure, Findings } from "../Failure.ts"
import { Night } from "../nightly/NightLine.ts"
import { runNightly } from "../nightly/Nightly.ts"
import { resolveTargets, type Wanted } from "../nightly/Targets.ts"
import { json, result } from "../Output.ts"
import { Version } from "../Version.ts"

/** The command line. */
interface NightlyInput {
  readonly target: ReadonlyArray<string>
  readonly config: string | undefined
  readonly history: string | undefined
  readonly out: string | undefined
  readonly state: string | undefined
  readonly night: string | undefined
  readonly keep: number | undefined
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

const usualKeep = 30

const misused = (why: string, next: string) =>
  new Failure({ what: "bcda nightly cannot be run like this", why, next, exitCode: ExitCode.usage })

/** The night by its day, today's if nothing is said. */
const nightOf = Effect.fnUntraced(function* (given: string | undefined) {
  if (given === undefined) return DateTime.formatIsoDateUtc(yield* DateTime.now)
  return yield* Schema.decodeEffect(Night)(given).pipe(
    Effect.mapError(() => misused(`--night ${given} is no day`, "Write it as 2026-11-24."))
  )
})

/** Which entries of the configuration are meant; a name that it has none for is a target all the same. */
const entriesOf = (names: ReadonlyArray<string>, configured: ReadonlyArray<NightlyTarget>) =>
  names.length === 0
    ? configured
    : names.map((target) => configured.find((entry) => entry.target === target) ?? { target })

const isFile = (target: string): boolean => /\.json$/i.test(target) && !/^https?:/i.test(target)

/** What is wanted of each target: what a flag says wins. */
const wantedOf = Effect.fnUntraced(function* (input: NightlyInput, config: Configuration) {
  const { nightly: { targets = [] } = {}, path } = config
  const entries = entriesOf(input.target, targets)
  if (entries.length === 0) {
    const where = path === undefined ? "and no configuration was found here" : `and ${path} has no nightly.targets`
    return yield* misused(`there is no --target, ${where}`, "Name one or more, or write them into the configuration.")
  }
  return yield* Effect.forEach(
    entries,
    Effect.fnUntraced(function* ({ target, ...entry }: NightlyTarget) {
      const isOurs = targets.some((one) => one.target === target)
      const list =
        entry.expected === undefined || entry.expected === "none" ? entry.expected : configured(config, entry.expected)
      const wanted: Wanted = {
        ...entry,
        target: isOurs && isFile(target) ? configured(config, target) : target,
        config: input.config,
        profile: input.profile ?? entry.profile,
        only: input.only ?? entry.only,
        expected: yield* expectedOf(input.expected ?? list),
        yesProduction: input.yesProduction || entry.yesProduction === true
      }
      return wanted
    })
  )
})

export const nightly = Effect.fnUntraced(function* (input: NightlyInput) {
  const { again, json: asJson, keepExport } = input
  const night = yield* nightOf(input.night)
  const config = yield* loadConfiguration(input.config)
  const targets = yield* resolveTargets(yield* wantedOf(input, config))
  const place = (name: "history" | "out" | "state") => {
    const said = config.nightly?.[name]
    return input[name] ?? (said === undefined ? join(home, name) : configured(config, said))
  }
  const out = place("out")
  const { bad, exitCode, lines, news } = yield* runNightly({
    targets,
    night,
    out,
    again,
    keepExport,
    keep: input.keep ?? config.nightly?.keep ?? usualKeep,
    history: place("history"),
    state: place("state"),
    json: asJson,
    version: yield* Version
  })
  if (asJson) {
    const told = lines.map((line) => ({ target: line.target, exitCode: line.exitCode, text: line.text }))
    yield* json({
      kind: "nightly",
      night,
      exitCode,
      news,
      bad,
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
