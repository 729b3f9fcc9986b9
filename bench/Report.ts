import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type MachineLine, type ResultLine, readResults, type SampleLine } from "./Record.ts"

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2
}

const medianOf = (samples: ReadonlyArray<SampleLine>, pick: (sample: SampleLine) => number | undefined) => {
  const known = samples.map(pick).filter((value) => value !== undefined)
  return known.length === 0 ? undefined : median(known)
}

const rate = ({ bytes, seconds }: SampleLine): number => bytes / seconds

const shown = (value: number | undefined, digits = 0): string => (value === undefined ? "" : value.toFixed(digits))

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const columns = ["case", "runs", "s", "min to max", "MB/s", "against", "CPU s/GB", "peak RSS MB"]

const seconds = (sample: SampleLine): number => sample.seconds

/** Whether anything went through whose rate could be told. */
const hasRate = (samples: ReadonlyArray<SampleLine>): boolean => samples.every(({ bytes }) => bytes > 0)

/** The medians' ratio: of times where there is a target for it or no rate, else of rates. */
const comparison = (own: ReadonlyArray<SampleLine>, measure: ReadonlyArray<SampleLine>): string => {
  const [{ against = "", most } = {}] = own
  const isOfTimes = most !== undefined || !hasRate(own)
  const pick = isOfTimes ? seconds : rate
  const ratio = (medianOf(own, pick) ?? Number.NaN) / (medianOf(measure, pick) ?? Number.NaN)
  const target = most === undefined ? "" : `; target ${most}`
  return `${ratio.toFixed(2)} x ${isOfTimes ? "the time of " : ""}${against}${target}`
}

/** One suite as a table: medians, and how each case stands to the one that it is compared with. */
const table = (samples: ReadonlyArray<SampleLine>): ReadonlyArray<string> => {
  const cases = Map.groupBy(samples, (sample) => sample.case)
  const rows = [...cases].map(([name, own]) => {
    const measure = cases.get(own[0]?.against ?? "")
    const times = own.map(seconds)
    return row([
      name,
      String(own.length),
      shown(medianOf(own, seconds), 2),
      `${Math.min(...times).toFixed(2)} to ${Math.max(...times).toFixed(2)}`,
      hasRate(own) ? shown((medianOf(own, rate) ?? 0) / 1e6) : "",
      measure === undefined || measure === own ? "" : comparison(own, measure),
      shown(
        medianOf(own, ({ bytes, cpuSeconds }) => cpuSeconds && bytes && (cpuSeconds * 1e9) / bytes),
        2
      ),
      shown(medianOf(own, ({ peakRssBytes }) => peakRssBytes && peakRssBytes / 1e6))
    ])
  })
  return [row(columns), row(columns.map(() => "---")), ...rows]
}

const described = ({ busy, cores, cpu, memoryBytes, system, takenAt, tools }: MachineLine): string => {
  const versions = Object.entries(tools).map(([name, version]) => `${name} ${version}`)
  return `${takenAt}: ${cores} x ${cpu}, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, ${system}; ${versions.join(", ")}. Load average before the run: ${busy.toFixed(1)}.`
}

const isSample = (line: ResultLine): line is SampleLine => line.kind === "sample"
const isMachine = (line: ResultLine): line is MachineLine => line.kind === "machine"

const report = (lines: ReadonlyArray<ResultLine>): string => {
  const suites = Map.groupBy(lines.filter(isSample), ({ suite }) => suite)
  const tables = [...suites].flatMap(([suite, samples]) => [`### ${suite}`, "", ...table(samples), ""])
  return [...lines.filter(isMachine).map(described), "", ...tables].join("\n")
}

const readme = join(import.meta.dirname, "README.md")
const results = join(import.meta.dirname, "results")

/** The README with the tables of every results file between its two marks, as it is and as it should be. */
export const tables = (): { readonly is: string; readonly should: string } => {
  const is = readFileSync(readme, "utf8")
  const should = readdirSync(results).reduce((text, file) => {
    const name = file.replace(".jsonl", "")
    const marks = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end of ${name} -->)`)
    const body = report(readResults(join(results, file)))
    return text.replace(marks, (_, open: string, close: string) => `${open}\n${body}\n${close}`)
  }, is)
  return { is, should }
}

export const writeReport = (): void => writeFileSync(readme, tables().should)
