/** The step that fetches files of a manifest. */
import { Effect } from "effect"
import { manifestName, type Step } from "../Scenario.ts"
import type { Run } from "./run.ts"

/** Files looked at in one download step, one for each type. */
const mostFiles = 6

/** Fetches the first file of each type; a string says why one of them could not be asked for. */
export const download = Effect.fnUntraced(function* (
  { ingredients, sender }: Run,
  scenario: string,
  step: Extract<Step, { _tag: "Download" }>
) {
  const files = ingredients.files(manifestName(step.manifestOf, step.list))
  const chosen = files
    .filter(({ type }, index) => files.findIndex((file) => file.type === type) === index)
    .slice(0, mostFiles)
  if (chosen.length === 0) return "the manifest names no file that can be fetched"
  const { id, headers, auth } = step
  const sent = yield* Effect.forEach(
    chosen,
    ({ type, url }, index) => {
      const file = { method: "GET", url, headers, auth, body: "file", declared: { type } } as const
      return sender.send({ scenario, step: id, attempt: index + 1, ...file })
    },
    { concurrency: step.parallel === true ? "unbounded" : 1 }
  )
  return sent.find((one) => typeof one === "string")
})
