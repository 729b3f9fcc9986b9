import { BcdaClient, type JobRef } from "@bcda-kit/core"
import { exportEvents } from "@bcda-kit/core/node"
import type { FaultInstruction, FaultName, FaultPlace } from "@bcda-kit/sandbox"
import { Deferred, Effect, Exit, Fiber, Stream } from "effect"
import { attempt, type Ended, exportInto, newTrace, optionsOf, type Setup, type Trace } from "./Client.ts"
import { contentsOf } from "./Directory.ts"
import type { Often } from "./Expected.ts"
import { instructionsOf } from "./Instructions.ts"
import { flawsOfComplete, flawsOfFailed, leaks, type Whole } from "./Judge.ts"
import { asynchronous, jobsOf, logIn, plain } from "./Plain.ts"
import { passing, servedNow, wholeExport } from "./Served.ts"
import type { World } from "./World.ts"

/** What has happened before the client meets the fault. */
export type Prologue =
  /** A kick-off whose answer was lost, so that the list of jobs is asked for one that is there. */
  | "answer lost"
  /** A kick-off that never arrived, so that the list of jobs is asked for one that is not there. */
  | "kick-off lost"
  /** Another job of the same organization, for patients only, that is done. */
  | "earlier job"
  /** An interrupted run, whose job somebody else has cancelled. */
  | "cancelled by others"

/** One fault at one place, once or for ever, met by a client. */
export interface Cell {
  readonly fault: FaultName
  readonly where: FaultPlace | ReadonlyArray<FaultPlace>
  readonly often: Often
  readonly options?: Readonly<Record<string, unknown>>
  /** What else goes wrong, so that the client gets to the fault. */
  readonly before?: ReadonlyArray<FaultInstruction>
  readonly prologue?: Prologue
  readonly setup?: Setup
}

/** What came of a cell. */
export interface Seen {
  readonly outcome: string
  /** How often the fault changed something. */
  readonly struck: number
  /** What must not be, whatever the outcome. */
  readonly flaws: ReadonlyArray<string>
}

const outcomeOf = (ended: Ended): string =>
  ended._tag === "Complete" ? "complete" : ended._tag === "Failed" ? ended.error.reason._tag : ended._tag

const struckIn = async ({ running }: World): Promise<number> => (await running.faults.list()).at(-1)?.struck ?? 0

/** The client that goes on once all is well: with good credentials, and nothing else changed. */
const healthy = (setup: Setup): Setup => ({ ...setup, auth: undefined, secret: undefined })

const jobsNow = async ({ running }: World, { persona }: Setup) =>
  jobsOf(running.baseUrl, await logIn(running.baseUrl, persona))

/** Interrupts an export at its first look at a job that runs, and gives that job. */
const interrupted = async (
  world: World,
  setup: Setup,
  trace: Trace,
  directory: string,
  cancelOnInterrupt: boolean
): Promise<JobRef | undefined> => {
  let job: JobRef | undefined
  const work = Effect.gen(function* () {
    const waiting = yield* Deferred.make<void>()
    const run = exportEvents({ ...optionsOf(setup, directory), cancelOnInterrupt }).pipe(
      Stream.runForEach((event) => {
        trace.told.push(JSON.stringify(event))
        if (event._tag === "KickedOff") job = event.job
        return event._tag === "Waiting" ? Deferred.succeed(waiting, undefined) : Effect.void
      })
    )
    const fiber = yield* Effect.forkChild(run)
    yield* Effect.raceFirst(Deferred.await(waiting), Fiber.await(fiber))
    yield* Fiber.interrupt(fiber)
  })
  const exit = await attempt(world, setup, trace, work)
  return exit !== "hang" && Exit.isSuccess(exit) ? job : undefined
}

/** Brings a prologue about; gives the number of jobs that are not the export's own. */
const tell = async (world: World, cell: Cell, directory: string): Promise<number> => {
  const { running } = world
  const setup = healthy(cell.setup ?? {})
  switch (cell.prologue) {
    case undefined:
      return 0
    case "earlier job": {
      const authorization = await logIn(running.baseUrl, setup.persona)
      const { version = "v3" } = setup
      const path = `${running.baseUrl}/api/${version}/Group/all/$export?_type=Patient`
      await plain(path, { ...asynchronous, authorization })
      await passing(world.clock, "1 minute")
      return 1
    }
    case "cancelled by others": {
      const job = await interrupted(world, setup, newTrace(), directory, false)
      const authorization = await logIn(running.baseUrl, setup.persona)
      await plain(job?.statusUrl ?? "", { authorization }, "DELETE")
      return 0
    }
    default: {
      const fault = cell.prologue === "answer lost" ? "kick-off-answer-lost" : "closed"
      await running.faults.set([{ fault, where: "kick-off", times: 1 }])
      const ended = await exportInto(world, setup, newTrace(), directory)
      if (outcomeOf(ended) !== "Unreachable") throw new Error(`the prologue ended with ${outcomeOf(ended)}`)
      return 0
    }
  }
}

/** Runs an export again after its fault has gone. Gives what to add to the outcome, and what is wrong. */
const resuming = async (world: World, setup: Setup, directory: string, expected: Whole) => {
  const flaws: Array<string> = []
  const run = async (into: string) => {
    const trace = newTrace()
    const ended = await exportInto(world, setup, trace, into)
    flaws.push(...leaks(world, trace, contentsOf(into)))
    return ended
  }
  const isComplete = (ended: Ended, into: string) => {
    if (ended._tag !== "Complete") return false
    flaws.push(...flawsOfComplete(ended.receipt, contentsOf(into), expected))
    return true
  }
  const isLost = (ended: Ended) => outcomeOf(ended) === "CannotResume"

  const finished = contentsOf(directory).files
  const before = world.running.log.entries().at(-1)?.sequence ?? 0
  const again = await run(directory)
  for (const { path } of finished) {
    const target = `/${path.split("/").at(-1)?.replace(/\.gz$/, "")}`
    const asked = world.running.log.entries({ area: "file", after: before, target })
    if (asked.length > 0) flaws.push(`${path} was finished, and fetched again`)
  }
  if (isComplete(again, directory)) return { more: "", flaws }
  let more = ", job lost"
  if (outcomeOf(again) === "GaveUp" && again._tag === "Failed" && again.error.reason._tag === "GaveUp") {
    const { jobId } = again.error.reason
    await attempt(
      world,
      setup,
      newTrace(),
      Effect.flatMap(BcdaClient, (client) => client.cancel(jobId))
    )
    more = ", job stuck"
    if (!isLost(await run(directory))) flaws.push("it cannot go on, even after its job was cancelled")
  } else if (!isLost(again)) flaws.push(`run again, it ends with ${outcomeOf(again)}`)
  const fresh = world.directory()
  if (!isComplete(await run(fresh), fresh)) flaws.push("a new directory is not complete either")
  return { more, flaws }
}

/** Runs an export under the fault, and then, if that failed, the same one without it. */
const exporting = async (world: World, cell: Cell): Promise<Seen> => {
  const { running } = world
  const setup = cell.setup ?? {}
  const directory = world.directory()
  const expected = await wholeExport(world, setup)
  const others = await tell(world, cell, directory)
  await running.faults.set(instructionsOf(world, cell))
  const trace = newTrace()
  const ended = await exportInto(world, setup, trace, directory)
  const struck = await struckIn(world)
  const contents = contentsOf(directory)
  const flaws = [...leaks(world, trace, contents)]
  let outcome = outcomeOf(ended)
  let jobs = others + 1
  if (ended._tag === "Complete") {
    if (flawsOfComplete(ended.receipt, contents, expected).length > 0) {
      outcome = "as served"
      flaws.push(...flawsOfComplete(ended.receipt, contents, await servedNow(world, ended.receipt)))
    }
    await running.faults.clear()
  } else {
    await running.faults.clear()
    flaws.push(...flawsOfFailed(contents, expected))
    const again = await resuming(world, healthy(setup), directory, expected)
    flaws.push(...again.flaws)
    outcome += again.more
    if (again.more !== "") jobs++
  }
  const started = (await jobsNow(world, setup)).size
  if (started === jobs + 1) outcome += ", second job"
  else if (started !== jobs) flaws.push(`there are ${started} jobs, and not ${jobs}`)
  return { outcome, struck, flaws }
}

/** An export that is interrupted while its job runs, and then cancels it. */
const cancelling = async (world: World, cell: Cell): Promise<Seen> => {
  const setup = cell.setup ?? {}
  const directory = world.directory()
  const expected = await wholeExport(world, setup)
  await world.running.faults.set(instructionsOf(world, cell))
  const trace = newTrace()
  const job = await interrupted(world, setup, trace, directory, true)
  const struck = await struckIn(world)
  await world.running.faults.clear()
  // What a server does with a cancel shows when the job would have been done.
  await passing(world.clock, "1 minute")
  const contents = contentsOf(directory)
  const flaws = [...leaks(world, trace, contents), ...flawsOfFailed(contents, expected)]
  if (job === undefined) flaws.push("the interruption did not end in order")
  const isCancelled = (await jobsNow(world, setup)).get(job?.jobId ?? "") === "cancelled"
  const again = await resuming(world, healthy(setup), directory, expected)
  flaws.push(...again.flaws)
  const started = (await jobsNow(world, setup)).size
  const outcome = isCancelled ? "cancelled" : started === 1 ? "job runs on" : "job runs on, second job"
  if (isCancelled && started !== 2) flaws.push(`there are ${started} jobs, and not 2`)
  return { outcome, struck, flaws }
}

/** A question of its own, asked under the fault and again without it. */
const asking = async (world: World, cell: Cell, place: "attribution" | "metadata"): Promise<Seen> => {
  const question = Effect.flatMap(
    BcdaClient,
    (client): Effect.Effect<unknown, { readonly reason: { readonly _tag: string } }> => client[place]
  )
  const ask = async (trace: Trace, setup: Setup) => {
    const exit = await attempt(world, setup, trace, question)
    if (exit === "hang") return { outcome: "Hang", answer: undefined }
    if (Exit.isSuccess(exit)) return { outcome: "answered", answer: timeless(exit.value) }
    const [reason] = exit.cause.reasons
    return { outcome: reason?._tag === "Fail" ? reason.error.reason._tag : "Defect", answer: undefined }
  }
  const setup = cell.setup ?? {}
  const undisturbed = await ask(newTrace(), healthy(setup))
  await world.running.faults.set(instructionsOf(world, cell))
  const trace = newTrace()
  const { answer, outcome } = await ask(trace, setup)
  const struck = await struckIn(world)
  await world.running.faults.clear()
  const flaws = [...leaks(world, trace, contentsOf(world.directory()))]
  if ((await ask(newTrace(), healthy(setup))).answer !== undisturbed.answer) {
    flaws.push("asked again, it is not answered as before")
  }
  return { outcome: outcome === "answered" && answer !== undisturbed.answer ? "as served" : outcome, struck, flaws }
}

/** An answer without the time at which it was given. */
const timeless = (answer: unknown): string =>
  JSON.stringify(answer, (key, value: unknown) => (key === "date" ? undefined : value))

/** Lets the client meet the fault at the stage where it strikes. */
export const runCell = async (world: World, cell: Cell): Promise<Seen> => {
  await world.running.reset()
  world.elsewhere.seen.length = 0
  switch (cell.where) {
    case "cancel":
      return cancelling(world, cell)
    case "attribution":
    case "metadata":
      return asking(world, cell, cell.where)
    case "jobs":
      return exporting(world, { prologue: "answer lost", ...cell })
    default:
      return exporting(world, cell)
  }
}
