import { Effect } from "effect"
import { isFixed } from "../Bugs.ts"
import type { ApiVersion } from "../DataSource.ts"
import { type Persona, treatmentFor } from "../Personas.ts"
import { header, oneAfterTheOther, type Received, Refusal, type Reply, refuseIf, utf8 } from "./Http.ts"
import { type Job, jobStateAt } from "./Jobs.ts"
import { outcome } from "./OperationOutcome.ts"
import type { Trouble } from "./Trouble.ts"
import type { Exchange, World } from "./World.ts"

/**
 * The checks that stand between a request and its handler, each with the answer BCDA gives when it fails. Routes line
 * them up in BCDA's order; what a request is told depends on the first check that it fails.
 */
const refuse = (reply: Reply) => new Refusal({ reply })

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** The shape of error bodies goes by the decoded path, wherever the version stands in it, also on paths that do not exist. */
export const versionOfPath = (path: string): ApiVersion => {
  const plain = decoded(path)
  return (["v1", "v2", "v3"] as const).find((version) => plain.includes(`/${version}/`)) ?? "v1"
}

/** Go's own answer to a request that it cannot read, before any of BCDA's code sees it. */
export const unreadable: Reply = {
  status: 400,
  headers: [
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Connection", "close"]
  ],
  body: utf8("400 Bad Request")
}

/** A path must not have bad escapes. */
export const isReadable = (path: string): boolean => !/%(?![0-9A-Fa-f]{2})/.test(path)

/**
 * BCDA's first look at a token: a bad `Authorization` header is refused on every path, a missing one passes and is
 * somebody else's problem.
 */
export const parseToken = Effect.fnUntraced(function* (
  world: World,
  received: Received,
  troubles: ReadonlySet<Trouble>
) {
  const authorization = header(received, "authorization")
  if (authorization === "") return undefined
  const version = versionOfPath(received.path)
  const [, token] = /^Bearer (\S+)$/.exec(authorization) ?? []
  if (token === undefined) return yield* refuse(outcome(version, 401, "forbidden", "Invalid Token"))
  const state = world.tokens.check(token, world.now())
  if (state._tag === "Malformed") return yield* refuse(outcome(version, 400, "structure", "Request Error"))
  // Whether a token is good is asked anew each time.
  if (troubles.has("token-service-timeout")) {
    const wait: Reply["headers"] = version === "v1" ? [["Retry-After", "1"]] : []
    return yield* refuse(outcome(version, 503, "exception", "Internal Error", wait))
  }
  if (troubles.has("token-service-unreachable") || troubles.has("token-service-error")) {
    return yield* refuse(outcome(version, 500, "exception", "Internal Error"))
  }
  if (state._tag === "Inactive") return yield* refuse(outcome(version, 401, "forbidden", "Expired Token"))
  const known = !troubles.has("organization-lookup")
  const persona = known ? world.personas.find((candidate) => candidate.cmsId === state.cmsId) : undefined
  if (persona === undefined) return yield* refuse(outcome(version, 403, "forbidden", "Unauthorized Error"))
  return persona
})

/** The same before routing. The server of all paths that begin with `/auth` is another one in BCDA, without this look. */
export const checkToken = Effect.fnUntraced(function* (
  world: World,
  received: Received,
  troubles: ReadonlySet<Trouble>
) {
  return decoded(received.path).startsWith("/auth") ? undefined : yield* parseToken(world, received, troubles)
})

/** A token is needed, and its organization must not be on the deny list. */
export const requireCaller = Effect.fnUntraced(function* (exchange: Exchange) {
  const { caller, version } = exchange
  if (caller === undefined) return yield* refuse(outcome(version, 401, "forbidden", "Invalid Token"))
  if (caller.limits?.denylisted === true) {
    return yield* refuse(outcome(version, 403, "forbidden", `ACO (CMS_ID: ${caller.cmsId}) is unauthorized`))
  }
  return caller
})

/** The organization's model must take part, and may use this API version. Exports and the job list ask this. */
export const requireAccess = ({ version, world }: Exchange, caller: Persona): Effect.Effect<void, Refusal> => {
  const { modelDisabled, noV3, v3Only } = treatmentFor(caller, world.behaviour)
  if (modelDisabled) return refuseIf(outcome(version, 401, "forbidden"))
  if (version !== "v3" && v3Only) {
    return refuseIf(outcome(version, 403, "forbidden", "v1 nor v2 access not enabled for this ACO"))
  }
  return version === "v3" && noV3
    ? refuseIf(outcome(version, 403, "forbidden", "V3 access not enabled for this ACO"))
    : Effect.void
}

/** Largest number of BCDA's job id column; beyond it the look-up finds nothing. */
const maxUint64 = 18_446_744_073_709_551_615n

const numberOf = (id: string): bigint | undefined => {
  if (!/^\d+$/.test(id)) return undefined
  const value = BigInt(id)
  return value > maxUint64 ? undefined : value
}

/** A job of the caller, and what BCDA has already written by the time its handler starts. */
export interface MatchedJob {
  readonly job: Job
  /** Adds the handler's answer to what was already written, if anything was. */
  readonly finish: (reply: Reply) => Reply
}

/**
 * The job must exist and belong to the caller. For archived and expired jobs BCDA writes a 404 and then forgets to
 * stop (bug), so whatever follows comes after that 404 in the same body.
 */
export const requireJob = Effect.fnUntraced(function* (exchange: Exchange, caller: Persona) {
  const { now, params, troubles, version, world } = exchange
  const id = numberOf(params["jobId"] ?? "")
  if (id === undefined) return yield* refuse(outcome(version, 400, "structure"))
  const job = troubles.has("job-lookup") ? undefined : world.jobs.find(Number(id))
  if (job === undefined) return yield* refuse(outcome(version, 404, "not-found"))
  const { status } = jobStateAt(job, now, world.behaviour)
  const gone = status === "Archived" || status === "Expired"
  const notFound = outcome(version, 404, "not-found")
  if (gone && isFixed(world.behaviour.bugs, "archived-answers-twice")) return yield* refuse(notFound)
  const finish = (reply: Reply): Reply => (gone ? oneAfterTheOther(notFound, reply) : reply)
  if (job.persona.cmsId !== caller.cmsId) return yield* refuse(finish(outcome(version, 401, "forbidden")))
  const matched: MatchedJob = { job, finish }
  return matched
})
