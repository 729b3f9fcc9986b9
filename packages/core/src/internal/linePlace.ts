import { Effect } from "effect"
import { makeCopy } from "./copy.ts"
import type { Engine } from "./engine.ts"
import { fetchFile } from "./fetchFile.ts"
import type { PlannedFile } from "./filePlan.ts"
import { AllHandedOut } from "./handedOut.ts"
import { bytesOfType, jsonOfType, type LineCheck, type Verify } from "./lineCheck.ts"
import { memoryless } from "./memoryless.ts"
import type { Place } from "./place.ts"

/** A line that has been looked at. */
export interface Line {
  readonly file: PlannedFile
  /** Counts from 1. */
  readonly line: number
  readonly value: unknown
}

/** What is handed out of a line: its bytes, its text, or what it parses to. */
export type LineForm = "bytes" | "json" | "line"

/** How lines are handed out. */
export interface LinePlaceOptions {
  readonly engine: Engine
  readonly form: LineForm
  readonly sections: ReadonlyArray<PlannedFile["section"]>
  /** Takes the good lines of a block, one or more; whoever is slow to take them holds up the download. */
  readonly take: (lines: ReadonlyArray<Line>) => Effect.Effect<unknown>
}

/**
 * A place that keeps nothing: it hands out every line as soon as that is proven, one file after the other, and cannot take it back. A file
 * that has to be fetched again from its start is compared with what was handed out of it, by its digest, and gone on with at the next line.
 */
export const makeLinePlace = ({ engine, form, sections, take }: LinePlaceOptions): Place => {
  const all = new AllHandedOut()
  return {
    ...memoryless("the stream"),
    // What could not be exported is always looked at.
    wants: ({ section }) => section === "error" || sections.includes(section),
    oneByOne: true,
    holds: (url) => all.has(url),
    fetch: (file, options) => {
      const handed = all.of(file.url)
      if (!sections.includes(file.section)) {
        return fetchFile(engine, options, { keepsGzip: false, begin: (copy, source) => makeCopy(copy, source, {}) })
      }
      let batch: Array<Line> = []
      const check = () => {
        let line = 0
        const known = handed.renew()?.lines ?? 0
        return checkOf(engine, options, form, (value) => {
          if (++line > known) batch.push({ file, line, value })
        })
      }
      const looked = Effect.suspend(() => {
        if (batch.length === 0) return Effect.void
        const lines = batch
        batch = []
        return take(lines)
      })
      return fetchFile(
        engine,
        { ...options, check },
        {
          keepsGzip: false,
          begin: Effect.fnUntraced(function* (copyOptions, source) {
            const copy = yield* makeCopy(copyOptions, source, {
              looked: Effect.asVoid(looked),
              handedOut: handed.known
            })
            handed.copy = copy
            return copy
          })
        }
      )
    }
  }
}

/** The check that a file must pass, and with every line that does, what is to be handed out of it. */
const checkOf = (
  engine: Engine,
  {
    type,
    verify,
    check
  }: { readonly type: string; readonly verify?: Verify | undefined; readonly check?: (() => LineCheck) | undefined },
  form: LineForm,
  hand: (value: unknown) => void
): LineCheck => {
  if (form === "json" && check === undefined) return jsonOfType(engine, type, hand)
  const passes = check?.() ?? (verify === "bytes" ? bytesOfType(engine, type) : jsonOfType(engine, type))
  return (line) => {
    const fault = passes(line)
    if (fault !== undefined) return fault
    if (form === "json") hand(JSON.parse(engine.toText(line)))
    else hand(form === "bytes" ? line.slice() : engine.toText(line))
    return undefined
  }
}
