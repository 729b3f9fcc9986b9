import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { XMLValidator } from "fast-xml-parser"
import { type ResultLine, renderBadgeJson, renderBadgeSvg, type VerdictKind } from "../../src/index.ts"
import { judged } from "../support/Judging.ts"

/** Message and colour, which both forms agree on. */
const shown = (changed: ReadonlyArray<ResultLine>) => {
  const badge: { readonly message: string; readonly color: string } = JSON.parse(renderBadgeJson(changed))
  const svg = renderBadgeSvg(changed)
  assert.strictEqual(XMLValidator.validate(svg), true)
  assert.include(svg, badge.message)
  return [badge.message, badge.color]
}

describe("the badge", () => {
  it.live("shows what the run came to", () =>
    Effect.gen(function* () {
      const { lines } = yield* judged({}, { only: ["metadata"] })
      let once = false
      const as = (verdict: VerdictKind) => {
        once = false
        return lines.map((line) => {
          if (line.kind !== "verdict" || line.verdict !== "pass" || once) return line
          once = true
          return { ...line, verdict }
        })
      }
      const judgedOnes = lines.filter((line) => line.kind === "verdict" && line.verdict === "pass").length
      assert.deepStrictEqual(shown(lines), [`${judgedOnes} of ${judgedOnes} pass`, "brightgreen"])
      assert.deepStrictEqual(shown(as("warn")), [`${judgedOnes - 1} of ${judgedOnes} pass`, "yellow"])
      assert.deepStrictEqual(shown(as("fail")), [`1 of ${judgedOnes} fail`, "red"])
      assert.deepStrictEqual(shown(as("blocked")), ["not judged", "lightgrey"])
      assert.deepStrictEqual(shown(as("engine-error")), ["suite error", "lightgrey"])
      assert.deepStrictEqual(shown(lines.slice(0, -1)), ["cut off", "lightgrey"])
    })
  )
})
