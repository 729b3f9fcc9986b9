/** `bcda nightly`: every target's night, one after the other, what is remembered of them, and the views of it. */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { json, note } from "../Output.ts"
import { loud } from "./Comparison.ts"
import { appendNight, historyFile, readHistory } from "./History.ts"
import { effective } from "./Memory.ts"
import { type NightOptions, type NightTarget, spendNight } from "./Night.ts"
import type { NightLine } from "./NightLine.ts"
import { prune } from "./Retention.ts"
import { writeViews } from "./Views.ts"

export interface NightlyOptions extends Omit<NightOptions, "quiet"> {
  readonly targets: ReadonlyArray<NightTarget>
  readonly history: string
  /** Asks targets again that have been judged tonight. */
  readonly again: boolean
  /** Of how many nights the folders stay; their lines stay for ever. */
  readonly keep: number
  readonly json: boolean
}

export interface Nightly {
  /** Tonight's lines, in the order of the targets. */
  readonly lines: ReadonlyArray<NightLine>
  readonly exitCode: ExitCode
  /** Whether somebody should be told: something is worse or better than it was. A target that is still away, or a list that is still untrue, is not news. */
  readonly news: boolean
  /** Whether somebody should do something: a target is away, or something fails that is not expected to. */
  readonly bad: boolean
}

const gravity = [ExitCode.internal, ExitCode.usage, ExitCode.findings, ExitCode.target] as const

/** The code of all targets together: a fault of ours first, then what is worse, then who was away. */
export const exitCodeOf = (lines: ReadonlyArray<NightLine>): ExitCode =>
  gravity.find((code) => lines.some(({ exitCode }) => exitCode === code)) ?? ExitCode.done

/** Makes the folder of what is remembered, so that nobody publishes by mistake what is in it: a token. */
const keepToOneself = (state: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    await mkdir(state, { recursive: true, mode: 0o700 })
    await writeFile(join(state, ".gitignore"), "*\n")
  })

const isNews = ({ changes, exitCode, standing }: NightLine): boolean =>
  (exitCode !== 0 && standing.unreachable === undefined) ||
  changes.newlyPassing.length > 0 ||
  changes.back !== undefined ||
  changes.export !== undefined

const isBad = ({ exitCode, standing }: NightLine): boolean => exitCode !== 0 || loud(standing).length > 0

/** Whether a line says all that there is to be said of its night. */
const isSettled = ({ state }: NightLine): boolean => state === "judged"

export const runNightly = Effect.fn("bcda.nightly")(function* (options: NightlyOptions) {
  const { again, history, json: asJson, night, targets } = options
  const before = yield* readHistory(history)
  if (before.torn) {
    yield* note(`the last line of ${historyFile} was cut off, by a crash while it was written: it does not count`)
  }
  yield* keepToOneself(options.state)
  let lines = before.lines
  const tonight: Array<NightLine> = []
  const views = Effect.suspend(() => writeViews({ ...options, lines: effective(lines), tonight }))

  const spend = Effect.fnUntraced(function* (target: NightTarget) {
    const known = effective(lines).find((line) => line.target === target.name && line.night === night)
    if (known !== undefined && isSettled(known) && !again) {
      yield* note(`${target.name}: judged tonight already; --again asks it again`)
      return known
    }
    const line = yield* spendNight(target, lines, { ...options, quiet: asJson })
    yield* appendNight(history, line)
    lines = [...lines, line]
    return line
  })

  yield* Effect.forEach(targets, (target) =>
    Effect.tap(spend(target), (line) => {
      tonight.push(line)
      return asJson ? json(line) : Effect.void
    })
  ).pipe(Effect.onInterrupt(() => Effect.ignore(views)))
  yield* prune(options.out, options.keep)
  yield* views
  const nightly: Nightly = {
    lines: tonight,
    exitCode: exitCodeOf(tonight),
    news: tonight.some(isNews),
    bad: tonight.some(isBad)
  }
  return nightly
})
