import { join } from "node:path"
import type { PolicyOptions } from "@bcda-kit/core"
import { kickOff, login } from "../Bcda.ts"
import { bundled } from "../Bundled.ts"
import { measured, startServer, temporary } from "../Measured.ts"
import type { SampleLine } from "../Record.ts"

/** What `clients/Follow.ts` is asked to do. */
export interface Following {
  readonly baseUrl: string
  readonly credentials: { readonly clientId: string; readonly clientSecret: string }
  readonly policy: PolicyOptions
  /** URLs of the jobs' states. */
  readonly jobs: ReadonlyArray<string>
}

/** What it says about it. */
export interface Followed {
  readonly seconds: number
  readonly completed: number
  readonly looks: number
  /** How late the latest look was, in parts of the pause before it. */
  readonly latest: number
  /** Seconds. */
  readonly longestInterval: number
  /** The most requests within any window of the budget. */
  readonly mostInWindow: number
  readonly budget: number
}

/** The client's process must stay below this. */
const memoryLimit = 350e6
/** A look may be late by this part of the pause before it. */
const latest = 0.1
/** Five times as fast as life: BCDA's requests of five minutes in one. What waits is real, and the machine has five times as much to do. */
const policy: PolicyOptions = {
  budget: { window: "60 seconds" },
  poll: { initial: "1 second", max: "6 seconds" }
}
/** Long enough for every job to be looked at several times. */
const pendingMillis = 100_000

/**
 * Many exports are followed at once in one process, from their start to their manifests, while their server has a process of its own. Fails if
 * a look is late, if more is asked than the budget allows, if a job is lost, or if the process takes too much memory.
 */
export const follow = async (jobs: number, record: (line: SampleLine) => void): Promise<void> => {
  await using server = await startServer("Sandbox.ts", { enrollees: 1, pendingMillis })
  const authorization = await login(server.baseUrl, "small")
  const urls: Array<string> = []
  for (let n = 0; n < jobs; n++) urls.push(await kickOff(server.baseUrl, authorization))
  const asked: Following = {
    baseUrl: server.baseUrl,
    credentials: { clientId: "sandbox-small", clientSecret: "not-a-secret-small" },
    policy,
    jobs: urls
  }
  using folder = temporary()
  const program = await bundled(join(import.meta.dirname, "..", "clients", "Follow.ts"), folder.path)
  const { stdout, cpuSeconds, peakRssBytes } = await measured(process.execPath, [program, JSON.stringify(asked)])
  const told: Followed = JSON.parse(stdout)
  const { budget, completed, latest: worst, longestInterval, looks, mostInWindow, seconds } = told
  record({
    kind: "sample",
    suite: "follow",
    case: `${jobs} jobs`,
    round: 1,
    seconds,
    bytes: 0,
    ...(cpuSeconds === undefined ? {} : { cpuSeconds }),
    ...(peakRssBytes === undefined ? {} : { peakRssBytes }),
    more: { jobs, looks, latest: worst, longestInterval, mostInWindow, budget }
  })
  console.error(
    `follow  ${jobs} jobs ${seconds.toFixed(1)} s, ${looks} looks every ${longestInterval.toFixed(1)} s or more often, the latest ${(worst * 100).toFixed(1)} % late; ${mostInWindow} of ${budget} requests; ${((peakRssBytes ?? 0) / 1e6).toFixed(0)} MB, ${cpuSeconds ?? "?"} s CPU`
  )
  if (completed !== jobs) throw new Error(`${completed} of ${jobs} jobs came to an end`)
  if (worst > latest) throw new Error(`a look was late by ${(worst * 100).toFixed(1)} % of the pause before it`)
  if (mostInWindow > budget) throw new Error(`${mostInWindow} requests in a window of ${budget}`)
  if (peakRssBytes !== undefined && peakRssBytes > memoryLimit)
    throw new Error(`it took ${peakRssBytes} bytes of memory`)
}
