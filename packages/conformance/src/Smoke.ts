/**
 * The first few exchanges of a run: is there a server, does it give a token, does it take the token? Nothing else is asked of a server
 * that fails here, so that one wrong address or password does not become seventy verdicts on a server that nobody has met.
 */
import { Schema } from "effect"
import { get, isText, jsonOf } from "./Assertion.ts"
import type { CaptureLine, Exchange } from "./Exchange.ts"

/** How the first meeting with the server went. If it failed, everything else is blocked for that. */
export const Smoke = Schema.Struct({
  ok: Schema.Boolean,
  /** Why not. */
  because: Schema.optionalKey(Schema.String),
  /** What was asked, and the status or the failure that came back. */
  asked: Schema.Array(Schema.Struct({ step: Schema.String, answer: Schema.String }))
})
export type Smoke = typeof Smoke.Type

const answerOf = ({ failure, response }: Exchange): string =>
  response === undefined ? `no answer (${failure ?? "unknown"})` : String(response.status)

const said = (exchange: Exchange): string => {
  const { method, url } = exchange.request
  const answer = exchange.response === undefined ? `gets ${answerOf(exchange)}` : `is answered ${answerOf(exchange)}`
  return `${method} ${url} ${answer}`
}

/** Why no token was asked for. */
const withoutToken = (lines: ReadonlyArray<CaptureLine>): string => {
  const because = lines.find((line) => line.kind === "step" && line.step === "token")
  const configuration = lines.find((line) => line.kind === "exchange" && line.step === "smart-configuration")
  const told = configuration?.kind === "exchange" ? `: ${said(configuration)}` : ""
  if (because?.kind === "step" && because.because === "step smart-configuration gave no tokenUrl")
    return `the server does not say where its tokens come from, or names an origin that the target does not allow${told}`
  return `there is no token: ${because?.kind === "step" ? (because.because ?? "no reason given") : "nothing to get one with"}`
}

/** Judges the exchanges of the scenarios marked `smoke`, in the steps `metadata`, `token` and `attribution`. Pure. */
export const smokeOf = (lines: ReadonlyArray<CaptureLine>, needsToken: boolean): Smoke => {
  const exchanges = lines.filter((line) => line.kind === "exchange")
  const first = (step: string) => exchanges.find((exchange) => exchange.step === step)
  const [metadata, token, greeting] = [first("metadata"), first("token"), first("attribution")]
  const asked = [metadata, token, greeting].flatMap((exchange) =>
    exchange === undefined ? [] : [{ step: exchange.step, answer: answerOf(exchange) }]
  )
  const bad = (because: string): Smoke => ({ ok: false, because, asked })

  if (metadata === undefined || exchanges.every(({ response }) => response === undefined)) {
    return bad(metadata === undefined ? "the server was not asked" : `the server does not answer: ${said(metadata)}`)
  }
  if (needsToken) {
    if (token === undefined) return bad(withoutToken(lines))
    const isGiven = (token.response?.status ?? 0) === 200 && isText(get(jsonOf(token), ["access_token"]))
    if (!isGiven) return bad(`the server gives no token: ${said(token)}`)
  }
  const { status = 0 } = metadata.response ?? {}
  const isWelcome = greeting?.response !== undefined && greeting.response.status < 400
  if (!needsToken && !isWelcome && (status === 0 || status === 404 || status >= 500)) {
    return bad(`there is no FHIR server: ${said(metadata)}`)
  }
  return greeting !== undefined && [undefined, 401, 403].includes(greeting.response?.status)
    ? bad(`the server does not let us in: ${said(greeting)}`)
    : { ok: true, asked }
}
