/**
 * Runs scenarios against a target. It decides nothing about the server: it fills templates, sends, keeps what steps ask to keep, and
 * records. A step whose ingredients are missing is blocked, and the record names the step that owed them.
 */
import { type Credentials, RetryAfter } from "@bcda-kit/core"
import { Clock, DateTime, Duration, Effect, Redacted, Result } from "effect"
import type { StepRecord } from "../Exchange.ts"
import type { Pace } from "../Pace.ts"
import { requestsOf, takesNights } from "../Plan.ts"
import { makeRecorder, type Sending, type Sent } from "../Recorder.ts"
import type { IgVersion } from "../Requirement.ts"
import {
  type Auth,
  doneName,
  fills,
  type Keep,
  manifestName,
  needs,
  type Scenario,
  type Step,
  type Weekday
} from "../Scenario.ts"
import { type Asking, ask } from "../SecondOpinion.ts"
import type { Memory, RememberedJob } from "../State.ts"
import { exportPaths, type TargetDescriptor, targetOf } from "../TargetDescriptor.ts"
import { makeAuthorizer } from "./authorizer.ts"
import { closedAmong, lacking, leftOut, type Occasion, obstructed } from "./gate.ts"
import { kickOffMethod, kicksOff, posted } from "./kickOff.ts"
import { absolute, at, type File, filesOf, parsed } from "./reading.ts"
import { keepsBodies } from "./reduce.ts"
import { makeSpending, noRequestsLeft } from "./spending.ts"

export interface EngineOptions {
  readonly descriptor: TargetDescriptor
  readonly credentials: Credentials | undefined
  readonly scenarios: ReadonlyArray<Scenario>
  /** Ids of the steps to run; the others are recorded as not run. */
  readonly wanted: ReadonlySet<string>
  readonly types: ReadonlyArray<string>
  readonly pace: Pace
  /** The edition of the IG that the run judges by, which decides how a kick-off is sent. */
  readonly ig: IgVersion | undefined
  readonly weekday: Weekday
  /** Moves the server's clock, where that can be done. */
  readonly advance: ((by: Duration.Duration) => Effect.Effect<void>) | undefined
  /** What earlier runs left behind, and where this one leaves something. */
  readonly memory: Memory | undefined
}

/** So many steps in a row without any answer stop the run, and so many polls of one job. */
const patience = 3

/** Files looked at in one download step, one for each type. */
const mostFiles = 6

export const makeEngine = Effect.fnUntraced(function* (options: EngineOptions) {
  const { credentials, descriptor, pace } = options
  const target = targetOf(descriptor)
  const spending = makeSpending(descriptor.budget)
  const kickOff = kickOffMethod(descriptor, options.ig)
  const recorder = yield* makeRecorder({
    timeout: pace.timeout,
    bodies: keepsBodies(descriptor.kind) ? "whole" : "reduced"
  })
  const { redactor } = recorder
  const allSteps = options.scenarios.flatMap((scenario) => scenario.steps)
  const occasion: Occasion = { kickOff, weekday: options.weekday, movesClock: options.advance !== undefined }
  const shut = closedAmong(allSteps, descriptor, occasion)
  /** Who fills a name; the first, where several do. */
  const owners = new Map(allSteps.toReversed().flatMap((step) => fills(step).map((name) => [name, step.id] as const)))

  const began = yield* DateTime.now
  const known = new Map<string, string>([
    ["api", target.apiBase],
    ["tokenUrl", target.tokenUrl],
    ["types", options.types.join(",")],
    ["future", DateTime.formatIso(DateTime.add(began, { days: 1 }))],
    ["unknownJob", "999999999"]
  ])
  const paths = exportPaths(descriptor)
  const main = paths.group ?? paths.patient ?? paths.system
  if (main !== undefined) {
    known.set("export", target.api(main))
    known.set("plainExport", target.api(main.replace("$", "")))
  }
  const manifests = new Map<string, ReadonlyArray<File>>()
  /** Names that stay empty through nobody's fault. */
  const voids = new Map<string, string>()
  for (const level of ["group", "patient", "system"] as const) {
    const path = paths[level]
    if (path === undefined) voids.set(`${level}Export`, `the target has no export at the level of the ${level}`)
    else known.set(`${level}Export`, target.api(path))
  }
  if (paths.group === undefined) voids.set("group", "the target has no groups")
  else known.set("group", target.api(paths.group.replace("/$export", "")))
  /** Status URLs of jobs that this run started and nobody ended. */
  const openJobs = new Set<string>()
  let renewAt = Number.POSITIVE_INFINITY
  let expiresAt = Number.POSITIVE_INFINITY
  /** The server's clock was moved since the last token; whether that one still lives is not known here. */
  let isOutdated = false
  let silences = 0
  /** The job of an earlier run that a step is looking at. */
  let earlier: RememberedJob | undefined
  let deadToken = ""
  /** Why nothing more is asked, once that is so. */
  let stopped: string | undefined
  /** The last steps, as long as none of them got an answer: whether the server is broken or gone shows later. */
  const unanswered: Array<StepRecord> = []
  const settled = new Map<string, StepRecord>()

  const fill = (template: string): string =>
    template.replaceAll(/\{(\w+)\}/g, (_, name: string) => known.get(name) ?? "")
  const has = (name: string): boolean =>
    known.has(name) ||
    manifests.has(name) ||
    (name === "token" && target.auth === "none") ||
    [...settled].some(([step, { outcome }]) => outcome === "ran" && name === doneName(step))

  const authorize = makeAuthorizer({
    target,
    credentials,
    redactor,
    token: () => known.get("token") ?? "",
    deadToken: () => deadToken
  })

  /** Sends to the target's own origin only, and follows up what the answer started. */
  const send = Effect.fnUntraced(function* (
    request: Omit<Sending, "auth" | "authorization"> & { readonly auth: Auth }
  ) {
    const resolved = target.resolve(request.url)
    if (Result.isFailure(resolved)) return redactor.text(resolved.failure.message)
    const { words, value } = authorize(request.auth)
    yield* spending.request
    const sent = yield* recorder.send({ ...request, url: resolved.success, auth: words, authorization: value })
    const { status, headers } = sent.raw
    silences = status === undefined ? silences + 1 : 0
    const location = headers["content-location"]
    if (status === 202 && request.method !== "DELETE" && isKickOff(request.url) && location !== undefined) {
      spending.job()
      openJobs.add(absolute(location, resolved.success))
    }
    if (request.method === "POST" && at(parsed(sent.raw.text), ["access_token"]) !== undefined) spending.token()
    if (request.method === "DELETE" && status !== undefined && status < 500) openJobs.delete(request.url)
    return sent
  })

  /** The same kick-off as a POST. */
  const inPost = <A extends { readonly url: string }>(request: A) => {
    const { parameters, url } = posted(request.url, options.ig)
    const content = { type: "application/fhir+json", text: JSON.stringify(parameters) }
    return { ...request, method: "POST" as const, url, content }
  }

  const keep = Effect.fnUntraced(function* (keeps: ReadonlyArray<Keep>, sent: Sent["raw"], requestUrl: string) {
    for (const { name, status, from, as } of keeps) {
      if (sent.status !== status) continue
      const value = "header" in from ? sent.headers[from.header] : at(parsed(sent.text), from.json)
      if (typeof value !== "string" || value === "") continue
      known.set(name, as === "url" ? absolute(value, requestUrl) : as === "query" ? encodeURIComponent(value) : value)
      if (as === "token") {
        isOutdated = false
        const life = Number(at(parsed(sent.text), ["expires_in"]))
        const now = yield* Clock.currentTimeMillis
        const isLife = Number.isFinite(life) && life > 0
        renewAt = isLife ? now + life * 900 : Number.POSITIVE_INFINITY
        expiresAt = isLife ? now + life * 1000 : Number.POSITIVE_INFINITY
        if (isLife) yield* options.memory?.issued(Redacted.make(value), Duration.seconds(life)) ?? Effect.void
      }
    }
  })

  /** Requests that are not to be spent on anything else: one for each job that has to be cancelled at the end. */
  const reserve = (): number => openJobs.size

  /** What the steps after one will want, so that its polls leave it to them. */
  const wantedAfter = (step: Step): number =>
    allSteps
      .slice(allSteps.indexOf(step) + 1)
      .filter(({ id }) => options.wanted.has(id))
      .reduce((sum, later) => sum + (shut.has(later.id) ? 0 : requestsOf(later, options.types)), 0)

  /** How many more jobs are to be followed after a step. */
  const pollsAfter = (step: Step): number =>
    allSteps
      .slice(allSteps.indexOf(step) + 1)
      .filter(({ _tag, id }) => _tag === "Poll" && options.wanted.has(id) && !shut.has(id)).length

  /** Why the budget does not allow a step any more, if so. */
  const unaffordable = Effect.fnUntraced(function* (step: Step) {
    const starts = kicksOff(step)
    const after = reserve() + (starts ? 1 : 0)
    if (spending.requestsLeft(after) < Math.max(1, requestsOf(step, options.types)))
      return noRequestsLeft(descriptor.budget)
    const isToken = step._tag === "Request" && step.auth === "client"
    const spent = starts ? spending.spent("jobs") : isToken ? spending.spent("tokens") : undefined
    if (spent !== undefined) return spent
    const isStale = needs(step).includes("token") && (yield* Clock.currentTimeMillis) >= expiresAt
    const noMore = isStale ? spending.spent("tokens") : undefined
    return noMore === undefined ? undefined : `the token has expired, and ${noMore}`
  })

  /** A run longer than its token's life gets a new one, by the step that got the first, if the budget has one. */
  const renew = Effect.fnUntraced(function* () {
    if ((yield* Clock.currentTimeMillis) >= renewAt && spending.spent("tokens") === undefined) yield* getToken
  })

  const getToken = Effect.gen(function* () {
    const owner = allSteps.find((step) => step.id === owners.get("token"))
    if (owner?._tag !== "Request") return
    const attempt = 1 + recorder.all().filter((exchange) => exchange.step === owner.id).length
    const url = fill(owner.url)
    const sent = yield* send({ ...owner, scenario: "token", step: owner.id, attempt, url, headers: owner.headers })
    if (typeof sent !== "string") yield* keep(owner.keep, sent.raw, url)
  })

  /** Takes over the files of a manifest. An empty list is nobody's fault: what was to come from it is not applicable. */
  const takeFiles = (step: Extract<Step, { _tag: "Poll" }>, manifest: unknown, url: string): void => {
    for (const list of ["output", "error"] as const) {
      // the ballot calls it outcome
      const items = at(manifest, [list]) ?? (list === "error" ? at(manifest, ["outcome"]) : undefined)
      const name = manifestName(step.id, list)
      if (Array.isArray(items) && items.length > 0) manifests.set(name, filesOf(items, url))
      else if (list === "error") voids.set(name, "the manifest lists no errors")
      else if (Array.isArray(items))
        for (const one of [name, ...step.keep.map((keep) => keep.name)]) voids.set(one, "the export is empty")
    }
  }

  const download = Effect.fnUntraced(function* (scenario: string, step: Extract<Step, { _tag: "Download" }>) {
    const files = manifests.get(manifestName(step.manifestOf, step.list)) ?? []
    const chosen = files
      .filter(({ type }, index) => files.findIndex((file) => file.type === type) === index)
      .slice(0, mostFiles)
    if (chosen.length === 0) return "the manifest names no file that can be fetched"
    const { id, headers, auth } = step
    const sent = yield* Effect.forEach(
      chosen,
      ({ type, url }, index) => {
        const file = { method: "GET", url, headers, auth, body: "file", declared: { type } } as const
        return send({ scenario, step: id, attempt: index + 1, ...file })
      },
      { concurrency: step.parallel === true ? "unbounded" : 1 }
    )
    return sent.find((one) => typeof one === "string")
  })

  const poll = Effect.fnUntraced(function* (scenario: string, step: Extract<Step, { _tag: "Poll" }>) {
    const url = fill(step.url)
    const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(pace.deadline)
    // jobs that are still to be followed need polls too
    const others = spending.spent("jobs") === undefined ? pollsAfter(step) : 0
    const share = Math.floor(spending.requestsLeft(reserve() + wantedAfter(step)) / (1 + others))
    let wait = pace.initial
    for (let attempt = 1; ; attempt++) {
      yield* renew()
      const broke = yield* unaffordable(step)
      const left = Math.min(share - attempt + 1, spending.requestsLeft(reserve() + wantedAfter(step)))
      if (broke !== undefined || left < 1)
        return leftOut(broke ?? `${noRequestsLeft(descriptor.budget)} before the job ended`)
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
        const fileUrl = known.get("fileUrl")
        const job = { statusUrl: url, ...(fileUrl === undefined ? {} : { fileUrl }) }
        const isDone = status === 200 && Array.isArray(at(parsed(sent.raw.text), ["output"]))
        if (isDone && fills(step).includes("fileUrl")) yield* options.memory?.finished(job) ?? Effect.void
        if (status === 200) takeFiles(step, parsed(sent.raw.text), url)
        return undefined
      }
      const now = yield* Clock.currentTimeMillis
      if (now >= deadline) return `the job did not end within ${Duration.format(pace.deadline)}`
      const asked = RetryAfter.parse(headers["retry-after"], now)
      // A server's 0 must not become a storm of polls.
      const next = asked && RetryAfter.clamp(asked, { least: pace.initial, most: pace.retryAfterCap })
      // With few requests left and much time, polls are as far apart as they have to be to last.
      const apart = (deadline - now) / Math.max(1, left - 1)
      const stretched = apart > Duration.toMillis(pace.max) ? Duration.millis(apart) : Duration.zero
      yield* Effect.sleep(Duration.max(next ?? wait, stretched))
      wait = Duration.min(Duration.times(wait, pace.factor), pace.max)
    }
  })

  /** Runs a step that has all it needs; the string says why it could not do its work. */
  const runStep = Effect.fnUntraced(function* (scenario: string, step: Step) {
    switch (step._tag) {
      case "Request": {
        const url = fill(step.url)
        const headers = Object.fromEntries(Object.entries(step.headers).map(([name, value]) => [name, fill(value)]))
        const request = { ...step, scenario, step: step.id, attempt: 1, url, headers }
        const sent = yield* send(
          kicksOff(step) && (step.method === "POST" || kickOff === "POST") ? inPost(request) : request
        )
        if (typeof sent === "string") return sent
        yield* keep(step.keep, sent.raw, url)
        return undefined
      }
      case "Poll":
        return yield* poll(scenario, step)
      case "Download":
        return yield* download(scenario, step)
      case "Wait": {
        const asked = Duration.seconds(Number(fill(step.seconds)))
        if (Duration.isGreaterThan(asked, pace.retryAfterCap))
          return leftOut(`the server asks to wait for ${Duration.format(asked)}`)
        yield* Effect.sleep(asked)
        return undefined
      }
      case "Advance": {
        const by = Duration.minutes(step.minutes)
        isOutdated = true
        yield* options.advance?.(by) ?? Effect.void
        recorder.moved(by)
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
          exportPath: main ?? "$export",
          method: kickOff ?? "GET",
          parameters: posted(`?_type=${options.types.join(",")}`, options.ig).parameters,
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
        if (asked.status !== undefined) silences = 0
        const location = asked.headers["content-location"]
        if (call === "export" && asked.status === 202 && location !== undefined) {
          spending.job()
          openJobs.add(absolute(location, exchange.request.url))
        }
        yield* keep(step.keep, asked, exchange.request.url)
        return undefined
      }
    }
  })

  /** Why a step that takes what earlier runs left behind has to wait; otherwise that is made ready for it. */
  const tooEarly = Effect.fnUntraced(function* (step: Step) {
    if (!takesNights(step)) return undefined
    if (options.memory === undefined) return "it takes more than one night, and a state directory to remember the first"
    if (step.night === undefined) {
      const found = yield* options.memory.deadToken
      if ("because" in found) return found.because
      deadToken = Redacted.value(found.token)
      return undefined
    }
    const { atLeast, below } = step.night
    const age = { atLeast: Duration.minutes(atLeast), below: below === undefined ? undefined : Duration.minutes(below) }
    const found = yield* options.memory.due(step.id, age)
    if ("because" in found) return found.because
    earlier = found.job
    known.set("earlierStatusUrl", found.job.statusUrl)
    if (found.job.fileUrl === undefined) voids.set("earlierFileUrl", "the earlier job had no file")
    else known.set("earlierFileUrl", found.job.fileUrl)
    return undefined
  })

  /** What keeps a step from being tried, if anything does. */
  const inTheWay = Effect.fnUntraced(function* (step: Step) {
    if (!options.wanted.has(step.id)) return leftOut("not chosen")
    const why = shut.get(step.id)
    if (why !== undefined) return why
    if (stopped !== undefined) return obstructed(stopped)
    if (step._tag === "Request" && ["client", "wrong-secret"].includes(step.auth) && credentials === undefined) {
      return obstructed("no credentials were given")
    }
    const early = yield* tooEarly(step)
    if (early !== undefined) return leftOut(early)
    const missing = needs(step).find((name) => !has(name))
    const empty = missing === undefined ? undefined : voids.get(missing)
    if (empty !== undefined) return lacking(empty)
    if (missing !== undefined) {
      const owner = owners.get(missing)
      const record = owner === undefined ? undefined : settled.get(owner)
      const why = record?.because ?? "no reason given"
      if (record?.outcome === "not-applicable" || record?.outcome === "not-run")
        return { outcome: record.outcome, because: why }
      return obstructed(
        missing.startsWith("done:")
          ? `step ${owner ?? "?"} did not run: ${why}`
          : `step ${owner ?? "?"} gave no ${missing.replace(/:.*/, "")}`
      )
    }
    yield* renew()
    const broke = yield* unaffordable(step)
    return broke === undefined ? undefined : leftOut(broke)
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
    const exchanges = recorder
      .all()
      .slice(before)
      .filter((exchange) => exchange.step === step.id)
    if (typeof problem === "object") return [said(problem.outcome, problem.because)]
    if (step._tag === "Wait" || step._tag === "Advance") return [said("ran")]
    if (exchanges.length === 0) return [said("blocked", problem)]
    const ran = said("ran", problem)
    const isAnswered = exchanges.some((exchange) => exchange.response !== undefined)
    if (!isAnswered) return yield* withoutAnswer(ran)
    if (step.night !== undefined && earlier !== undefined) {
      yield* options.memory?.looked(earlier, step.id) ?? Effect.void
    }
    return [...unanswered.splice(0), ran]
  })

  /** After a few steps without an answer the server is asked for something simple; if it is silent then too, it is gone. */
  const withoutAnswer = Effect.fnUntraced(function* (ran: StepRecord) {
    unanswered.push(ran)
    if (unanswered.length < patience) return []
    const before = recorder.answered()
    const alive = before && spending.requestsLeft(reserve()) > 0 ? yield* send(sign(recorder.all().length)) : undefined
    const streak = unanswered.splice(0)
    if (typeof alive === "object" && alive.raw.status !== undefined) return streak
    stopped = `${patience} steps in a row got no answer: ${streak.map(({ step }) => step).join(", ")}`
    return streak.map((step): StepRecord => ({ ...step, outcome: "blocked", because: "the server stopped answering" }))
  })

  const sign = (attempt: number) =>
    ({
      scenario: "breaker",
      step: "sign-of-life",
      attempt,
      method: "GET",
      url: target.api("metadata"),
      headers: { accept: "application/fhir+json" },
      auth: "none",
      body: "text"
    }) as const

  return {
    recorder,
    /** Runs a scenario. Records of steps whose fate is open come later, with a step or with `rest`. */
    run: (scenario: Scenario) =>
      Effect.forEach(scenario.steps, (step) =>
        Effect.map(record(scenario, step), (records) => {
          for (const one of records) settled.set(one.step, one)
          return records
        })
      ).pipe(Effect.map((records) => records.flat())),
    /** The records that are still open when nothing more is asked. */
    rest: (): ReadonlyArray<StepRecord> => unanswered.splice(0),
    /** Asks nothing more: all further steps are blocked, for this reason. */
    stop: (because: string): void => {
      stopped = because
    },
    /** Cancels what this run started and left running, wanted or not. Safe to call again. */
    cleanUp: Effect.suspend(() => {
      const urls = [...openJobs]
      openJobs.clear()
      const fresh = isOutdated && urls.length > 0 && target.auth !== "none" ? Effect.ignore(getToken) : Effect.void
      const cancels = Effect.forEach(
        stopped !== undefined && unanswered.length === 0 && silences >= patience ? [] : urls,
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
      return Effect.andThen(fresh, cancels)
    })
  }
})

const isKickOff = (url: string): boolean => url.includes("$export")

export type Engine = Effect.Success<ReturnType<typeof makeEngine>>
