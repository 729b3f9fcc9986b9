/** What can be wrong once time has passed: after a cancel, after a token's life, after a day. */
import { type Mutation, type Reply, type Route } from "../TinyBcda.ts"
import { type Broken, fresh, header, made, ok, on, open, refusedFor, text } from "./tools.ts"

export const aftermath: ReadonlyArray<Broken> = [
  made("a job is cancelled without a token", open("cancel"), ["cancel/needs-token"]),
  made(
    "a job can be cancelled twice",
    on("cancel", () => ({ status: 202, headers: {}, body: "" }), refusedFor(410)),
    ["cancel/again-refused"]
  ),
  made(
    "a job that is not there can be cancelled",
    on("cancel", () => ({ status: 202, headers: {}, body: "" }), refusedFor(404)),
    ["cancel/unknown-refused"]
  ),
  made(
    "a cancelled job is listed as running",
    on("jobs", (reply) => ({ ...reply, body: text(reply).replaceAll('"cancelled"', '"in-progress"') }), ok),
    ["cancel/listed"]
  )
]

/** From the so many-th token on, a route answers otherwise. */
const fromToken = (number: number, route: Route, change: (reply: Reply) => Reply) => (): Mutation => {
  let tokens = 0
  return (reply, scene) => {
    if (scene.route === "token" && reply.status === 200) tokens++
    return scene.route === route && tokens >= number ? change(reply) : reply
  }
}

const answering = (status: number) => (): Reply => ({ status, headers: {}, body: "" })

export const ageing: ReadonlyArray<Broken> = [
  ...(["status", "file", "attribution", "jobs", "kickoff", "cancel"] as const).map((route) =>
    made(
      `a token never dies for ${route}`,
      on(
        route,
        (_, scene) => scene.granted(),
        (_, { expired }) => expired
      ),
      ["token/expired-refused"]
    )
  ),
  fresh("a job dies with its token", fromToken(2, "status", answering(500)), ["status/outlasts-token"]),
  fresh("a new token opens nothing old", fromToken(2, "file", answering(401)), ["file/lives-a-day"]),
  fresh("files go early", fromToken(3, "file", answering(404)), ["file/lives-a-day"]),
  fresh("jobs go early", fromToken(3, "status", answering(404)), ["file/lives-a-day"]),
  fresh(
    "jobs never go",
    fromToken(4, "status", (reply) => ({ ...reply, status: 200 })),
    ["file/gone-after-days"]
  ),
  fresh(
    "files never go",
    fromToken(4, "file", (reply) => ({ ...reply, status: 200 })),
    ["file/gone-after-days"]
  ),
  fresh("old jobs are not listed", fromToken(4, "jobs", answering(404)), ["file/gone-after-days"])
]

const running = ({ status }: Reply): boolean => status === 202

export const waiting: ReadonlyArray<Broken> = [
  ...["0", "7200", "-5", "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 01 Jan 2999 00:00:00 GMT"].map((value) =>
    made(`Retry-After is ${value}`, header("status", "retry-after", value, running), ["status/retry-after-sensible"])
  ),
  made(
    "X-Progress falls",
    on(
      "status",
      (reply) => ({ ...reply, headers: { ...reply.headers, "x-progress": "In Progress (75%)" } }),
      (reply) => reply.headers["x-progress"] === "In Progress, 25%"
    ),
    ["status/progress-climbs"]
  ),
  made(
    "X-Progress has no number",
    header(
      "status",
      "x-progress",
      "In Progress",
      (reply) => running(reply) && reply.headers["x-progress"] !== "Pending"
    ),
    ["status/progress-percentage"]
  ),
  made(
    "the manifest has a member twice",
    on("status", (reply) => ({ ...reply, body: text(reply).replace("{", '{"output":[],') }), ok),
    ["status/done"]
  ),
  fresh("the manifest is of another time at each poll", () => {
    let polls = 0
    return on(
      "status",
      (reply) => ({
        ...reply,
        body: text(reply).replace(/"transactionTime":"[^"]*"/, `"transactionTime":"2020-01-01T00:00:0${polls++ % 10}Z"`)
      }),
      ok
    )
  }, ["status/stays-done"])
]

/** Changes the text of the plain files of one type. */
const of = (type: string, change: (lines: string) => string): Mutation =>
  on(
    "file",
    (reply) => ({ ...reply, body: change(text(reply)) }),
    (reply) => reply.status === 200 && text(reply).includes(`"${type}"`)
  )

export const people: ReadonlyArray<Broken> = [
  made(
    "a line has a member twice",
    of("Patient", (lines) => lines.replace("{", '{"gender":"other",')),
    ["file/ndjson"]
  ),
  made(
    "a resource has no id",
    of("Patient", (lines) => lines.replace('"id"', '"identity"')),
    ["file/ids"]
  ),
  made(
    "a resource comes twice",
    of("Patient", (lines) => lines.replace("-1002", "-1001")),
    ["file/each-once"]
  ),
  made(
    "people have ids like real ones",
    of("Patient", (lines) => lines.replaceAll("-100", "100")),
    ["file/made-up-people", "file/same-people"]
  ),
  made(
    "a file is about people of another job",
    of("Coverage", (lines) => lines.replaceAll("Patient/-1", "Patient/-9")),
    ["file/same-people"]
  ),
  made(
    "a file is about one person more",
    of("Coverage", (lines) => lines.replace("Patient/-1001", "Patient/-1009")),
    ["file/same-people"]
  ),
  fresh("a file is not given twice at once", () => {
    const seen = new Map<string, number>()
    return on(
      "file",
      (reply, { url }) => {
        seen.set(url.pathname, (seen.get(url.pathname) ?? 0) + 1)
        return (seen.get(url.pathname) ?? 0) === 2 ? { status: 429, headers: {}, body: "" } : reply
      },
      (reply, { headers }) => reply.status === 200 && headers["accept-encoding"] === "identity"
    )
  }, ["file/at-once"]),
  made(
    "a file that is not there is empty",
    on("file", () => ({ status: 200, headers: {}, body: "" }), refusedFor(404)),
    ["file/unknown-refused"]
  )
]
