/** What can be wrong with files, lists and cancelling, and for other clients. */
import { gzipSync } from "node:zlib"
import {
  type Broken,
  body,
  file,
  header,
  listIn,
  made,
  ok,
  on,
  open,
  refusedFor,
  started,
  status,
  text
} from "./tools.ts"

export const files: ReadonlyArray<Broken> = [
  made("a file answers 206", status("file", 206), ["file/fetched"]),
  made(
    "files are gone",
    on("file", () => ({ status: 404, headers: {}, body: "Not Found" })),
    [
      "file/fetched",
      "file/content-type",
      "file/ndjson",
      "file/one-type",
      "file/gzip-on-request",
      "file/gzip-same-content"
    ]
  ),
  made(
    "a file is cut short",
    on("file", (reply) => ({ ...reply, cut: true }), ok),
    ["file/fetched", "file/gzip-on-request", "file/gzip-same-content"]
  ),
  made(
    "a file is empty",
    file(() => ""),
    ["file/not-empty", "file/one-type"]
  ),
  made("a file is called JSON", header("file", "content-type", "application/json"), ["file/content-type"]),
  made("a file is called a download", header("file", "content-type", "application/octet-stream"), [
    "file/content-type"
  ]),
  made(
    "a line is broken",
    file((lines) => lines.replace("}", "")),
    ["file/ndjson"]
  ),
  made(
    "a line is blank",
    file((lines) => lines.replace("\n", "\n\n")),
    ["file/ndjson"]
  ),
  made(
    "a file begins with a byte order mark",
    file((lines) => `\uFEFF${lines}`),
    ["file/ndjson"]
  ),
  made(
    "a line has no resourceType",
    file((lines) => lines.replace("resourceType", "type")),
    ["file/ndjson"]
  ),
  made(
    "a file is a JSON array",
    file((lines) => `[${lines.trim().replaceAll("\n", ",")}]`),
    ["file/ndjson", "file/one-type"]
  ),
  made(
    "a file is gzip and does not say so",
    file((lines) => gzipSync(lines)),
    ["file/ndjson", "file/plain-on-request"]
  ),
  made(
    "a file is of another type than labelled",
    file((lines) => lines.replaceAll("Patient", "Claim")),
    ["file/one-type"]
  ),
  made(
    "a file holds two types",
    file((lines) => `${lines}{"resourceType":"Claim","id":"1"}\n`),
    ["file/one-type"]
  ),
  made(
    "a plain file is announced as another encoding",
    header("file", "content-encoding", "br", (_, { headers }) => headers["accept-encoding"] === "identity"),
    ["file/plain-on-request"]
  ),
  made(
    "gzip comes unasked",
    on(
      "file",
      (reply) => ({
        ...reply,
        headers: { ...reply.headers, "content-encoding": "gzip" },
        body: gzipSync(text(reply))
      }),
      ({ status: code }, { headers }) => code === 200 && headers["accept-encoding"] === "identity"
    ),
    ["file/plain-on-request"]
  ),
  made(
    "gzip is not to be had",
    on(
      "file",
      (_, scene) => ({
        status: 200,
        headers: { "content-type": "application/fhir+ndjson" },
        body: `{"resourceType":"Patient","id":"${scene.url.pathname.length}"}\n`
      }),
      ok
    ),
    ["file/gzip-on-request"]
  ),
  made(
    "gzip is announced and is not there",
    header("file", "content-encoding", "gzip", (_, { headers }) => headers["accept-encoding"] === "identity"),
    ["file/ndjson", "file/plain-on-request"]
  ),
  made(
    "the compressed file is another one",
    on(
      "file",
      (reply) => ({ ...reply, body: gzipSync('{"resourceType":"Patient","id":"1"}\n') }),
      (reply) => reply.headers["content-encoding"] === "gzip"
    ),
    ["file/gzip-same-content"]
  ),
  made(
    "the compressed file is cut in the middle",
    on(
      "file",
      (reply) => ({ ...reply, body: Buffer.from(reply.body).subarray(0, 40) }),
      (reply) => reply.headers["content-encoding"] === "gzip"
    ),
    ["file/gzip-on-request", "file/gzip-same-content"]
  ),
  made("a file needs no token", open("file"), ["file/needs-token", "kickoff/missing-token-401"])
]

export const lists: ReadonlyArray<Broken> = [
  made("jobs answers 500", status("jobs", 500), ["jobs/bundle", "second-opinion/jobs"]),
  made(
    "an empty list of jobs is an OperationOutcome and a Bundle in one body",
    on("jobs", (reply) => ({ ...reply, body: `${text(reply)}{"resourceType":"Bundle"}` }), refusedFor(404)),
    ["jobs/none-404"]
  ),
  made(
    "an empty list of jobs is an empty Bundle",
    on("jobs", (reply) => ({ ...reply, status: 200, body: '{"resourceType":"Bundle","total":0}' }), refusedFor(404)),
    ["jobs/none-404"]
  ),
  made(
    "jobs is another Bundle",
    body("jobs", (value) => ({ ...value, type: "collection" })),
    ["jobs/bundle"]
  ),
  made(
    "jobs has a wrong total",
    body("jobs", (value) => ({ ...value, total: 99 })),
    ["jobs/bundle"]
  ),
  made(
    "jobs lists a job twice",
    body("jobs", (value) => {
      const entry = [...listIn(value, "entry"), ...listIn(value, "entry")]
      return { ...value, entry, total: entry.length }
    }),
    ["jobs/bundle"]
  ),
  made(
    "jobs is two documents",
    on("jobs", (reply) => ({ ...reply, body: text(reply) + text(reply) }), ok),
    ["jobs/bundle", "jobs/tasks", "second-opinion/jobs"]
  ),
  made(
    "a Task has another status",
    on(
      "jobs",
      (reply) => ({ ...reply, body: text(reply).replace('"status":"completed"', '"status":"Completed"') }),
      ok
    ),
    ["jobs/tasks"]
  ),
  made(
    "a Task's number is a nickname",
    on("jobs", (reply) => ({ ...reply, body: text(reply).replaceAll('"official"', '"secondary"') }), ok),
    ["jobs/tasks"]
  ),
  made(
    "a Task does not say whose number it has",
    on("jobs", (reply) => ({ ...reply, body: text(reply).replaceAll('"system"', '"systems"') }), ok),
    ["jobs/tasks"]
  ),
  made(
    "a Task does not say what its input is",
    on("jobs", (reply) => ({ ...reply, body: text(reply).replaceAll('"BULK FHIR Export"', '""') }), ok),
    ["jobs/tasks"]
  ),
  made(
    "a Task's period has an offset",
    on("jobs", (reply) => ({ ...reply, body: text(reply).replace(/("start":"[^"]*)Z"/, '$1+00:00"') }), ok),
    ["jobs/time-form"]
  ),
  made(
    "a Task has no period",
    on("jobs", (reply) => ({ ...reply, body: text(reply).replace("executionPeriod", "period") }), ok),
    ["jobs/tasks"]
  ),
  made(
    "jobs is empty",
    body("jobs", (value) => ({ ...value, entry: [], total: 0 })),
    ["jobs/tasks", "jobs/lists-own"]
  ),
  made(
    "a Task repeats another request",
    on("jobs", (reply) => ({ ...reply, body: text(reply).replaceAll("GET http", "POST http") }), ok),
    ["jobs/lists-own"]
  ),
  made("attribution is an error", status("attribution", 500), ["attribution/shape"]),
  made(
    "attribution has no dates",
    body("attribution", (value) => ({ ...value, ingestion_dates: [] })),
    ["attribution/shape"]
  ),
  made(
    "attribution has an unknown kind",
    on("attribution", (reply) => ({ ...reply, body: text(reply).replace("last_runout_update", "last_update") }), ok),
    ["attribution/shape"]
  ),
  made(
    "attribution is of the future",
    on("attribution", (reply) => ({ ...reply, body: text(reply).replace("2024-12-22", "2999-12-22") }), ok),
    ["attribution/comparable"]
  ),
  made(
    "attribution is of the thirteenth month",
    on("attribution", (reply) => ({ ...reply, body: text(reply).replace("2024-12-22", "2024-13-22") }), ok),
    ["attribution/comparable", "attribution/time-form"]
  ),
  made(
    "attribution writes its times as the page does",
    on("attribution", (reply) => ({ ...reply, body: text(reply).replaceAll(/T([\d:.]+)Z/g, " $1+00") }), ok),
    ["attribution/time-form"]
  ),
  made(
    "attribution has a date without a time",
    on("attribution", (reply) => ({ ...reply, body: text(reply).replace(/T[\d:.]+Z/, "") }), ok),
    ["attribution/shape"]
  )
]

export const cancelling: ReadonlyArray<Broken> = [
  made(
    "cancelling is answered with the job",
    on("cancel", (reply) => ({ ...reply, body: '{"JobID":42}' }), started),
    ["cancel/body"]
  ),
  made("cancelling answers 200", status("cancel", 200, started), ["cancel/accepted"]),
  made(
    "cancelling is not supported",
    on("cancel", () => ({ status: 405, headers: {}, body: "" })),
    ["cancel/accepted"]
  ),
  made(
    "a cancelled job goes on",
    on(
      "status",
      () => ({ status: 202, headers: { "x-progress": "Pending" }, body: "" }),
      ({ body }) => body.includes("cancelled")
    ),
    ["cancel/then-404"]
  ),
  made(
    "a cancelled job is 410",
    status("status", 410, ({ body }) => body.includes("cancelled")),
    ["cancel/then-404"]
  ),
  made(
    "a cancelled job is explained twice",
    on(
      "status",
      (reply) => ({ ...reply, body: text(reply) + text(reply) }),
      ({ body }) => body.includes("cancelled")
    ),
    ["cancel/then-404"]
  )
]

export const opinions: ReadonlyArray<Broken> = [
  made(
    "only our client is answered: metadata",
    on(
      "metadata",
      () => ({ status: 406, headers: {}, body: "" }),
      (_, { foreign }) => foreign
    ),
    ["second-opinion/metadata"]
  ),
  made(
    "only our client is answered: export",
    on(
      "kickoff",
      (reply) => ({ ...reply, status: 406 }),
      (_, { foreign }) => foreign
    ),
    ["second-opinion/export"]
  ),
  made(
    "only our client is answered: status",
    on(
      "status",
      (reply) => ({ ...reply, status: 406 }),
      (_, { foreign }) => foreign
    ),
    ["second-opinion/status", "second-opinion/manifest"]
  ),
  made(
    "a foreign client is shown a shorter manifest",
    on(
      "status",
      (reply) => ({ ...reply, body: text(reply).replace(/,\{"type":"Coverage"[^}]*\}/, "") }),
      (_, { foreign }) => foreign
    ),
    ["second-opinion/manifest"]
  ),
  made(
    "only our client is answered: files",
    on(
      "file",
      (reply) => ({ ...reply, status: 406 }),
      (_, { foreign }) => foreign
    ),
    ["second-opinion/file"]
  ),
  made(
    "a foreign client gets half a file",
    on(
      "file",
      () => ({ status: 200, headers: {}, body: '{"resourceType":"Patient","id":"-1001"}\n' }),
      (_, { foreign }) => foreign
    ),
    ["second-opinion/file"]
  ),
  made(
    "only our client is answered: jobs",
    on(
      "jobs",
      (reply) => ({ ...reply, body: "<Bundle/>" }),
      (_, { foreign }) => foreign
    ),
    ["second-opinion/jobs"]
  )
]

/** A server that drops one request without a word is at fault, once it has answered another. */
export const silence: ReadonlyArray<Broken> = [
  made(
    "metadata, the first request of all, is never answered",
    on("metadata", (reply) => ({ ...reply, silent: true })),
    ["metadata/readable", "second-opinion/metadata"]
  ),
  made(
    "attribution is never answered",
    on("attribution", (reply) => ({ ...reply, silent: true })),
    ["attribution/shape"]
  ),
  made(
    "the kick-off is never answered",
    on("kickoff", (reply) => ({ ...reply, silent: true }), started),
    ["kickoff/accepted", "second-opinion/export"]
  )
]
