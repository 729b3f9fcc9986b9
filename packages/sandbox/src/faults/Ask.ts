import { header, type Received } from "../internal/Http.ts"
import type { TokenState } from "../internal/Tokens.ts"
import { withHeader } from "./Edit.ts"
import type { Moment } from "./Fault.ts"

/** What faults do with tokens. */

/** The token of a request, as it stands in the header. */
export const bearerOf = (received: Received): string | undefined => {
  const [, token] = /^Bearer (\S+)$/.exec(header(received, "authorization")) ?? []
  return token
}

/** What BCDA thinks of the token of a request. */
export const tokenState = (received: Received, { now, world }: Moment): TokenState | undefined => {
  const token = bearerOf(received)
  return token === undefined ? undefined : world.tokens.check(token, now)
}

/** Whether a request has a good token. */
export const hasToken = (moment: Moment): boolean => tokenState(moment.received, moment)?._tag === "Active"

/** The request with a good token of the job's organization, or of the first one. */
export const authorized = (received: Received, { job, now, world }: Moment): Received => {
  const persona = job?.persona ?? world.personas[0]
  if (persona === undefined) return received
  return withHeader(received, "Authorization", `Bearer ${world.tokens.mint(persona, now).value}`)
}

/** When a token ends by its own account, in seconds since 1970. */
export const expiryOf = (token: string): number | undefined => {
  try {
    const claims: unknown = JSON.parse(atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/")))
    return typeof claims === "object" && claims !== null && "exp" in claims && typeof claims.exp === "number"
      ? claims.exp
      : undefined
  } catch {
    return undefined
  }
}
