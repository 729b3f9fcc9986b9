/**
 * Servers that do one thing wrong wherever they do it, so that of each check that must notice only one assertion can: what that one says is
 * then known to be looked at.
 */
import { type Mutation, outcome, type Reply } from "../TinyBcda.ts"
import {
  asks,
  type Broken,
  body,
  fresh,
  header,
  type Json,
  later,
  listIn,
  made,
  ok,
  on,
  output,
  rest,
  started,
  status,
  text,
  type When,
  without
} from "./tools.ts"

/** Changes every refusal, whatever was asked. */
const refusals =
  (change: (reply: Reply) => Reply): Mutation =>
  (reply) =>
    reply.status >= 400 ? change(reply) : reply

/** Changes every OperationOutcome. */
const outcomes = (change: (value: Json) => Json): Mutation =>
  refusals((reply) => {
    if (!text(reply).startsWith('{"resourceType":"OperationOutcome"')) return reply
    const value: Json = JSON.parse(text(reply))
    return { ...reply, body: JSON.stringify(change(value)) }
  })

/** Checks that want a request of the right client to be refused with an OperationOutcome. */
const explained = [
  "kickoff/outside-type-refused",
  "kickoff/future-since-refused",
  "kickoff/elements-refused",
  "kickoff/unknown-filter-refused",
  "kickoff/patient-filter-refused",
  "jobs/unknown-state-refused",
  "jobs/none-404",
  "cancel/again-refused",
  "cancel/unknown-refused"
] as const

/** Checks that want no job to come of it. */
const withoutJob = [
  "kickoff/needs-token",
  "kickoff/needs-valid-token",
  "kickoff/unknown-type-refused",
  "kickoff/outside-type-refused",
  "kickoff/bad-since-refused",
  "kickoff/unknown-format-refused",
  "kickoff/unknown-group-refused",
  "kickoff/dollar-needed",
  "kickoff/post-not-taken",
  "kickoff/unknown-filter-refused",
  "kickoff/sorting-filter-refused",
  "kickoff/patient-filter-refused"
] as const

const refusing: ReadonlyArray<Broken> = [
  made(
    "refusals have the status 200",
    refusals((reply) => ({ ...reply, status: 200 })),
    [
      ...explained,
      ...withoutJob,
      "kickoff/refusals-explain",
      "token/wrong-secret-refused",
      "token/no-credentials-refused",
      "attribution/needs-token",
      "status/needs-token",
      "cancel/needs-token",
      "status/unknown-job"
    ]
  ),
  made(
    "refusals name a job",
    refusals((reply) => ({ ...reply, headers: { ...reply.headers, "content-location": "http://127.0.0.1/jobs/9" } })),
    [...withoutJob]
  ),
  made(
    "refusals come with a token",
    refusals((reply) => ({ ...reply, body: '{"access_token":"for-all"}' })),
    ["token/wrong-secret-refused", "token/no-credentials-refused"]
  ),
  made(
    "refusals are explained by another resource",
    outcomes((value) => ({ ...value, resourceType: "Basic" })),
    [
      ...explained,
      "kickoff/refusals-explain",
      "kickoff/missing-accept",
      "kickoff/missing-prefer",
      "status/unknown-job-explained",
      "cancel/then-404",
      "cancel/finished"
    ]
  ),
  made("refusals are explained by no issue", outcomes(without("issue")), [
    ...explained,
    "kickoff/refusals-explain",
    "kickoff/missing-accept",
    "kickoff/missing-prefer",
    "status/unknown-job-explained",
    "cancel/then-404",
    "cancel/finished"
  ]),
  made(
    "refusals are called plain text",
    refusals((reply) => ({ ...reply, headers: { ...reply.headers, "content-type": "text/plain" } })),
    ["kickoff/error-content-type", "status/unknown-job-explained", "status/error-content-type"]
  ),
  made(
    "_elements is refused by another number",
    status("kickoff", 422, (reply, { url }) => reply.status === 400 && url.search.includes("_elements")),
    ["kickoff/elements-refused"]
  ),
  made(
    "a POST is answered as if there were nothing",
    status("kickoff", 404, ({ status }) => status === 405),
    ["kickoff/post-not-taken"]
  )
]

/** Kick-offs that are judged by nothing but that they start a job. */
const plainly: When = (reply, scene) =>
  started(reply, scene) && /_outputFormat=|no-such=|_since=20|\/Patient\//.test(scene.url.href)
const startedSomehow = [
  "kickoff/output-formats",
  "kickoff/unknown-parameter-ignored",
  "kickoff/since-taken",
  "kickoff/patient-level"
] as const

const starting: ReadonlyArray<Broken> = [
  made("exports are started with 200", status("kickoff", 200, plainly), [...startedSomehow]),
  made("exports are started somewhere", header("kickoff", "content-location", undefined, plainly), [...startedSomehow])
]

/** Who fetches a plain file again gets another one. */
const changing = (): Mutation => {
  const fetched = new Set<string>()
  return on(
    "file",
    (reply, { url }) =>
      fetched.size === fetched.add(url.pathname).size
        ? { ...reply, body: `${text(reply)}{"resourceType":"Basic","id":"1"}\n` }
        : reply,
    (reply) => reply.status === 200 && reply.headers["content-encoding"] === undefined
  )
}

const files: ReadonlyArray<Broken> = [
  fresh("a file is another one when it is fetched again", changing, ["file/at-once"]),
  made(
    "a file of claims has something else in it too",
    on(
      "file",
      (reply) => ({ ...reply, body: `${text(reply)}{"resourceType":"Basic","id":"1"}\n` }),
      (reply) => text(reply).includes("carrier")
    ),
    ["file/everything-sound"]
  ),
  made("files are answered 203", status("file", 203), [
    "file/fetched",
    "file/gzip-on-request",
    "file/at-once",
    "file/everything-sound",
    "file/messages",
    "file/lives-a-day"
  ]),
  made(
    "a part of a file is answered 203",
    status("file", 203, (reply) => reply.status === 206),
    ["file/part"]
  ),
  made(
    "a part of a file is turned round",
    on(
      "file",
      (reply) => ({ ...reply, body: Buffer.from([...Buffer.from(reply.body)].toReversed()) }),
      (reply) => reply.status === 206
    ),
    ["file/part"]
  ),
  made("a file in error is called JSON", header("file", "content-type", "application/json"), ["file/messages"]),
  made(
    "a file in error has a broken line",
    on(
      "file",
      (reply) => ({ ...reply, body: `${text(reply)}{\n` }),
      (reply) => text(reply).includes("OperationOutcome")
    ),
    ["file/messages"]
  ),
  ...["Patient", "Coverage"].map((type) =>
    made(
      `nothing has ${type}`,
      body("status", (manifest) => ({
        ...manifest,
        output: listIn(manifest, "output").filter((item) => item["type"] !== type)
      })),
      ["manifest/everything", "manifest/asked-types"]
    )
  )
]

/** From the second answer on, a member of the manifest is another one. */
const moving = (name: string, value: string): Broken =>
  fresh(
    `${name} moves`,
    later("status", (reply) => {
      const manifest: Json = JSON.parse(text(reply))
      return { ...reply, body: JSON.stringify({ ...manifest, [name]: value }) }
    }),
    ["status/stays-done"]
  )

const manifests: ReadonlyArray<Broken> = [
  moving("transactionTime", "2020-01-01T00:00:00Z"),
  moving("request", "http://127.0.0.1/another"),
  fresh("a finished job is answered 203 when it is asked for again", () => {
    const done = new Set<string>()
    return on(
      "status",
      (reply, { url }) => (done.size === done.add(url.pathname).size ? { ...reply, status: 203 } : reply),
      ok
    )
  }, ["status/stays-done"]),
  made(
    "an error item's URL is a path",
    body("status", (manifest) => ({ ...manifest, error: [{ type: "OperationOutcome", url: "/x" }] })),
    ["manifest/error"]
  ),
  made(
    "a count is that of another file",
    output((item) => ({ ...item, count: 2 })),
    ["manifest/count"]
  )
]

const others: ReadonlyArray<Broken> = [
  made("the SMART configuration is answered 203", status("smart", 203), ["discovery/published"]),
  made(
    "the SMART configuration breaks off",
    on("smart", (reply) => ({ ...reply, body: text(reply).slice(0, -9) })),
    ["discovery/published"]
  ),
  made("a token is answered 203", status("token", 203), ["token/issued", "token/no-refresh-token"]),
  made(
    "the export of patients has another name",
    on("metadata", (reply) => ({ ...reply, body: text(reply).replace('"name":"export"', '"name":"take-out"') })),
    ["metadata/operation-names"]
  ),
  made(
    "the export of groups has another name",
    on("metadata", (reply) => ({
      ...reply,
      body: text(reply).replace(/"name":"export"(?!.*"name":"export")/, '"name":"take-out"')
    })),
    ["metadata/operation-names"]
  ),
  made(
    "an export that lacks a header is started with 200",
    on(
      "kickoff",
      (_, { base }) => ({ status: 200, headers: { "content-location": `${base}/api/v3/jobs/900` }, body: "" }),
      (_, { headers }) => headers["accept"] === undefined || headers["prefer"] === undefined
    ),
    ["kickoff/missing-accept", "kickoff/missing-prefer"]
  ),
  made(
    "a job with a filter fails",
    on(
      "status",
      (reply) => ({ ...reply, status: 500 }),
      (reply) => text(reply).includes("_typeFilter")
    ),
    ["manifest/type-filter-effect"]
  ),
  made("metadata is answered 203", status("metadata", 203), ["metadata/readable"]),
  made(
    "metadata knows one interaction",
    rest((entry) => ({ ...entry, interaction: [{ code: "search-system" }] })),
    ["metadata/interactions"]
  ),
  made(
    "metadata knows one format",
    body("metadata", (value) => ({ ...value, format: ["application/json"] })),
    ["metadata/formats"]
  ),
  made(
    "metadata names BFD alone",
    body("metadata", (value) => ({ ...value, instantiates: ["https://bfd.invalid/v3/fhir/metadata"] })),
    ["metadata/instantiates-bfd"]
  ),
  made("a token is called a text", header("token", "content-type", "text/plain"), ["token/issued"]),
  made("the attribution status is called a text", header("attribution", "content-type", "text/plain"), [
    "attribution/shape"
  ]),
  made("the attribution status is answered 203", status("attribution", 203), [
    "attribution/shape",
    "attribution/time-form",
    "attribution/there"
  ]),
  made(
    "the group that is read is no Group",
    body("group", (value) => ({ ...value, resourceType: "Basic" })),
    ["metadata/group-read"]
  ),
  made(
    "jobs are listed in another resource",
    body("jobs", (value) => ({ ...value, resourceType: "Parameters" })),
    ["jobs/bundle", "second-opinion/jobs"]
  ),
  made("jobs cannot be had by any state", status("jobs", 500, asks("_status=")), ["jobs/filters"]),
  made(
    "the status of a cancelled job is a failure",
    on(
      "status",
      () => outcome(500, "exception", ""),
      (reply) => text(reply).includes("been cancelled")
    ),
    ["cancel/then-404", "cancel/stays-cancelled"]
  )
]

export const alike: ReadonlyArray<Broken> = [...refusing, ...starting, ...files, ...manifests, ...others]
