import { Effect } from "effect"
import type { Behaviour } from "../Behaviour.ts"
import { empty, type Reply, text } from "./Http.ts"
import { attributionStatus } from "./routes/AttributionStatus.ts"
import { authInfo, health, redirect, swagger, token, version, welcome } from "./routes/Auth.ts"
import { file } from "./routes/Files.ts"
import { jobList } from "./routes/JobList.ts"
import { cancelJob, jobStatus } from "./routes/JobStatus.ts"
import { kickOff } from "./routes/KickOff.ts"
import { metadata } from "./routes/Metadata.ts"
import type { Handler } from "./World.ts"

/** What a request is about, for everything that treats answers by kind. */
export type Area = "token" | "kick-off" | "status" | "cancel" | "jobs" | "attribution" | "metadata" | "file" | "other"

interface Route {
  readonly method: "GET" | "POST" | "DELETE"
  readonly segments: ReadonlyArray<string>
  readonly area: Area
  readonly handler: Handler
}

const route = (method: Route["method"], path: string, area: Area, handler: Handler): Route => ({
  method,
  segments: path.split("/"),
  area,
  handler
})

const toDocs = redirect("https://bcda.cms.gov")

/** All routes that exist. There is no `/$export`, no Group read or search, no SMART configuration. */
const routes: ReadonlyArray<Route> = [
  ...["v1", "v2", "v3"].flatMap((api) => [
    route("GET", `/api/${api}/Patient/$export`, "kick-off", kickOff("Patient")),
    route("GET", `/api/${api}/Group/{groupId}/$export`, "kick-off", kickOff("Group")),
    route("GET", `/api/${api}/jobs`, "jobs", jobList),
    route("GET", `/api/${api}/jobs/{jobId}`, "status", jobStatus),
    route("DELETE", `/api/${api}/jobs/{jobId}`, "cancel", cancelJob),
    route("GET", `/api/${api}/attribution_status`, "attribution", attributionStatus),
    route("GET", `/api/${api}/metadata`, "metadata", metadata)
  ]),
  route("GET", "/data/{jobId}/{fileName}", "file", file),
  route("POST", "/auth/token", "token", token),
  route("GET", "/auth/welcome", "other", welcome),
  route("GET", "/_auth", "other", authInfo),
  route("GET", "/_version", "other", version),
  route("GET", "/_health", "other", health),
  ...["v1", "v2"].flatMap((api) => [
    route("GET", `/api/${api}/swagger`, "other", redirect(`/api/${api}/swagger/`)),
    route("GET", `/api/${api}/swagger/*`, "other", swagger)
  ]),
  ...["/", "/user_guide.html", "/encryption.html", "/decryption_walkthrough.html"].map((path) =>
    route("GET", path, "other", toDocs)
  )
]

const isParameter = (segment: string): boolean => segment.startsWith("{")

/** Methods that BCDA's router has heard of; all others are refused before it looks at the path. */
const methods = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]

const matchSegments = (
  pattern: ReadonlyArray<string>,
  segments: ReadonlyArray<string>
): Readonly<Record<string, string>> | undefined => {
  if (pattern.at(-1) === "*" ? segments.length < pattern.length : segments.length !== pattern.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? ""
    if (expected === "*") break
    if (!isParameter(expected)) {
      if (segment !== expected) return undefined
    } else if (segment === "" && index === pattern.length - 1) return undefined
    else params[expected.slice(1, -1)] = segment
  }
  return params
}

export interface Matched {
  readonly area: Area
  readonly handler: Handler
  readonly params: Readonly<Record<string, string>>
}

const nobody = (reply: Reply): Matched => ({ area: "other", handler: () => Effect.succeed(reply), params: {} })

/** Below a version that is switched off there is nothing; v1 cannot be. Production sends nobody to the documentation. */
const exists = ({ handler, segments }: Route, { deployment, versions }: RoutingBehaviour): boolean => {
  const [, api, version = "v1"] = segments
  if (handler === toDocs) return deployment !== "prod"
  return api !== "api" || version === "v1" || versions.some((one) => one === version)
}

/** The settings that decide which routes there are. */
export type RoutingBehaviour = Pick<Behaviour, "deployment" | "versions">

/**
 * Finds who answers. Paths are compared raw, as BCDA's router does: `%24export` is not `$export`, and a slash at the end
 * is one too many. Only the last parameter of a path must not be empty. Neither the 404 nor the 405 is FHIR.
 */
export const match = (method: string, path: string, behaviour: RoutingBehaviour): Matched => {
  if (!methods.includes(method)) return nobody(empty(405))
  const segments = path.split("/")
  const allowed: Array<Route["method"]> = []
  for (const candidate of routes) {
    const params = exists(candidate, behaviour) ? matchSegments(candidate.segments, segments) : undefined
    if (params === undefined) continue
    if (candidate.method === method) return { area: candidate.area, handler: candidate.handler, params }
    allowed.push(candidate.method)
  }
  const allow: Reply["headers"] = allowed.map((name) => ["Allow", name])
  return nobody(allowed.length === 0 ? text(404, "404 page not found") : empty(405, allow))
}
