import { Effect } from "effect"
import type { Passage } from "../faults/Passage.ts"
import type { Received, Reply } from "./Http.ts"
import type { Area } from "./Router.ts"
import { httpDate, type Micros } from "./Time.ts"

/** An answer on its way out. */
export interface Answered {
  readonly received: Received
  readonly area: Area
  /** False for the token check before routing, whose refusals skip what the routers add. */
  readonly routed: boolean
  readonly now: Micros
  readonly reply: Reply
  /** The faults that this request met. */
  readonly passage: Passage
}

/**
 * One change to answers. Everything that happens to all answers, or to all of a kind, is a step: BCDA's generic headers,
 * and faults, which are changes to answers too.
 */
export type Step = (answered: Answered) => Effect.Effect<Reply>

/** Adds headers that the reply does not have yet. */
const withDefaults = (reply: Reply, defaults: Reply["headers"]): Reply => {
  const present = new Set(reply.headers.map(([name]) => name.toLowerCase()))
  const missing = ([name]: readonly [string, string]) =>
    !present.has(name.toLowerCase()) && reply.without?.includes(name) !== true
  return { ...reply, headers: [...reply.headers, ...defaults.filter(missing)] }
}

/**
 * `Connection: close` on everything a router answered, and security headers where the server itself speaks TLS. The
 * semicolons in `Cache-Control` are BCDA's.
 */
const genericHeaders: Step = ({ received, reply, routed }) =>
  Effect.succeed(
    routed
      ? withDefaults(reply, [
          ["Connection", "close"],
          ...(received.scheme === "https"
            ? ([
                ["Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"],
                ["Cache-Control", "no-cache; no-store; must-revalidate; max-age=0"],
                ["Pragma", "no-cache"],
                ["X-Content-Type-Options", "nosniff"]
              ] as const)
            : [])
        ])
      : reply
  )

/** Go writes headers in alphabetical order, and its own behind them. */
const inOrder: Step = ({ reply }) => {
  const headers = reply.headers.toSorted(([one], [other]) => (one < other ? -1 : Number(one > other)))
  return Effect.succeed({ ...reply, headers })
}

/** Go announces the length of short bodies only; what does not fit its 2048-byte buffer goes out in chunks. */
const contentLength: Step = ({ received, reply }) => {
  const { body, status } = reply
  const fits = body instanceof Uint8Array && body.byteLength <= 2048
  const known = fits && status !== 304 && received.method !== "HEAD"
  return Effect.succeed(known ? withDefaults(reply, [["Content-Length", String(body.byteLength)]]) : reply)
}

const date: Step = ({ now, reply }) => Effect.succeed(withDefaults(reply, [["Date", httpDate(now)]]))

/** Faults in what is said: lengths are announced after them, and fit. */
const faultsInAnswer: Step = ({ passage, reply }) => passage.answered(reply)

/** Faults in how it is sent, which come after everything else. */
const faultsOnWire: Step = ({ passage, reply }) => Effect.sync(() => passage.sent(reply))

const steps: ReadonlyArray<Step> = [genericHeaders, faultsInAnswer, inOrder, date, contentLength, faultsOnWire]

export const leave = (answered: Answered): Effect.Effect<Reply> =>
  Effect.reduce(
    steps,
    () => answered.reply,
    (reply, step) => step({ ...answered, reply })
  )
