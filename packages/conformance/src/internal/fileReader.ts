/**
 * Reads an NDJSON file as it streams past and keeps only what checks need: counts, digests, names. One line is in memory at a time.
 */
import { createHash, createHmac } from "node:crypto"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGunzip } from "node:zlib"
import type { FileFacts, Spot } from "../Exchange.ts"
import { hasDoubledMember } from "./doubled.ts"
import { at } from "./reading.ts"

/** How many lines of a kind are worth finding again. */
const keptSpots = 20

/** A line beyond this is not kept in memory; it counts as bad. Real ExplanationOfBenefit lines stay below 1 MB. */
const longestLine = 32 * 1024 * 1024

/** People of so many are told apart; of more, nothing is kept. */
const mostPatients = 5000

const newline = 0x0a

/** Severities of issues. Whatever else stands there is not kept: it may be anything. */
const known: ReadonlySet<string> = new Set(["fatal", "error", "warning", "information", "success"])

const negative = /^-\d+$/

/** The id of the person that a resource is, or is about; undefined when it names none. */
const personOf = (resource: object): string | undefined => {
  if (at(resource, ["resourceType"]) === "Patient") {
    const id = at(resource, ["id"])
    return typeof id === "string" ? id : undefined
  }
  for (const member of ["patient", "beneficiary", "subject"]) {
    const reference = at(resource, [member, "reference"])
    const id = typeof reference === "string" ? /(?:^|\/)Patient\/([^/]+)$/.exec(reference)?.[1] : undefined
    if (id !== undefined) return id
  }
  return undefined
}

/**
 * Bytes 32 to 63 of a file: few enough to be in every file, behind what all gzip streams begin with. They are what a part of a file is asked
 * for and compared by.
 */
export const part = { from: 32, to: 64 } as const

/** What a file consists of, fed chunk by chunk. Pure counting: no I/O, no clock. */
const makeCounter = (salt: string) => {
  const digest = createHash("sha256")
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  const types = new Map<string, number>()
  const spots = { bad: new Array<Spot>(), blank: new Array<Spot>(), withoutType: new Array<Spot>() }
  const firsts = new Map<string, Spot>()
  const ids = new Set<string>()
  const patients = new Set<string>()
  const severities = new Map<string, number>()
  let [bytes, lines, blankLines, badLines, withoutType, withoutId] = [0, 0, 0, 0, 0, 0]
  let [repeatedIds, doubledMembers, positivePatients] = [0, 0, 0]
  let byteOrderMark = false
  let lineStart = 0
  let last = newline
  let first: { bytes: number; members: ReadonlyArray<string> } | undefined
  let held: Array<Uint8Array> = []
  let heldBytes = 0

  const takeLine = (raw: Uint8Array, offset: number) => {
    lines++
    const spot = { line: lines, offset }
    const mark = (list: Array<Spot>) => {
      if (list.length < keptSpots) list.push(spot)
    }
    const bad = () => {
      badLines++
      mark(spots.bad)
    }
    if (raw.byteLength > longestLine) return bad()
    let text: string
    try {
      text = decoder.decode(raw)
    } catch {
      return bad()
    }
    if (lines === 1 && text.startsWith("\uFEFF")) {
      byteOrderMark = true
      text = text.slice(1)
    }
    if (text.trim() === "") {
      blankLines++
      return mark(spots.blank)
    }
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return bad()
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) return bad()
    const members = Object.keys(value)
    first ??= { bytes: raw.byteLength, members }
    const type = "resourceType" in value ? value.resourceType : undefined
    if (typeof type === "string" && type !== "") {
      types.set(type, (types.get(type) ?? 0) + 1)
      if (!firsts.has(type)) firsts.set(type, spot)
    } else {
      withoutType++
      mark(spots.withoutType)
    }
    if (!("id" in value) || typeof value.id !== "string" || value.id === "") withoutId++
    else if (ids.has(`${String(type)}/${value.id}`)) repeatedIds++
    else ids.add(`${String(type)}/${value.id}`)
    if (hasDoubledMember(text.trim(), value)) doubledMembers++
    takePerson(personOf(value))
    const issues = type === "OperationOutcome" ? at(value, ["issue"]) : undefined
    for (const issue of Array.isArray(issues) ? issues : []) {
      const given = String(at(issue, ["severity"]))
      const severity = known.has(given) ? given : "other"
      severities.set(severity, (severities.get(severity) ?? 0) + 1)
    }
  }

  const takePerson = (id: string | undefined) => {
    if (id === undefined) return
    if (!negative.test(id)) positivePatients++
    if (patients.size <= mostPatients) patients.add(createHmac("sha256", salt).update(id).digest("hex").slice(0, 12))
  }

  const push = (chunk: Uint8Array) => {
    digest.update(chunk)
    const before = bytes
    bytes += chunk.byteLength
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const rest = chunk.subarray(start, end)
      takeLine(held.length === 0 ? rest : Buffer.concat([...held, rest]), lineStart)
      held = []
      heldBytes = 0
      start = end + 1
      lineStart = before + start
    }
    if (start < chunk.byteLength && heldBytes <= longestLine) {
      held.push(chunk.slice(start))
      heldBytes += chunk.byteLength - start
    }
    if (chunk.byteLength > 0) last = chunk[chunk.byteLength - 1] ?? last
  }

  const finish = () => {
    if (heldBytes > 0) takeLine(Buffer.concat(held), lineStart)
    return {
      bytes,
      sha256: digest.digest("hex"),
      lines,
      blankLines,
      badLines,
      types: Object.fromEntries(types),
      withoutType,
      withoutId,
      spots: { ...spots, types: Object.fromEntries(firsts) },
      repeatedIds,
      doubledMembers,
      positivePatients,
      ...(patients.size > mostPatients ? {} : { patients: [...patients].toSorted() }),
      severities: Object.fromEntries(severities),
      byteOrderMark,
      finalNewline: bytes === 0 || last === newline,
      ...(first === undefined ? {} : { first })
    }
  }
  return { push, finish }
}

const isGzip = (chunk: Uint8Array): boolean => chunk[0] === 0x1f && chunk[1] === 0x8b

const codeOf = (error: unknown): string => {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string")
    return error.code
  return error instanceof Error ? error.name : "unknown"
}

/**
 * Reads a body to its end. Never rejects: a body that breaks off or cannot be inflated gives facts with `complete: false`.
 * `source` must be the bytes of the wire, not inflated by a helpful `fetch`. `salt` is secret and the run's own.
 */
export const readFile = async (
  source: AsyncIterable<Uint8Array>,
  options: {
    readonly announced: boolean
    readonly salt: string
    readonly signal: AbortSignal
    /** It is what came of asking for the `part`, so that this begins with its first byte. */
    readonly partial?: boolean
  }
): Promise<FileFacts> => {
  const counter = makeCounter(options.salt)
  const tag = createHmac("sha256", options.salt)
  const [from, to] = options.partial === true ? [0, part.to - part.from] : [part.from, part.to]
  let wireBytes = 0
  let brokeOff: string | undefined
  let gzip: FileFacts["gzip"] = "none"

  const wire = async function* () {
    try {
      for await (const chunk of source) {
        tag.update(chunk.subarray(Math.max(0, from - wireBytes), Math.max(0, to - wireBytes)))
        wireBytes += chunk.byteLength
        yield chunk
      }
    } catch (error) {
      brokeOff = `the body broke off (${codeOf(error)})`
      throw error
    }
  }
  // two bytes tell gzip from NDJSON, and a first chunk of one byte is legal
  const iterator = wire()
  let head: Uint8Array = new Uint8Array(0)
  let problem: string | undefined
  try {
    while (head.byteLength < 2) {
      const next = await iterator.next()
      if (next.done === true) break
      head = Buffer.concat([head, next.value])
    }
    if (head.byteLength > 0) {
      if (isGzip(head)) gzip = options.announced ? "announced" : "unannounced"
      else if (options.announced) gzip = "false"
    }
    const rest = async function* () {
      if (head.byteLength > 0) yield head
      yield* iterator
    }
    const count = async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) counter.push(chunk)
    }
    const readable = Readable.from(rest(), { objectMode: false })
    if (gzip === "announced" || gzip === "unannounced") {
      await pipeline(readable, createGunzip(), count, { signal: options.signal })
    } else {
      await pipeline(readable, count, { signal: options.signal })
    }
  } catch (error) {
    problem = brokeOff ?? `the body could not be read (${codeOf(error)})`
  }
  return {
    kind: "file",
    wireBytes,
    ...(wireBytes < to ? {} : { part: tag.digest("hex").slice(0, 12) }),
    gzip,
    complete: problem === undefined,
    ...(problem === undefined ? {} : { problem }),
    ...counter.finish()
  }
}
