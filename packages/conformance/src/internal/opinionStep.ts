/** The step that lets fhir-kit-client speak. Like our own requests, its go to the target's own origin only. */
import { Duration, Effect, Result } from "effect"
import type { Sent } from "../Recorder.ts"
import type { Step } from "../Scenario.ts"
import { type Asking, ask } from "../SecondOpinion.ts"
import { exportPaths } from "../TargetDescriptor.ts"
import { posted } from "./kickOff.ts"
import { absolute } from "./reading.ts"
import type { Run } from "./run.ts"

export const askForOpinion = Effect.fnUntraced(function* (
  { ingredients, kickOff, options, recorder, sender, spending, target }: Run,
  scenario: string,
  step: Extract<Step, { _tag: "Opinion" }>
) {
  const { call, url = "{api}/" } = step
  const resolved = target.resolve(ingredients.fill(url))
  if (Result.isFailure(resolved)) return recorder.redactor.text(resolved.failure.message)
  const { descriptor, ig, pace, types } = options
  const paths = exportPaths(descriptor)
  let asked: Sent["raw"] = { status: undefined, headers: {}, text: "" }
  const asking: Asking = {
    scenario,
    step: step.id,
    call,
    url: resolved.success,
    baseUrl: target.apiBase,
    token: call === "capabilityStatement" ? undefined : ingredients.get("token"),
    types: types.join(","),
    exportPath: paths.group ?? paths.patient ?? paths.system ?? "$export",
    method: kickOff ?? "GET",
    parameters: posted(`?_type=${types.join(",")}`, ig).parameters,
    timeoutMillis: Duration.toMillis(pace.timeout)
  }
  yield* spending.request
  const answer = ask(asking, recorder).pipe(
    Effect.map(({ draft, status, headers }) => {
      asked = { status, headers, text: "" }
      return draft
    })
  )
  const exchange = yield* recorder.note(answer)
  const location = asked.headers["content-location"]
  const isStarted = call === "export" && asked.status === 202 && location !== undefined
  sender.overheard(asked.status, isStarted ? absolute(location, exchange.request.url) : undefined)
  ingredients.take(step.keep, asked, exchange.request.url)
  return undefined
})
