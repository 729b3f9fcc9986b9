/**
 * What answers look like, without any value in them: statuses, names of headers, types of content, and the paths in JSON with the types that are
 * there. Two runs against a server that has not changed have the same shape, whatever day it is.
 */
import { type CaptureLine, type Exchange } from "../Exchange.ts"

/** Facts of each step, as short texts. */
export type WireShape = ReadonlyMap<string, ReadonlySet<string>>

// They come and go with the network, the day, or how much there was to say.
const passing = new Set(["age", "connection", "content-length", "date", "keep-alive", "transfer-encoding", "via"])

const typeOf = (value: unknown): string => {
  if (value === null) return "null"
  return Array.isArray(value) ? "array" : typeof value
}

const pathsOf = (value: unknown, path: string, facts: Set<string>): void => {
  facts.add(`${path}: ${typeOf(value)}`)
  if (Array.isArray(value)) for (const item of value) pathsOf(item, `${path}[]`, facts)
  else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) pathsOf(member, `${path}.${name}`, facts)
  }
}

const bodyFacts = ({ response }: Exchange): ReadonlySet<string> => {
  const facts = new Set<string>()
  const body = response?.body
  if (body === undefined) return facts
  if (body.kind === "empty") return facts.add("an empty body")
  if (body.kind === "text") {
    try {
      pathsOf(JSON.parse(body.text), "body $", facts)
    } catch {
      facts.add("a body that is not one JSON document")
    }
    return facts
  }
  facts.add(`a file, gzip ${body.gzip}, ${body.complete ? "whole" : "cut"}`)
  for (const type of Object.keys(body.types)) facts.add(`lines of ${type}`)
  for (const name of body.first?.members ?? []) facts.add(`a first line with ${name}`)
  if (body.badLines > 0) facts.add("lines that are not JSON")
  if (body.blankLines > 0) facts.add("blank lines")
  if (body.byteOrderMark) facts.add("a byte order mark")
  if (!body.finalNewline && body.bytes > 0) facts.add("no line end at the end")
  return facts
}

const factsOf = (exchange: Exchange): ReadonlyArray<string> => {
  const { failure, response } = exchange
  if (response === undefined) return [`no answer: ${failure ?? "unknown"}`]
  const { headers, status } = response
  const type = headers["content-type"]
  const about = [
    ...Object.keys(headers)
      .filter((name) => !passing.has(name))
      .map((name) => `header ${name}`),
    ...(type === undefined ? [] : [`content-type ${type}`]),
    ...bodyFacts(exchange)
  ]
  return [`status ${status}`, ...about.map((fact) => `${status}: ${fact}`)]
}

/** The shape of what a run saw: statuses, names of headers, paths and types in JSON, and no value. */
export const wireShapeOf = (capture: ReadonlyArray<CaptureLine>): WireShape => {
  const shape = new Map<string, Set<string>>()
  for (const line of capture) {
    if (line.kind !== "exchange") continue
    const facts = shape.get(line.step) ?? new Set()
    for (const fact of factsOf(line)) facts.add(fact)
    shape.set(line.step, facts)
  }
  return shape
}

/** A way in which the answers of a step are no longer what they were. */
export interface WireChange {
  readonly step: string
  readonly gone: ReadonlyArray<string>
  readonly come: ReadonlyArray<string>
}

const statusOf = (fact: string): string => /^(?:status )?(\d{3})/.exec(fact)?.[1] ?? ""

const hasStatus = (facts: ReadonlySet<string>, status: string): boolean => facts.has(`status ${status}`)

/** Whether a fact belongs to a 202 that only one of the runs has met: a job may be done at the first look, or not. */
const isByChance = (fact: string, other: ReadonlySet<string>): boolean =>
  statusOf(fact) === "202" && !hasStatus(other, "202") && other.size > 0

/** Whether all that was seen of a step is a job at work. The 202 of a kick-off is another: it says where its job is. */
const isAtWork = (facts: ReadonlySet<string>): boolean =>
  facts.size > 0 && [...facts].every((fact) => statusOf(fact) === "202") && !facts.has("202: header content-location")

/** Whether one run has asked for a job's state while it was at work, and the other when it was done: two answers that say nothing of each other. */
const isAnotherMoment = (old: ReadonlySet<string>, now: ReadonlySet<string>): boolean =>
  (isAtWork(old) && hasStatus(now, "200")) || (isAtWork(now) && hasStatus(old, "200"))

/** What is different. Steps that only one of the runs has are left out: the suite or its target is another then, not the wire. */
export const wireChanges = (before: WireShape, after: WireShape): ReadonlyArray<WireChange> =>
  [...before].flatMap(([step, old]) => {
    const now = after.get(step)
    if (now === undefined || isAnotherMoment(old, now)) return []
    const isPolled = hasStatus(old, "200") && hasStatus(now, "200")
    const missing = (from: ReadonlySet<string>, other: ReadonlySet<string>) =>
      [...from].filter((fact) => !other.has(fact) && !(isPolled && isByChance(fact, other))).toSorted()
    const change = { step, gone: missing(old, now), come: missing(now, old) }
    return change.gone.length + change.come.length === 0 ? [] : [change]
  })
