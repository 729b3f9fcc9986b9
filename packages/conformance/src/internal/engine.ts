/**
 * Runs scenarios against a target. It decides nothing about the server: it fills templates, sends, keeps what steps ask to keep, and
 * records. A step whose ingredients are missing is blocked, and the record names the step that owed them.
 */
import { type Credentials, RetryAfter, type Target } from "@bcda-kit/core"
import { Clock, DateTime, Duration, Effect, Result } from "effect"
import type { StepRecord } from "../Exchange.ts"
import type { Pace } from "../Pace.ts"
import { makeRecorder, type Sending, type Sent } from "../Recorder.ts"
import { type Auth, fills, type Keep, manifestName, needs, type Scenario, type Step } from "../Scenario.ts"
import { type Asking, ask } from "../SecondOpinion.ts"
import { makeAuthorizer } from "./authorizer.ts"
import { absolute, at, type File, filesOf, parsed } from "./reading.ts"

export interface EngineOptions {
  readonly target: Target
  readonly credentials: Credentials | undefined
  readonly scenarios: ReadonlyArray<Scenario>
  /** Ids of the steps to run; the others are recorded as not run. */
  readonly wanted: ReadonlySet<string>
  readonly types: ReadonlyArray<string>
  readonly pace: Pace
}

/** So many requests in a row without any answer stop the run. */
const patience = 3

/** Files looked at in one download step, one for each type. */
const mostFiles = 6

export const makeEngine = Effect.fnUntraced(function* (options: EngineOptions) {
  const { target, credentials, pace } = options
  const recorder = yield* makeRecorder({ timeout: pace.timeout })
  const { redactor } = recorder
  const allSteps = options.scenarios.flatMap((scenario) => scenario.steps)
  const owners = new Map(allSteps.flatMap((step) => fills(step).map((name) => [name, step.id] as const)))

  const began = yield* DateTime.now
  const known = new Map<string, string>([
    ["api", target.apiBase],
    ["tokenUrl", target.tokenUrl],
    ["types", options.types.join(",")],
    ["future", DateTime.formatIso(DateTime.add(began, { days: 1 }))],
    ["unknownJob", "999999999"]
  ])
  const manifests = new Map<string, ReadonlyArray<File>>()
  /** Names that stay empty through nobody's fault. */
  const voids = new Map<string, string>()
  /** Status URLs of jobs that this run started and nobody ended. */
  const openJobs = new Set<string>()
  let renewAt = Number.POSITIVE_INFINITY
  let silences = 0

  const fill = (template: string): string =>
    template.replaceAll(/\{(\w+)\}/g, (_, name: string) => known.get(name) ?? "")
  const has = (name: string): boolean =>
    known.has(name) || manifests.has(name) || (name === "token" && target.auth === "none")

  const authorize = makeAuthorizer({ target, credentials, redactor, token: () => known.get("token") ?? "" })

  /** Sends to the target's own origin only, and follows up what the answer started. */
  const send = Effect.fnUntraced(function* (
    request: Omit<Sending, "auth" | "authorization"> & { readonly auth: Auth }
  ) {
    const resolved = target.resolve(request.url)
    if (Result.isFailure(resolved)) return resolved.failure.message
    const { words, value } = authorize(request.auth)
    const sent = yield* recorder.send({ ...request, url: resolved.success, auth: words, authorization: value })
    const { status, headers } = sent.raw
    silences = status === undefined ? silences + 1 : 0
    const location = headers["content-location"]
    if (status === 202 && request.method === "GET" && request.url.includes("$export") && location !== undefined) {
      openJobs.add(absolute(location, resolved.success))
    }
    if (request.method === "DELETE" && status !== undefined && status < 500) openJobs.delete(request.url)
    return sent
  })

  const keep = Effect.fnUntraced(function* (keeps: ReadonlyArray<Keep>, sent: Sent["raw"], requestUrl: string) {
    for (const { name, status, from, as } of keeps) {
      if (sent.status !== status) continue
      const value = "header" in from ? sent.headers[from.header] : at(parsed(sent.text), from.json)
      if (typeof value !== "string" || value === "") continue
      known.set(name, as === "url" ? absolute(value, requestUrl) : value)
      if (as === "token") {
        const life = Number(at(parsed(sent.text), ["expires_in"]))
        const now = yield* Clock.currentTimeMillis
        renewAt = Number.isFinite(life) && life > 0 ? now + life * 900 : Number.POSITIVE_INFINITY
      }
    }
  })

  /** A run longer than its token's life gets a new one, by the step that got the first. */
  const renew = Effect.fnUntraced(function* () {
    if ((yield* Clock.currentTimeMillis) < renewAt) return
    const owner = allSteps.find((step) => step.id === owners.get("token"))
    if (owner?._tag !== "Request") return
    const attempt = 1 + recorder.all().filter((exchange) => exchange.step === owner.id).length
    const url = fill(owner.url)
    const sent = yield* send({ ...owner, scenario: "token", step: owner.id, attempt, url, headers: owner.headers })
    if (typeof sent !== "string") yield* keep(owner.keep, sent.raw, url)
  })

  const poll = Effect.fnUntraced(function* (scenario: string, step: Extract<Step, { _tag: "Poll" }>) {
    const url = fill(step.url)
    const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(pace.deadline)
    let wait = pace.initial
    for (let attempt = 1; ; attempt++) {
      yield* renew()
      const sent = yield* send({
        ...step,
        scenario,
        step: step.id,
        attempt,
        method: "GET",
        url,
        auth: "bearer",
        body: "text"
      })
      if (typeof sent === "string") return sent
      const { status, headers } = sent.raw
      // a 2XX other than 200 ends nothing: it is wrong for a check to say, and no reason to give the job up
      const unsettled = status === undefined ? silences < patience : status > 200 && status < 300
      const goesOn = unsettled || status === 429 || status === 503
      if (!goesOn) {
        if (status !== undefined) openJobs.delete(url)
        yield* keep(step.keep, sent.raw, url)
        const output = status === 200 ? at(parsed(sent.raw.text), ["output"]) : undefined
        if (!Array.isArray(output)) return undefined
        if (output.length > 0) manifests.set(manifestName(step.id), filesOf(output, url))
        else for (const name of fills(step)) voids.set(name, "the export is empty")
        return undefined
      }
      const now = yield* Clock.currentTimeMillis
      if (now >= deadline) return `the job did not end within ${Duration.format(pace.deadline)}`
      const asked = RetryAfter.parse(headers["retry-after"], now)
      // A server's 0 must not become a storm of polls.
      const next = asked && RetryAfter.clamp(asked, { least: pace.initial, most: pace.retryAfterCap })
      yield* Effect.sleep(next ?? wait)
      wait = Duration.min(Duration.times(wait, pace.factor), pace.max)
    }
  })

  /** Runs a step that has all it needs; the string says why it could not do its work. */
  const runStep = Effect.fnUntraced(function* (scenario: string, step: Step) {
    switch (step._tag) {
      case "Request": {
        const url = fill(step.url)
        const headers = Object.fromEntries(Object.entries(step.headers).map(([name, value]) => [name, fill(value)]))
        const sent = yield* send({ ...step, scenario, step: step.id, attempt: 1, url, headers })
        if (typeof sent === "string") return sent
        yield* keep(step.keep, sent.raw, url)
        return undefined
      }
      case "Poll":
        return yield* poll(scenario, step)
      case "Download": {
        const files = manifests.get(manifestName(step.manifestOf)) ?? []
        const chosen = files.filter(({ type }, index) => files.findIndex((file) => file.type === type) === index)
        if (chosen.length === 0) return "the manifest names no file that can be fetched"
        let attempt = 0
        for (const { type, url } of chosen.slice(0, mostFiles)) {
          attempt++
          const { id, headers, auth } = step
          const file = { method: "GET", url, headers, auth, body: "file", declared: { type } } as const
          const sent = yield* send({ scenario, step: id, attempt, ...file })
          if (typeof sent === "string") return sent
        }
        return undefined
      }
      case "Opinion": {
        const { call } = step
        let asked: Sent["raw"] = { status: undefined, headers: {}, text: "" }
        const asking: Asking = {
          scenario,
          step: step.id,
          call,
          baseUrl: target.apiBase,
          token: call === "capabilityStatement" ? undefined : known.get("token"),
          types: options.types.join(","),
          timeoutMillis: Duration.toMillis(pace.timeout)
        }
        const answer = ask(asking, redactor).pipe(
          Effect.map(({ draft, status, headers }) => {
            asked = { status, headers, text: "" }
            return draft
          })
        )
        const exchange = yield* recorder.note(answer)
        if (asked.status !== undefined) silences = 0
        const location = asked.headers["content-location"]
        if (call === "export" && asked.status === 202 && location !== undefined) {
          openJobs.add(absolute(location, exchange.request.url))
        }
        yield* keep(step.keep, asked, exchange.request.url)
        return undefined
      }
    }
  })

  const record = Effect.fnUntraced(function* (scenario: Scenario, step: Step) {
    const said = (outcome: StepRecord["outcome"], because?: string): StepRecord => ({
      kind: "step",
      scenario: scenario.id,
      step: step.id,
      outcome,
      ...(because === undefined ? {} : { because })
    })
    if (!options.wanted.has(step.id)) return said("not-run", "not chosen")
    if (step.onlyWithAuth === true && target.auth === "none")
      return said("not-applicable", "the target asks for no token")
    if (silences >= patience) return said("blocked", `${patience} requests in a row got no answer`)
    if (step._tag === "Request" && ["client", "wrong-secret"].includes(step.auth) && credentials === undefined) {
      return said("blocked", "no credentials were given")
    }
    const missing = needs(step).find((name) => !has(name))
    const empty = missing === undefined ? undefined : voids.get(missing)
    if (empty !== undefined) return said("not-applicable", empty)
    if (missing !== undefined)
      return said("blocked", `step ${owners.get(missing) ?? "?"} gave no ${missing.replace(/:.*/, "")}`)
    yield* renew()
    const before = recorder.all().length
    const problem = yield* runStep(scenario.id, step)
    return said(problem !== undefined && recorder.all().length === before ? "blocked" : "ran", problem)
  })

  return {
    recorder,
    run: (scenario: Scenario) => Effect.forEach(scenario.steps, (step) => record(scenario, step)),
    /** Cancels what this run started and left running, wanted or not. Safe to call again. */
    cleanUp: Effect.suspend(() => {
      const urls = [...openJobs]
      openJobs.clear()
      return Effect.forEach(
        silences >= patience ? [] : urls,
        (url, index) => {
          const headers = { accept: "application/fhir+json" }
          const auth = known.has("token") ? "bearer" : "none"
          return send({
            scenario: "clean-up",
            step: "clean-up",
            attempt: index + 1,
            method: "DELETE",
            url,
            headers,
            auth,
            body: "text"
          })
        },
        { discard: true }
      )
    })
  }
})

export type Engine = Effect.Success<ReturnType<typeof makeEngine>>
