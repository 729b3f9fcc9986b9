/** What can be wrong with discovery, and with requests that should be refused or have an effect. */
import type { Mutation, Scene } from "../TinyBcda.ts"
import {
  asks,
  type Broken,
  body,
  fresh,
  header,
  listIn,
  made,
  noToken,
  ok,
  on,
  open,
  refusedFor,
  status,
  text,
  type When,
  without
} from "./tools.ts"

/** A job that nobody should have been given. */
export const taken = (route: "kickoff" | "unknown", when: When): Mutation =>
  on(
    route,
    (_, { base }) => ({ status: 202, headers: { "content-location": `${base}/api/v3/jobs/900` }, body: "" }),
    when
  )

export const refusedWith = (code: number, when: When): Mutation =>
  on("kickoff", () => ({ status: code, headers: {}, body: "" }), when)

const inPath =
  (part: string) =>
  (_: unknown, { url }: Scene): boolean =>
    url.pathname.includes(part)

const recommended = [
  "token_endpoint",
  "grant_types_supported",
  "capabilities",
  "token_endpoint_auth_methods_supported",
  "token_endpoint_auth_signing_alg_values_supported",
  "scopes_supported"
]

export const discovering: ReadonlyArray<Broken> = [
  made("the SMART configuration is a page", header("smart", "content-type", "text/html"), ["discovery/published"]),
  ...recommended.map((name) =>
    made(`the SMART configuration has no ${name}`, body("smart", without(name)), ["discovery/backend-services"])
  ),
  made("a group cannot be read", status("group", 404), ["metadata/group-read"]),
  made(
    "a token needs no credentials",
    on("token", () => ({ status: 200, headers: {}, body: '{"access_token":"for-all"}' }), noToken),
    ["token/no-credentials-refused"]
  ),
  made("an answer with a token may be cached", header("token", "cache-control", undefined), ["token/not-cached"])
]

export const refusing: ReadonlyArray<Broken> = [
  made(
    "a kick-off without Accept breaks the server",
    refusedWith(500, (_, { headers }) => headers["accept"] === undefined),
    ["kickoff/missing-accept"]
  ),
  made("yesterday is a time", taken("kickoff", asks("_since=yesterday")), ["kickoff/bad-since-refused"]),
  made("every format is taken", taken("kickoff", asks("no-such-format")), ["kickoff/unknown-format-refused"]),
  made("every group is taken", taken("kickoff", inPath("all-no-such")), ["kickoff/unknown-group-refused"]),
  made("_elements is taken and ignored", taken("kickoff", asks("_elements")), ["kickoff/elements-refused"]),
  made("_elements is refused without a word", refusedWith(400, asks("_elements")), ["kickoff/elements-refused"]),
  made("export needs no dollar sign", taken("unknown", inPath("/export")), ["kickoff/dollar-needed"]),
  made("a kick-off by POST is taken", taken("kickoff", refusedFor(405)), ["kickoff/post-not-taken"]),
  made(
    "any scheme is as good as Bearer",
    on(
      "attribution",
      (_, scene) => scene.granted(),
      (_, { headers }) => headers["authorization"]?.startsWith("Token ") === true
    ),
    ["token/other-scheme-refused"]
  ),
  made("the attribution status needs no token", open("attribution"), ["attribution/needs-token"])
]

/** Changes the manifest of the job that was started with a parameter. */
export const ofRequest = (part: string, change: Parameters<typeof body>[1]): Mutation =>
  body("status", (manifest) => (String(manifest["request"]).includes(part) ? change(manifest) : manifest))

const uuids = {
  Patient: "11111111-2222-4333-8444-555555555555",
  ExplanationOfBenefit: "cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee"
}

/** The manifest lists a file after all. */
export const listing = (part: string, type: keyof typeof uuids): Mutation => {
  const mutate: Mutation = (reply, scene) =>
    ofRequest(part, (manifest) => ({
      ...manifest,
      output: [{ type, url: `${scene.base}/data/${String(manifest["JobID"])}/${uuids[type]}.ndjson` }]
    }))(reply, scene)
  return mutate
}

export const parametric: ReadonlyArray<Broken> = [
  made("only the long name of NDJSON is known", refusedWith(400, asks("_outputFormat=ndjson")), [
    "kickoff/output-formats"
  ]),
  made("an unknown parameter is refused", refusedWith(400, asks("&no-such=1")), ["kickoff/unknown-parameter-ignored"]),
  made("_since is refused", refusedWith(400, asks("_since=20")), ["kickoff/since-taken"]),
  made("_since has no effect", listing("_since", "Patient"), ["manifest/since-effect"]),
  made("_typeFilter has no effect", listing("_typeFilter", "ExplanationOfBenefit"), ["manifest/type-filter-effect"]),
  made("any filter is taken", taken("kickoff", asks("no-such%3D1")), ["kickoff/unknown-filter-refused"]),
  made("there is no export of all patients", refusedWith(404, inPath("/Patient/")), ["kickoff/patient-level"]),
  made(
    "without _type there are no claims",
    ofRequest("/Patient/$export", (manifest) => ({
      ...manifest,
      output: listIn(manifest, "output").filter(({ type }) => type !== "ExplanationOfBenefit")
    })),
    ["manifest/everything"]
  ),
  made(
    "a file of claims is called JSON",
    header("file", "content-type", "application/json", (reply) => text(reply).includes("carrier")),
    ["file/everything-sound"]
  ),
  made(
    "a line about a claim is broken",
    on(
      "file",
      (reply) => ({ ...reply, body: text(reply).replace("}", "") }),
      (reply) => text(reply).includes("carrier")
    ),
    ["file/everything-sound"]
  ),
  made(
    "a file in error has other things",
    on("file", (reply) => ({ ...reply, body: text(reply).replace("OperationOutcome", "Basic") }), ok),
    ["file/messages"]
  ),
  made(
    "a file in error is about something fatal",
    on("file", (reply) => ({ ...reply, body: text(reply).replace('"warning"', '"fatal"') }), ok),
    ["file/warnings"]
  ),
  made(
    "nobody warns of claims",
    body("status", (manifest) => ({ ...manifest, error: [] })),
    ["file/warnings"]
  )
]

export const filtering: ReadonlyArray<Broken> = [
  made("jobs cannot be had by state", status("jobs", 500, asks("_status=Completed")), ["jobs/filters"]),
  made(
    "completed jobs are shown as running",
    on("jobs", (reply) => ({ ...reply, body: text(reply).replaceAll('"completed"', '"in-progress"') }), ok),
    ["jobs/filter-shows"]
  ),
  fresh("the list of archived jobs has the completed ones", () => {
    let completed = { status: 200, headers: {}, body: "{}" as string | Buffer }
    return (reply, scene) => {
      if (scene.route !== "jobs" || reply.status > 404) return reply
      if (scene.url.search.includes("Completed")) completed = { ...completed, ...reply }
      return scene.url.search.includes("Archived") ? completed : reply
    }
  }, ["jobs/filter-excludes"]),
  made(
    "jobs can be had by any state",
    on("jobs", () => ({ status: 200, headers: {}, body: '{"resourceType":"Bundle","total":0}' }), refusedFor(400)),
    ["jobs/unknown-state-refused"]
  )
]
