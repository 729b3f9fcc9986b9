import type { Area } from "./internal/Router.ts"

/**
 * How an exchange ended.
 *
 * - `open`: it has not; the answer is still to come or on its way.
 * - `complete`: the whole answer was handed to the connection.
 * - `left`: the client went away before the end.
 * - `closed`, `reset`: the sandbox ended the connection before the end, in order or with a reset, because a fault said so.
 * - `failed`: the sandbox could not go on, for example because a file could not be read.
 */
export type Ending = "open" | "complete" | "left" | "closed" | "reset" | "failed"

/**
 * One request and its answer, as plain data. Secrets are replaced by names when it is written down: `token#1` is the first
 * token that the sandbox issued, wherever it comes up again; `unknown-token#1` the first one that it did not issue;
 * `client#1`
 * is a client id that no persona has, `secret#1` any other secret. Beneficiary identifiers become `mbi`.
 */
export interface LogEntry {
  /** Counts all requests from 1, also those that the log dropped. */
  readonly sequence: number
  /** When it arrived on the sandbox's clock: ISO 8601 with milliseconds, UTC. */
  readonly at: string
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  readonly scheme: "http" | "https"
  /** What the request is about. */
  readonly area: Area
  /** Header lines as sent: in their order, names in the client's spelling. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  /** The first 8 KiB of the body, as text, once it has come; BCDA reads none. Absent without one. */
  readonly body?: string
  /** Which token came as `Authorization: Bearer`; absent without one. */
  readonly token?: string
  /** Absent until there is an answer, and when there is none. */
  readonly status?: number
  readonly answerHeaders: ReadonlyArray<readonly [name: string, value: string]>
  /** Which token the answer issued, on `area: "token"`. */
  readonly issued?: string
  /** Bytes of the answer's body that were handed to the connection, as on the wire: compressed if it was compressed. */
  readonly bytes: number
  readonly ended: Ending
  /** Names of the faults that struck. */
  readonly faults: ReadonlyArray<string>
}

/** Which entries to give; all conditions have to hold. */
export interface LogFilter {
  readonly area?: Area
  readonly method?: string
  readonly status?: number
  /** Text that path and query contain, or a pattern that they match. */
  readonly target?: string | RegExp
  /** Name of a token, such as `token#1`, that the request brought. */
  readonly token?: string
  /** Name of a fault that struck. */
  readonly fault?: string
  readonly ended?: Ending
  /** Only entries with a higher sequence number. */
  readonly after?: number
}

/** Something that happened inside the sandbox, such as a job that failed, and that no answer tells in full. */
export interface Remark {
  /** ISO 8601 with milliseconds, UTC, on the sandbox's clock. */
  readonly at: string
  readonly level: string
  readonly text: string
}

/** What the client really sent, and what it was answered. Held in memory; the newest entries are kept. */
export interface RequestLog {
  /** A copy of the entries, oldest first. */
  readonly entries: (filter?: LogFilter) => ReadonlyArray<LogEntry>
  /** The newest remarks, oldest first. */
  readonly remarks: () => ReadonlyArray<Remark>
  /** How many entries were dropped because there were more than the log holds. */
  readonly dropped: () => number
  /** Empties it. Sequence numbers and names of secrets go on. */
  readonly clear: () => void
}
