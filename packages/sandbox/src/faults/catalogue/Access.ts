import { header } from "../../internal/Http.ts"
import { versionOfPath } from "../../internal/Judge.ts"
import { outcome } from "../../internal/OperationOutcome.ts"
import { authorized, bearerOf, expiryOf, hasToken, tokenState } from "../Ask.ts"
import { withHeader, withoutHeader, withStatus } from "../Edit.ts"
import { type FaultPlace, fault } from "../Fault.ts"

/** Everything that wants a token. */
const guarded = ["kick-off", "status", "cancel", "jobs", "attribution", "file", "error-file"] as const

const withoutToken = (place: FaultPlace, what: string) =>
  fault({
    title: `${what} without a token`,
    where: [place],
    strike: () => ({
      request: (received, moment) =>
        header(received, "authorization") === "" ? authorized(received, moment) : received
    })
  })

/** A refusal that names no token, as BCDA gives it. */
const noToken = (authorization: string, status: number) => authorization === "" && status === 401

/** The bearer checks. */
export const accessFaults = {
  "kick-off-without-token": withoutToken("kick-off", "a job is started"),
  "status-without-token": withoutToken("status", "status and manifest are shown"),
  "cancel-without-token": withoutToken("cancel", "a job is cancelled"),
  "jobs-without-token": withoutToken("jobs", "the job list of the first persona is shown"),
  "attribution-without-token": withoutToken("attribution", "the attribution status of the first persona is shown"),
  "file-without-token": withoutToken("file", "a data file is served"),
  "invalid-token-accepted": fault({
    title: "a token that was never issued is as good as any",
    where: guarded,
    everywhere: true,
    strike: () => ({
      request: (received, moment) => {
        const state = tokenState(received, moment)
        const expired = (expiryOf(bearerOf(received) ?? "") ?? Number.POSITIVE_INFINITY) * 1e6 <= moment.now
        return state === undefined || state._tag === "Active" || expired ? received : authorized(received, moment)
      }
    })
  }),
  "expired-token-accepted": fault({
    title: "tokens are good for ever",
    where: guarded,
    everywhere: true,
    strike: () => ({
      request: (received, moment) => {
        const expires = expiryOf(bearerOf(received) ?? "")
        return expires !== undefined && expires * 1e6 <= moment.now ? authorized(received, moment) : received
      }
    })
  }),
  "bearer-any-case": fault({
    kind: "variant",
    title: "the word Bearer may have any case, as HTTP has it",
    where: guarded,
    everywhere: true,
    strike: () => ({
      request: (received) => {
        const given = header(received, "authorization")
        return /^bearer /i.test(given) && !given.startsWith("Bearer ")
          ? withHeader(received, "Authorization", given.replace(/^bearer/i, "Bearer"))
          : received
      }
    })
  }),
  "any-scheme-accepted": fault({
    title: "a token is taken after any word, not after Bearer only",
    where: guarded,
    everywhere: true,
    strike: () => ({
      request: (received) => {
        const given = header(received, "authorization")
        return given === "" || given.startsWith("Bearer ")
          ? received
          : withHeader(received, "Authorization", given.replace(/^\S+/, "Bearer"))
      }
    })
  }),
  "token-revoked": fault({
    title: "the token of the request dies, for this and for all later requests; a new one works",
    where: ["file", "error-file", "kick-off", "status", "cancel", "jobs", "attribution"],
    strike: () => ({
      request: (received, { world }) => {
        const token = bearerOf(received)
        if (token !== undefined && world.tokens.revoke(token)) return { ...received }
        return received
      }
    })
  }),
  "token-not-liked": fault({
    title: "401 for a good token on this request only; the same token works again",
    where: ["file", "error-file", "kick-off", "status", "manifest", "cancel", "jobs", "attribution"],
    strike: () => ({
      concerns: hasToken,
      instead: ({ received }) => outcome(versionOfPath(received.path), 401, "forbidden", "Expired Token")
    })
  }),
  "organization-denied": fault({
    title: "403: the organization has been put on the deny list",
    where: guarded,
    strike: () => ({
      concerns: hasToken,
      instead: ({ job, received, world }) => {
        const { cmsId } = job?.persona ?? world.personas[0] ?? {}
        return outcome(versionOfPath(received.path), 403, "forbidden", `ACO (CMS_ID: ${cmsId}) is unauthorized`)
      }
    })
  }),
  "missing-token-400": fault({
    kind: "variant",
    title: "a missing token is answered with 400 instead of 401",
    where: guarded,
    everywhere: true,
    strike: () => ({
      reply: (reply, { received }) =>
        noToken(header(received, "authorization"), reply.status) ? withStatus(reply, 400) : reply
    })
  }),
  "www-authenticate": fault({
    kind: "variant",
    title: "401 comes with WWW-Authenticate",
    where: guarded,
    everywhere: true,
    strike: () => ({
      reply: (reply) => (reply.status === 401 ? withHeader(reply, "WWW-Authenticate", 'Bearer realm="bcda"') : reply)
    })
  }),
  "outcome-missing-on-401": fault({
    title: "401 without a body",
    where: guarded,
    everywhere: true,
    strike: () => ({
      reply: (reply) =>
        reply.status === 401 ? { ...withoutHeader(reply, "Content-Type"), body: new Uint8Array(0) } : reply
    })
  })
}
