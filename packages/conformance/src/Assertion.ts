/**
 * An assertion is one thing looked at in one exchange: where, what was expected, what was there, whether that holds, and whose statement it
 * is. Checks are made of them, so every verdict comes with its evidence. The functions here look at exchanges and nothing else.
 */
import type { Exchange, FileFacts, Spot } from "./Exchange.ts"
import { hasDoubledMember } from "./internal/doubled.ts"

export interface Assertion {
  readonly exchange: Exchange
  /** `status`, `header content-location`, `body $.output[0].url`, `file lines`, … */
  readonly at: string
  readonly expected: string
  readonly actual: string
  readonly holds: boolean
  /** Where in the body it is, when that is a matter of lines and bytes. */
  readonly spot?: Spot | undefined
  /** Of its check's requirements, those that a breach would break. Absent: all of them. */
  readonly requirements?: ReadonlyArray<string>
}

/** Longer values are cut in reports; they were redacted when they were recorded. */
const longest = 160

const show = (value: unknown): string => {
  const text = value === undefined ? "nothing" : typeof value === "string" ? value : JSON.stringify(value)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** What there was instead of an answer. */
const silence = (exchange: Exchange): string => `no answer (${exchange.failure ?? "unknown"})`

/** The general form; the others are made of it. Never holds without an answer. */
export const assertion = (
  exchange: Exchange,
  at: string,
  expected: string,
  actual: unknown,
  holds: boolean
): Assertion => ({
  exchange,
  at,
  expected,
  actual: exchange.response === undefined ? silence(exchange) : show(actual),
  holds: exchange.response !== undefined && holds
})

/** The same assertions, as breaches of these requirements only: for checks that stand for several of unequal weight. */
export const citing = (
  requirements: ReadonlyArray<string>,
  ...assertions: ReadonlyArray<Assertion>
): ReadonlyArray<Assertion> => assertions.map((one) => ({ ...one, requirements }))

/** The status is one of these. */
export const status = (exchange: Exchange, allowed: ReadonlyArray<number>): Assertion =>
  assertion(
    exchange,
    "status",
    allowed.join(" or "),
    exchange.response?.status,
    exchange.response !== undefined && allowed.includes(exchange.response.status)
  )

/** The status is an error of the client's or the server's making. */
export const errorStatus = (exchange: Exchange): Assertion =>
  assertion(exchange, "status", "4XX or 5XX", exchange.response?.status, (exchange.response?.status ?? 0) >= 400)

/** The server turned the request away. 400 is legal for a token that cannot be read, 403 for one without rights. */
export const refused = (exchange: Exchange): Assertion => status(exchange, [400, 401, 403])

/** No job was started, whatever the status says. */
export const noJob = (exchange: Exchange): Assertion =>
  header(exchange, "content-location", "no job", (value) => value === undefined)

export const headerOf = (exchange: Exchange, name: string): string | undefined => exchange.response?.headers[name]

export const header = (
  exchange: Exchange,
  name: string,
  expected: string,
  holds: (value: string | undefined) => boolean
): Assertion => {
  const value = headerOf(exchange, name)
  return assertion(exchange, `header ${name}`, expected, value, holds(value))
}

/** The media type, whatever its parameters. */
export const mediaType = (exchange: Exchange, allowed: ReadonlyArray<string>): Assertion =>
  header(exchange, "content-type", allowed.join(" or "), (value) =>
    allowed.includes((value ?? "").split(";")[0]?.trim().toLowerCase() ?? "")
  )

/** The text of the body; empty for a file or an empty body. */
export const textOf = (exchange: Exchange): string =>
  exchange.response?.body.kind === "text" ? exchange.response.body.text : ""

/** The body as JSON; undefined if it is not exactly one JSON document. */
export const jsonOf = (exchange: Exchange): unknown => {
  try {
    return JSON.parse(textOf(exchange))
  } catch {
    return undefined
  }
}

/** Where a text stops being JSON; undefined where it never does. */
const brokenAt = (text: string): Spot | undefined => {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const at = /at position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1]
    const before = at === undefined ? text : text.slice(0, Number(at))
    return { line: before.split("\n").length, offset: Buffer.byteLength(before) }
  }
}

/** The body is exactly one JSON document: two back to back are none. Of a broken one the spot is that in the text that was kept. */
export const oneDocument = (exchange: Exchange): Assertion => {
  const text = textOf(exchange)
  const body = exchange.response?.body
  const spot = body?.kind === "text" && body.reduced === undefined ? brokenAt(text) : undefined
  const holds = jsonOf(exchange) !== undefined
  return { ...assertion(exchange, "body", "one JSON document", text || "an empty body", holds), spot }
}

/** No object of the JSON body has a member twice: readers settle that in different ways, and see different things. */
export const noDoubledMember = (exchange: Exchange): Assertion => {
  const value = jsonOf(exchange)
  const doubled = value !== undefined && hasDoubledMember(textOf(exchange).trim(), value)
  return assertion(exchange, "body", "no member twice", doubled ? "a member twice" : "no member twice", !doubled)
}

export type Path = ReadonlyArray<string | number>

/** A member of a value by its path; undefined where the path leads nowhere. */
export const get = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (node, name) => (typeof node === "object" && node !== null ? Reflect.get(node, name) : undefined),
    value
  )

/** A list by its path; empty where there is none. */
export const list = (value: unknown, path: Path = []): ReadonlyArray<unknown> => {
  const found = get(value, path)
  return Array.isArray(found) ? found : []
}

const pathText = (path: Path): string =>
  path.reduce<string>((text, name) => (typeof name === "number" ? `${text}[${name}]` : `${text}.${name}`), "$")

/** A member of the JSON body satisfies something. */
export const member = (
  exchange: Exchange,
  path: Path,
  expected: string,
  holds: (value: unknown) => boolean
): Assertion => {
  const value = get(jsonOf(exchange), path)
  // in quotes, so that "1200" is told from 1200
  const shown = typeof value === "string" ? JSON.stringify(value) : value
  return assertion(exchange, `body ${pathText(path)}`, expected, shown, holds(value))
}

export const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

/** The body is an OperationOutcome with at least one issue, alone in the body. */
export const operationOutcome = (exchange: Exchange): ReadonlyArray<Assertion> => [
  oneDocument(exchange),
  member(exchange, ["resourceType"], "OperationOutcome", (value) => value === "OperationOutcome"),
  member(exchange, ["issue"], "at least one issue", (value) => Array.isArray(value) && value.length > 0)
]

/** The server took the request. */
export const accepted = (exchange: Exchange): boolean =>
  exchange.response !== undefined && exchange.response.status >= 200 && exchange.response.status < 300

/** The body is empty or, as the IG allows beside a 202, an OperationOutcome. */
export const bodyless = (exchange: Exchange): Assertion => {
  const text = textOf(exchange)
  const outcome = get(jsonOf(exchange), ["resourceType"]) === "OperationOutcome"
  return assertion(exchange, "body", "nothing, or an OperationOutcome", text || "nothing", text === "" || outcome)
}

/** Something about a file. Never holds if the answer was not read as a file. */
export const fact = (
  exchange: Exchange,
  name: string,
  expected: string,
  look: (facts: FileFacts) => {
    readonly actual: unknown
    readonly holds: boolean
    readonly spot?: Spot | undefined
  }
): Assertion => {
  const body = exchange.response?.body
  if (body?.kind !== "file")
    return assertion(exchange, `file ${name}`, expected, `no file (status ${exchange.response?.status})`, false)
  const { actual, holds, spot } = look(body)
  return { ...assertion(exchange, `file ${name}`, expected, actual, holds), ...(holds ? {} : { spot }) }
}

/** How far ahead of ours a server's clock may be. */
export const clockSkewMillis = 5 * 60_000

const instantForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

/** Whether a value is a FHIR instant: a date and a time to the second at least, with a zone. */
export const isInstant = (value: unknown): value is string =>
  typeof value === "string" && instantForm.test(value) && !Number.isNaN(Date.parse(value))

/** Whether a value is an absolute http or https URL. */
export const isAbsoluteUrl = (value: unknown): value is string =>
  typeof value === "string" && /^https?:\/\//i.test(value) && URL.canParse(value)
