/** What a bar on a terminal says, as plain text: nothing here knows of a terminal but its width. */
import type { SinceLastEvent } from "@bcda-kit/core/node"
import { bytes, span } from "./Output.ts"

/** A file on its way. */
interface Underway {
  readonly bytes: number
  /** What is to be said of it besides its size. */
  readonly remark?: string
}

/** All that was seen of an export so far. */
export interface Seen {
  readonly state: string
  /** Unknown before the manifest: until then the bar stands empty beside what the server says. */
  readonly files: number | undefined
  readonly done: number
  /** Of this run, without what an earlier one had saved. */
  readonly doneHere: number
  readonly doneBytes: number
  readonly underway: ReadonlyMap<string, Underway>
  /** How many bytes had come when, for as long as the rate is taken over. */
  readonly samples: ReadonlyArray<readonly [at: number, bytes: number]>
}

export const nothing: Seen = {
  state: "starting",
  files: undefined,
  done: 0,
  doneHere: 0,
  doneBytes: 0,
  underway: new Map(),
  samples: []
}

/** Over how many milliseconds the rate is taken: long enough to be calm, short enough to tell that nothing comes any more. */
const window = 10_000

const sizeOf = ({ doneBytes, underway }: Seen): number =>
  [...underway.values()].reduce((sum, file) => sum + file.bytes, doneBytes)

/** Remembers how much there is now, and forgets what is too old but for the last of it, where the window begins. */
const sampled = (seen: Seen, now: number): Seen => {
  const samples = [...seen.samples, [now, sizeOf(seen)] as const]
  const first = samples.findLastIndex(([at]) => at <= now - window)
  return { ...seen, samples: samples.slice(Math.max(first, 0)) }
}

/** What is seen after one more event; `now` in milliseconds. */
export const see = (seen: Seen, event: SinceLastEvent, now: number): Seen => {
  switch (event._tag) {
    case "RunBegun":
      return nothing
    case "KickedOff":
      return { ...seen, state: `job ${event.job.jobId} started` }
    case "Resumed":
      return { ...seen, state: `job ${event.job.jobId} resumed`, done: event.filesDone }
    case "Waiting":
      return { ...seen, state: event.percent === undefined ? event.state : `${event.state} ${event.percent}%` }
    case "ManifestReceived":
      return sampled({ ...seen, files: event.files }, now)
    case "FileProgress":
      return sampled({ ...seen, underway: new Map(seen.underway).set(event.path, { bytes: event.bytes }) }, now)
    case "FileRetry": {
      const remark = `again (${event.attempt})`
      return { ...seen, underway: new Map(seen.underway).set(event.path, { bytes: 0, remark }) }
    }
    case "FileDone": {
      const underway = new Map(seen.underway)
      underway.delete(event.file.path)
      const [done, doneHere] = [seen.done + 1, seen.doneHere + 1]
      return sampled({ ...seen, underway, done, doneHere, doneBytes: seen.doneBytes + event.file.bytes }, now)
    }
    default:
      return seen
  }
}

/** Bytes in a second, over the window; unknown until a second of it is over. */
const rateOf = (seen: Seen, now: number): number | undefined => {
  const [first] = seen.samples
  if (first === undefined || now - first[0] < 1000) return undefined
  return Math.max(0, ((sizeOf(seen) - first[1]) * 1000) / (now - first[0]))
}

/** Seconds that are left if the files to come are as large as those that came; the server does not tell their sizes. */
const leftOf = (seen: Seen, rate: number | undefined): number | undefined => {
  const { done, doneBytes, doneHere, files, underway } = seen
  if (files === undefined || doneHere === 0 || rate === undefined || rate === 0) return undefined
  const usual = doneBytes / doneHere
  const begun = [...underway.values()].reduce((sum, file) => sum + Math.min(file.bytes, usual), 0)
  return Math.max(0, (files - done) * usual - begun) / rate
}

const barOf = (progress: number, size: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, progress)) * size)
  return "█".repeat(full) + "░".repeat(size - full)
}

/** Cuts a text that is too long, at its end. */
const cut = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`

/** Shortens a path in its middle, so that its type and its ending stay. */
const shortened = (path: string, columns: number): string => {
  if (path.length <= columns) return path
  const tail = Math.floor((columns - 1) / 2)
  return tail <= 0 ? cut(path, columns) : `${path.slice(0, columns - 1 - tail)}…${path.slice(-tail)}`
}

const joined = (parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined).join(" · ")

/** The line about all of it: as much as there is room for. */
const totalLine = (seen: Seen, now: number, columns: number): string => {
  const { done, files, state } = seen
  if (files === undefined) return cut(`${barOf(0, columns < 60 ? 10 : 20)} ${state}`, columns)
  const perSecond = rateOf(seen, now)
  const left = leftOf(seen, perSecond)
  const rate = perSecond === undefined ? undefined : `${bytes(Math.round(perSecond))}/s`
  const time = left === undefined ? undefined : span(left)
  const size = bytes(sizeOf(seen))
  const progress = files === 0 ? 0 : done / files
  const choices = [
    `${barOf(progress, 20)} ${joined([`${done}/${files} files`, size, rate, time && `about ${time} left`])}`,
    `${barOf(progress, 10)} ${joined([`${done}/${files}`, size, rate, time])}`,
    `${barOf(progress, 5)} ${joined([`${done}/${files}`, rate, time])}`,
    joined([`${done}/${files}`, time])
  ]
  return choices.find((line) => line.length <= columns) ?? cut(`${done}/${files}`, columns)
}

const fileLine = (path: string, file: Underway, columns: number): string => {
  const said = `  ${file.remark ?? bytes(file.bytes)}`
  return cut(`  ${shortened(path, Math.max(1, columns - 2 - said.length))}${said}`, columns)
}

/** What a terminal of so many columns shows: a line about all, and one for each file on its way, `most` lines in all. */
export const linesOf = (seen: Seen, now: number, columns: number, most: number): ReadonlyArray<string> => {
  // The last column stays free: some terminals go to the next line with it.
  const room = Math.max(1, columns - 1)
  const files = [...seen.underway].slice(0, Math.max(0, most - 1))
  return [totalLine(seen, now, room), ...files.map(([path, file]) => fileLine(path, file, room))]
}
