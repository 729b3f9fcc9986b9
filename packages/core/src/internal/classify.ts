/** What an answer that is not a success means. One function decides for all operations; what only one operation knows, it decides before. */
import {
  type ExchangeReason,
  Forbidden,
  Malformed,
  Redirected,
  Rejected,
  ServerFault,
  Throttled,
  TokenCap,
  Unauthorized
} from "../Errors.ts"
import * as OperationOutcome from "../OperationOutcome.ts"
import { quote } from "../Redact.ts"
import type { Answer } from "./exchange.ts"

const contentType = (answer: Answer): string =>
  (answer.headers["content-type"] ?? "").split(";", 1).join("").trim().toLowerCase()

/** What the server said, for people: the outcome's text, or a short plain text; never a page of HTML. */
export const diagnosticsOf = (answer: Answer): string =>
  OperationOutcome.parse(answer.text).text || (contentType(answer) === "text/plain" ? quote(answer.text) : "")

export const wish = (answer: Answer) =>
  answer.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: answer.retryAfterSeconds }

/** The reason for an answer that the operation has no meaning of its own for, when no token is at play. */
export const exchangeRefusal = (answer: Answer): ExchangeReason => {
  const { status } = answer
  const diagnostics = diagnosticsOf(answer)
  if (status === 429) return new Throttled(wish(answer))
  if (status === 0 || (status >= 300 && status < 400 && status !== 304)) {
    return new Redirected({ status, origin: originOf(answer.headers["location"], answer.host) })
  }
  if (status >= 400 && status < 500) return new Rejected({ status, diagnostics })
  if (status >= 500) return new ServerFault({ status, ...(diagnostics !== "" && { diagnostics }), ...wish(answer) })
  return new Malformed({ detail: `status ${status} is not an answer to this request` })
}

/** The same for a request with a token. */
export const refusal = (answer: Answer): ExchangeReason | Forbidden | TokenCap | Unauthorized => {
  const { status } = answer
  if (status === 401) return new Unauthorized({ status, detail: diagnosticsOf(answer) })
  if (status === 403) return new Forbidden({ status, detail: diagnosticsOf(answer) })
  if (isTokenCap(answer)) return new TokenCap(wish(answer))
  return exchangeRefusal(answer)
}

/** The 429 of `/auth/token`: plain text, where a throttled address gets an OperationOutcome or a gateway's page. */
export const isTokenCap = (answer: Answer): boolean =>
  answer.status === 429 && contentType(answer) === "text/plain" && /\/auth\/token|access token/i.test(answer.text)

/** The 429 of a kick-off that overlaps with a running job: nothing but `Retry-After`. */
export const isDuplicate = (answer: Answer): boolean =>
  answer.status === 429 && answer.text.trim() === "" && answer.retryAfterSeconds !== undefined

const originOf = (location: string | undefined, host: string): string => {
  if (location === undefined) return "an address it does not tell"
  return URL.canParse(location) ? new URL(location).origin : `another path of ${host}`
}
