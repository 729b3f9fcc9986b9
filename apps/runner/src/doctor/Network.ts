/** What is between this machine and the server. */
import { connect } from "node:net"
import { Target } from "@bcda-kit/core"
import { nodeFetch } from "@bcda-kit/core/node"
import { Cause, Effect } from "effect"
import { type Finding, fail, ok, warn } from "../Diagnosis.ts"
import { ExitCode } from "../ExitCode.ts"

/** How long to wait for a server that may not answer at all. */
export const patience = 10_000
/** BCDA refuses a `_since` in the future; an assertion of SMART is good for minutes. */
const skewAllowed = 60_000
/** A look at the server without a token, with what only the answer's headers say. */
interface Reached {
  readonly status: number
  readonly date: string | null
}

/** The client of a doctor has no patience: what is wrong is to be said, not waited for. */
export const hasty = { retry: { attempts: 1 }, headersTimeout: patience, idleTimeout: patience } as const

/** Whether there is a way to the server at all: a connection, and nothing sent over it. */
export const connects = (target: Target): Effect.Effect<void, Error> => {
  const { hostname, port, protocol } = new URL(target.baseUrl)
  const host = hostname.replace(/^\[(.*)\]$/, "$1")
  return Effect.callback<void, Error>((resume) => {
    const socket = connect({ host, port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port) })
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.void)
    })
    socket.once("error", (error) => resume(Effect.fail(error)))
    return Effect.sync(() => socket.destroy())
  }).pipe(Effect.timeout(patience))
}

/** What the server says to somebody without a token. */
export const reach = (target: Target): Effect.Effect<Reached, Cause.UnknownError | Cause.TimeoutError> =>
  Effect.tryPromise(async (signal) => {
    const response = await nodeFetch(target.api("metadata"), { headers: { accept: "application/fhir+json" }, signal })
    await response.body?.cancel()
    return { status: response.status, date: response.headers.get("date") }
  }).pipe(Effect.timeout(patience))

const codeOf = (error: unknown): string => {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (Cause.isTimeoutError(at)) return "ETIMEDOUT"
    if ("code" in at && typeof at.code === "string") return at.code
  }
  return "unknown"
}

/** Where a connection gets lost. `connected`: there was one, and it was the answer that did not come. */
export const unreachable = (target: Target, error: unknown, connected = false): Finding => {
  const code = codeOf(error)
  const { host } = new URL(target.baseUrl)
  if (/TIMEDOUT|TIMEOUT/.test(code) && connected) {
    return fail(
      "network",
      `${host} takes connections and does not answer`,
      `no answer within ${patience / 1000} s (${code})`,
      "Try again later; if it stays so, ask whoever runs the server, or the proxy or firewall in front of it."
    )
  }
  if (/TIMEDOUT|TIMEOUT/.test(code)) {
    const isProduction = host === new URL(Target.production().baseUrl).host
    return fail(
      "network",
      `${host} does not answer`,
      `no connection within ${patience / 1000} s (${code})${isProduction ? "; BCDA's production drops connections from addresses that are not registered" : ""}`,
      isProduction
        ? "Register this machine's public address with CMS (up to eight for each organization), or run from one that is."
        : "Check the address, and whether a firewall is in between."
    )
  }
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) {
    return fail(
      "network",
      `${host} is not known`,
      `the name cannot be looked up (${code})`,
      "Check the target and this machine's name server."
    )
  }
  if (/CERT|TLS|SSL|UNABLE_TO|EPROTO/.test(code)) {
    return fail(
      "network",
      `${host} has no trusted encrypted connection`,
      `${code}: often a proxy that puts its own certificate in between`,
      "If that is so, give its root certificate: caFile of the target in the configuration, or NODE_EXTRA_CA_CERTS=FILE."
    )
  }
  return fail(
    "network",
    `${host} cannot be reached`,
    `the connection failed (${code})`,
    "Check the target, the port and the network."
  )
}

/** Whether this machine and the server agree on what time it is. */
export const clockFinding = (date: string | null, now: number): Finding => {
  const server = date === null ? Number.NaN : Date.parse(date)
  if (Number.isNaN(server))
    return warn(
      "clock",
      "The clocks cannot be compared",
      "the answer has no Date",
      "Look at this machine's clock yourself."
    )
  const off = now - server
  const seconds = Math.round(Math.abs(off) / 1000)
  if (Math.abs(off) <= skewAllowed) return ok("clock", `within ${seconds + 1} s of the server's`)
  return fail(
    "clock",
    `This machine's clock is ${seconds} s ${off > 0 ? "ahead of" : "behind"} the server's`,
    "times of this machine are compared with the server's: tokens, since, what a job's files have left",
    "Set the clock, best by NTP.",
    ExitCode.usage
  )
}
