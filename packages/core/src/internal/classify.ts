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
import type { Failure } from "./schedules.ts"

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

const unreadEntity = "Unauthorized Error"

/**
 * BCDA's texts of troubles that come before it looks at what is asked: the token could not be checked, its model entity not be read. Whatever
 * was asked has not happened.
 */
export const isBeforeAll = ({ _tag, status, diagnostics }: Failure): boolean =>
  _tag === "ServerFault" && (status === 403 || ((status === 500 || status === 503) && diagnostics === "Internal Error"))

/** Those, and an attribution that could not be read. Troubles of the job's row and of its place in the queue have no text: then a job may be there. */
export const isBeforeAnyJob = (failure: Failure): boolean =>
  isBeforeAll(failure) ||
  (failure._tag === "ServerFault" && failure.status === 500 && failure.diagnostics === "Database Error")

/** The same for a request with a token. */
export const refusal = (answer: Answer): ExchangeReason | Forbidden | TokenCap | Unauthorized => {
  const { status } = answer
  if (status === 401) return new Unauthorized({ status, detail: diagnosticsOf(answer) })
  // The model entity could not be read: BCDA says this of one that it does not know, and as well when only its database has trouble.
  if (status === 403 && diagnosticsOf(answer) === unreadEntity) {
    return new ServerFault({ status, diagnostics: unreadEntity, ...wish(answer) })
  }
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
