/**
 * Runs scenarios against a target. It decides nothing about the server: it fills templates, sends, keeps what steps ask to keep, and
 * records. A step whose ingredients are missing is blocked, and the record names the step that owed them.
 */
import { RetryAfter } from "@bcda-kit/core"
import { Clock, DateTime, Duration, Effect } from "effect"
import type { JudgeError } from "../Errors.ts"
import type { StepRecord } from "../Exchange.ts"
import { memoryOfRun } from "../Memory.ts"
import { makeRecorder } from "../Recorder.ts"
import { doneName, type Scenario, type Step } from "../Scenario.ts"
import { targetOf } from "../TargetDescriptor.ts"
import { reserve } from "./affordable.ts"
import { makeAuthorizer } from "./authorizer.ts"
import { makeBreaker } from "./breaker.ts"
import { download } from "./downloading.ts"
import { type Closed, closedAmong, leftOut } from "./gate.ts"
import { makeIngredients } from "./ingredients.ts"
import { kickOffMethod, kicksOff, posted } from "./kickOff.ts"
import { makeNights } from "./nights.ts"
import { makeObstacles, ownersOf } from "./obstacles.ts"
import { askForOpinion } from "./opinionStep.ts"
import { poll } from "./polling.ts"
import { absolute } from "./reading.ts"
import { keepsBodies } from "./reduce.ts"
import type { EngineOptions, Run } from "./run.ts"
import { makeSender } from "./sender.ts"
import { makeSpending } from "./spending.ts"
import { makeTokens } from "./tokens.ts"

export const makeEngine = Effect.fnUntraced(function* (given: EngineOptions) {
  const { credentials, descriptor, pace, types } = given
  const target = targetOf(descriptor)
  const steps = given.scenarios.flatMap((scenario) => scenario.steps)
  const kickOff = kickOffMethod(descriptor, given.ig)
  const occasion = { kickOff, weekday: given.weekday, movesClock: given.advance !== undefined }
  const recorder = yield* makeRecorder({
    timeout: pace.timeout,
    bodies: keepsBodies(descriptor.kind) ? "whole" : "reduced"
  })
  const spending = makeSpending(descriptor.budget)
  const began = yield* DateTime.now
  const tomorrow = DateTime.formatIso(DateTime.add(began, { days: 1 }))
  const ingredients = makeIngredients(target, descriptor, { tomorrow, types })
  const memory = given.advance === undefined ? given.memory : memoryOfRun(recorder.serverNow)
  const options: EngineOptions = { ...given, memory }
  const nights = makeNights(memory, ingredients)
  const authorize = makeAuthorizer({
    target,
    credentials,
    redactor: recorder.redactor,
    endpoint: ingredients.tokenEndpoint,
    serverNow: recorder.serverNow,
    token: () => ingredients.get("token") ?? "",
    deadToken: nights.deadToken
  })
  const run: Run = {
    options,
    target,
    kickOff,
    steps,
    shut: closedAmong(steps, descriptor, occasion),
    recorder,
    spending,
    ingredients,
    tokens: makeTokens(spending, memory),
    sender: makeSender({ target, recorder, spending, authorize, tokenUrl: () => ingredients.get("tokenUrl") })
  }
  const { sender, tokens } = run
  const breaker = makeBreaker(run)
  const settled = new Map<string, StepRecord>()

  /** Sends one request and keeps what is to be kept of its answer; a string says why it was not sent. */
  const request = Effect.fnUntraced(function* (
    scenario: string,
    step: Extract<Step, { _tag: "Request" }>,
    attempt: number
  ) {
    const url = ingredients.fill(step.url)
    const headers = Object.fromEntries(
      Object.entries(step.headers).map(([name, value]) => [name, ingredients.fill(value)])
    )
    const outgoing = { ...step, scenario, step: step.id, attempt, url, headers }
    const byPost = kicksOff(step) && (step.method === "POST" || kickOff === "POST")
    const sent = yield* sender.send(byPost ? inPost(outgoing) : outgoing)
    if (typeof sent === "string") return sent
    const token = ingredients.take(step.keep, sent.raw, url)
    if (token !== undefined) yield* tokens.began(token, sent.raw.text)
    const job = sent.raw.headers["content-location"]
    const isFollowed = step.keep.some(({ from }) => "header" in from && from.header === "content-location")
    if (job !== undefined && !isFollowed) yield* cancelIfOpen(absolute(job, url))
    return undefined
  })

  const cancel = (url: string, attempt: number) => {
    const auth = ingredients.get("token") === undefined ? "none" : "bearer"
    const headers = { accept: "application/fhir+json" }
    const common = { scenario: "clean-up", step: "clean-up", method: "DELETE", headers, auth, body: "text" } as const
    return sender.send({ ...common, attempt, url })
  }

  /** Cancels a job that was started only to see whether it is, so that it is in nobody's way. */
  const cancelIfOpen = Effect.fnUntraced(function* (job: string) {
    if (!sender.openJobs.has(job)) return
    sender.ended(job)
    yield* cancel(job, 1)
  })

  /** The same kick-off as a POST. */
  const inPost = <A extends { readonly url: string }>(outgoing: A) => {
    const { parameters, url } = posted(outgoing.url, options.ig)
    const content = { type: "application/fhir+json", text: JSON.stringify(parameters) }
    return { ...outgoing, method: "POST" as const, url, content }
  }

  /**
   * A run longer than its token's life gets a new one as it got the first, but not in that step's name: what a check has seen may not grow
   * after its verdict, or the same record would be judged otherwise a second time.
   */
  const tokenOwner = ownersOf(steps).get("token")
  let renewals = 0
  const getToken = Effect.gen(function* () {
    const owner = steps.find(({ id }) => id === tokenOwner)
    if (owner?._tag !== "Request") return
    yield* request("renewal", { ...owner, id: "renewal" }, ++renewals)
  })
  // one request for the token and one for what it is for, and none of those that are kept to cancel jobs with
  const renew = Effect.suspend(() => (spending.requestsLeft(reserve(run)) > 1 ? tokens.renew(getToken) : Effect.void))
  const inTheWay = makeObstacles({ run, breaker, nights, settled, renew })

  /** Runs a step that has all it needs; a string or `Closed` says why it could not do its work. */
  const runStep = Effect.fnUntraced(function* (
    scenario: string,
    step: Step
  ): Effect.fn.Return<string | Closed | undefined, JudgeError> {
    switch (step._tag) {
      case "Request":
        return yield* request(scenario, step, 1)
      case "Poll":
        return yield* poll(run, scenario, step, renew)
      case "Download":
        return yield* download(run, scenario, step)
      case "Opinion":
        return yield* askForOpinion(run, scenario, step)
      case "Wait": {
        const asked = RetryAfter.parse(ingredients.fill(step.retryAfter), yield* Clock.currentTimeMillis)
        if (asked === undefined) return leftOut("the server does not say for how long to wait")
        if (Duration.isGreaterThan(asked, pace.retryAfterCap))
          return leftOut(`the server asks to wait for ${Duration.format(asked)}`)
        yield* Effect.sleep(asked)
        return undefined
      }
      case "Advance": {
        const by = Duration.minutes(step.minutes)
        yield* options.advance?.(by) ?? Effect.void
        recorder.moved(by)
        tokens.clockMoved(by)
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
    const obstacle = yield* inTheWay(step)
    if (obstacle !== undefined) return [said(obstacle.outcome, obstacle.because)]
    const before = recorder.all().length
    const problem = yield* runStep(scenario.id, step)
    if (typeof problem === "object") return [said(problem.outcome, problem.because)]
    if (step._tag === "Wait" || step._tag === "Advance") return [said("ran")]
    const exchanges = recorder
      .all()
      .slice(before)
      .filter((exchange) => exchange.step === step.id)
    if (exchanges.length === 0) return [said("blocked", problem)]
    const ran = said("ran", problem)
    if (exchanges.every(({ response }) => response === undefined)) return yield* breaker.silent(ran)
    yield* nights.looked(step)
    return [...breaker.settle(), ran]
  })

  /** Cancels what this run started and left running, wanted or not. Safe to call again. */
  const cleanUp = Effect.gen(function* () {
    const isGone = breaker.isGone()
    const urls = [...sender.openJobs]
    for (const url of urls) sender.ended(url)
    if (urls.length > 0 && target.auth !== "none") yield* Effect.ignore(renew)
    if (isGone) return
    yield* Effect.forEach(urls, (url, index) => cancel(url, index + 1), { discard: true })
  })

  return {
    recorder,
    /** Runs a scenario. Records of steps whose fate is open come later, with a step or with `rest`. */
    run: (scenario: Scenario) =>
      Effect.forEach(scenario.steps, (step) =>
        Effect.map(record(scenario, step), (records) => {
          for (const one of records) {
            settled.set(one.step, one)
            if (one.outcome === "ran") ingredients.set(doneName(one.step), "")
          }
          return records
        })
      ).pipe(Effect.map((records) => records.flat())),
    /** The records that are still open when nothing more is asked. */
    rest: breaker.settle,
    /** Asks nothing more: all further steps are blocked, for this reason. */
    stop: breaker.stop,
    cleanUp
  }
})

export type Engine = Effect.Success<ReturnType<typeof makeEngine>>
