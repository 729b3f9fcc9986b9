import { execFileSync } from "node:child_process"
import { appendFileSync, readFileSync, writeFileSync } from "node:fs"
import { arch, cpus, loadavg, release, totalmem, type } from "node:os"

/** Where and with what a run was taken. The first line of a results file. */
export interface MachineLine {
  readonly kind: "machine"
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
  readonly tools: Readonly<Record<string, string>>
  readonly takenAt: string
  /** How many processes wanted to run in the minute before: more than none, and single times are not to be trusted. */
  readonly busy: number
}

/** One run of one case. Figures that the platform does not give are absent. */
export interface SampleLine {
  readonly kind: "sample"
  readonly suite: string
  readonly case: string
  readonly round: number
  /** The case of the same suite that this one is compared with. */
  readonly against?: string
  /** How many times the time of that case this one may take. */
  readonly most?: number
  /** Wall time of what was measured, seconds. */
  readonly seconds: number
  /** What went through: plain bytes, or bytes on the wire where the suite says so. 0 where it is not about bytes. */
  readonly bytes: number
  /** User and system time of the measured process alone, seconds. */
  readonly cpuSeconds?: number
  /** Largest resident set of the measured process alone, bytes. */
  readonly peakRssBytes?: number
  /** Figures of this suite only. */
  readonly more?: Readonly<Record<string, number>>
}

export type ResultLine = MachineLine | SampleLine
export type Sample = Omit<SampleLine, "kind" | "suite" | "case" | "round" | "against" | "most">

/** First line of what a tool says about itself; undefined when it is not there. */
export const versionOf = (command: string, args: ReadonlyArray<string>): string | undefined => {
  try {
    const said = execFileSync("sh", ["-c", '"$0" "$@" 2>&1', command, ...args], { encoding: "utf8" })
    return /\d+(\.\d+)+/.exec(said)?.[0]
  } catch {
    return undefined
  }
}

const machine = (): MachineLine => {
  const tools = {
    node: process.versions.node,
    curl: versionOf("curl", ["--version"]),
    nginx: versionOf("nginx", ["-v"])
  }
  return {
    kind: "machine",
    cpu: cpus()[0]?.model ?? arch(),
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    tools: Object.fromEntries(Object.entries(tools).filter((tool): tool is [string, string] => tool[1] !== undefined)),
    takenAt: new Date().toISOString().slice(0, 10),
    busy: loadavg()[0] ?? 0
  }
}

/** A results file: the machine, then samples as they are taken. An earlier file is replaced. */
export const startResults = (path: string) => {
  writeFileSync(path, `${JSON.stringify(machine())}\n`)
  return (line: SampleLine): void => appendFileSync(path, `${JSON.stringify(line)}\n`)
}

export const readResults = (path: string): ReadonlyArray<ResultLine> =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line): ResultLine => JSON.parse(line))
