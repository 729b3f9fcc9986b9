import { Logger } from "effect"
import type { Persona } from "../Personas.ts"
import type { Ending, LogEntry, LogFilter, Remark, RequestLog } from "../RequestLog.ts"
import { header, type Received, type Reply, target } from "./Http.ts"
import { handingOn } from "./Lending.ts"
import { makeRedactor, withoutMbis } from "./Redact.ts"
import { match, type RoutingBehaviour } from "./Router.ts"
import { watched } from "./Watched.ts"

/** Writes down one exchange. */
export interface Recording {
  /** Takes the answer, and gives one that tells how far it got. */
  readonly answered: (reply: Reply) => Reply
  readonly struck: (fault: string) => void
  readonly ended: (how: Ending) => void
}

/** The log, and the pen. */
export interface Recorder {
  readonly log: RequestLog
  readonly received: (received: Received) => Recording
  readonly remark: (level: string, text: string) => void
}

const mostBodyCharacters = 8192

type Draft = { -readonly [Key in keyof LogEntry]: LogEntry[Key] }

/** Keeps the newest ones. */
const makeRing = <A>(size: number) => {
  const kept: Array<A> = []
  let dropped = 0
  return {
    kept,
    dropped: () => dropped,
    add: (one: A) => {
      kept.push(one)
      if (kept.length <= size) return
      kept.shift()
      dropped++
    },
    clear: () => {
      kept.length = 0
      dropped = 0
    }
  }
}

const selects = (filter: LogFilter) => (entry: LogEntry) => {
  const { after, area, ended, fault, method, status, target: wanted, token } = filter
  return (
    (area === undefined || entry.area === area) &&
    (method === undefined || entry.method === method) &&
    (status === undefined || entry.status === status) &&
    (token === undefined || entry.token === token) &&
    (ended === undefined || entry.ended === ended) &&
    (after === undefined || entry.sequence > after) &&
    (fault === undefined || entry.faults.includes(fault)) &&
    (wanted === undefined ||
      (typeof wanted === "string" ? entry.target.includes(wanted) : entry.target.search(wanted) >= 0))
  )
}

const issuedToken = (body: Reply["body"]): string | undefined => {
  if (!(body instanceof Uint8Array)) return undefined
  return /"access_token"\s*:\s*"([^"]+)"/.exec(new TextDecoder().decode(body))?.[1]
}

/** A log of the newest `size` exchanges. Everything is redacted before it is kept. */
export const makeRecorder = ({
  now,
  personas,
  routing,
  size
}: {
  readonly size: number
  readonly personas: ReadonlyArray<Persona>
  /** Which routes there are. */
  readonly routing: RoutingBehaviour
  /** Milliseconds since 1970 on the sandbox's clock. */
  readonly now: () => number
}): Recorder => {
  const redact = makeRedactor(personas)
  const entries = makeRing<Draft>(size)
  const remarks = makeRing<Remark>(size)
  let sequence = 0
  const time = () => new Date(now()).toISOString()

  const received = (request: Received): Recording => {
    const [, bearer] = /^bearer\s+(\S+)$/i.exec(header(request, "authorization")) ?? []
    const entry: Draft = {
      sequence: ++sequence,
      at: time(),
      method: request.method,
      target: redact.text(target(request)),
      scheme: request.scheme,
      area: match(request.method, request.path, routing).area,
      headers: request.headers.map(([name, value]) => [name, redact.header(name, value)] as const),
      ...(bearer === undefined ? {} : { token: redact.header("authorization", `Bearer ${bearer}`).slice(7) }),
      answerHeaders: [],
      bytes: 0,
      ended: "open",
      faults: []
    }
    entries.add(entry)
    request.body?.then(
      (text) => {
        if (text !== "") entry.body = redact.text(text.slice(0, mostBodyCharacters))
      },
      () => undefined
    )
    const ended = (how: Ending) => {
      if (entry.ended === "open") entry.ended = how
    }
    return {
      ended,
      struck: (fault) => {
        entry.faults = [...entry.faults, fault]
      },
      answered: (reply) => {
        if (reply.lost !== undefined) {
          ended(reply.lost)
          return reply
        }
        entry.status = reply.status
        const token = entry.area === "token" ? issuedToken(reply.body) : undefined
        if (token !== undefined) entry.issued = redact.issued(token)
        entry.answerHeaders = reply.headers.map(([name, value]) => [name, redact.header(name, value)] as const)
        if (reply.body instanceof Uint8Array) {
          entry.bytes = reply.body.byteLength
          ended("complete")
          return reply
        }
        const sent = (bytes: number) => {
          entry.bytes += bytes
        }
        return { ...reply, body: handingOn(reply.body, watched(reply.body, sent, ended)) }
      }
    }
  }

  return {
    received,
    remark: (level, text) => remarks.add({ at: time(), level, text: withoutMbis(text) }),
    log: {
      entries: (filter = {}) => entries.kept.filter(selects(filter)).map((entry) => ({ ...entry })),
      remarks: () => [...remarks.kept],
      dropped: entries.dropped,
      clear: () => {
        entries.clear()
        remarks.clear()
      }
    }
  }
}

const plain = (message: unknown): string =>
  (Array.isArray(message) ? message : [message])
    .map((part: unknown) => (typeof part === "string" ? part : (JSON.stringify(part) ?? "")))
    .join(" ")

/**
 * Takes what the sandbox's own code logs. It becomes a remark, and goes on to the loggers that the program has set up;
 * Effect's default one is not among them, because it writes to standard output, which is the program's.
 */
export const remarking = (
  { remark }: Recorder,
  others: ReadonlySet<Logger.Logger<unknown, unknown>>
): ReadonlySet<Logger.Logger<unknown, unknown>> => {
  const onward = [...others].filter((logger) => logger !== Logger.defaultLogger)
  const logger = Logger.make((options) => {
    const text = withoutMbis(plain(options.message))
    remark(options.logLevel, text)
    for (const other of onward) other.log({ ...options, message: [text] })
  })
  return new Set([logger])
}
