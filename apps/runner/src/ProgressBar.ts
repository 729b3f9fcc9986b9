import type { SinceLastEvent } from "@bcda-kit/core/node"
import { MultiBar, type SingleBar } from "cli-progress"
import { Clock, Effect } from "effect"
import { linesOf, nothing, see } from "./ProgressText.ts"
import type { ProgressView } from "./ProgressView.ts"
import { remark } from "./Remark.ts"

/** One for all files and one for each of the usual five at a time. */
const mostLines = 6

/** A terminal that does not know its size says nought. */
const sizeOf = ({ columns, rows }: Pick<NodeJS.WriteStream, "columns" | "rows">): readonly [number, number] =>
  columns > 0 && rows > 0 ? [columns, rows] : [80, 24]

/** A text above the bars: with the wrapping of lines that they have switched off, and nothing of them left beside it. */
const above = (text: string): string => `\x1b[J\x1b[?7h${text}\x1b[?7l\n`

/** Bars on stderr, cleared when the scope closes: the summary that follows says it all again. */
export const asBar = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  let seen = nothing
  const lines: Array<SingleBar> = []
  const bars = new MultiBar({
    format: (_options, _params, payload: { readonly text?: string }) => payload.text ?? "",
    hideCursor: true,
    clearOnComplete: true,
    // What is written above the bars is written over them first.
    forceRedraw: true,
    // Ctrl-C is the program's to handle: it ends the scope, and with it the bars.
    gracefulExit: false
  })
  const draw = () => {
    const [columns, rows] = sizeOf(process.stderr)
    const texts = linesOf(seen, clock.currentTimeMillisUnsafe(), columns, Math.min(mostLines, rows - 1))
    // A line that was there stays, empty, so that the lines below do not jump.
    while (lines.length < texts.length) lines.push(bars.create(1, 0, { text: "" }))
    for (const [at, line] of lines.entries()) line.update({ text: texts[at] ?? "" })
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      draw()
      bars.on("update-pre", draw)
      bars.update()
    }),
    () =>
      Effect.sync(() => {
        // How it ended, and what is still to be written above.
        bars.update()
        bars.stop()
      })
  )
  const say = (text: string) => Effect.sync(() => bars.log(above(text)))
  const show = Effect.fnUntraced(function* (event: SinceLastEvent) {
    const now = yield* Clock.currentTimeMillis
    const text = remark(event, now)
    if (text !== undefined) yield* say(text)
    seen = see(seen, event, now)
  })
  const view: ProgressView = { show, say }
  return view
})
