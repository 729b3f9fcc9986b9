/** What can be wrong with a job: its status, and its manifest. */
import {
  type Broken,
  body,
  fresh,
  header,
  later,
  listIn,
  made,
  member,
  noToken,
  ok,
  on,
  output,
  refusedFor,
  started,
  status,
  text,
  without
} from "./tools.ts"

const progress = (value: string | undefined) => header("status", "x-progress", value, started)

export const following: ReadonlyArray<Broken> = [
  made(
    "a running job answers 204",
    status("status", 204, (reply) => reply.headers["x-progress"] === "Pending"),
    ["status/in-progress"]
  ),
  fresh("a poll is dropped", () => {
    let polls = 0
    return on("status", (reply) => (polls++ === 0 ? { ...reply, silent: true } : reply), started)
  }, ["status/in-progress"]),
  made("a running job answers 500", status("status", 500, started), ["status/done"]),
  fresh("a finished job starts again", () => {
    const again = later("status", (reply) => ({ ...reply, status: 202, body: "" }))()
    return (reply, scene) => (scene.url.pathname.endsWith("/41") ? again(reply, scene) : reply)
  }, ["status/stays-done"]),
  fresh(
    "a manifest changes",
    later("status", (reply) => ({ ...reply, body: text(reply).replaceAll(".ndjson", "-2.ndjson") })),
    ["status/stays-done"]
  ),
  made("there is no Retry-After", header("status", "retry-after", undefined, started), ["status/retry-after"]),
  made("Retry-After is a word", header("status", "retry-after", "soon", started), ["status/retry-after"]),
  made("X-Progress is a novel", progress(`In Progress (50%) ${"and so on ".repeat(20)}`), ["status/progress-short"]),
  made("X-Progress says nothing", progress("working"), ["status/progress-percentage"]),
  made("X-Progress is written with brackets", progress("In Progress (50%)"), ["status/progress-literal"]),
  made("X-Progress goes beyond the end", progress("In Progress (250%)"), ["status/progress-percentage"]),
  made("there is no X-Progress", progress(undefined), ["status/progress-percentage"]),
  made("a finished job answers 500", status("status", 500), ["status/done"]),
  made("the manifest is plain text", header("status", "content-type", "text/plain"), ["status/done"]),
  made(
    "the manifest is two documents",
    on("status", (reply) => ({ ...reply, body: text(reply) + text(reply) }), ok),
    ["status/done", "manifest/output"]
  ),
  made("Expires is not an HTTP date", header("status", "expires", "2026-08-22 19:02:15.123456 +0000 UTC"), [
    "status/expires"
  ]),
  made("Expires is past", header("status", "expires", "Sun, 06 Nov 1994 08:49:37 GMT"), ["status/expires"]),
  made(
    "a job's status needs no token",
    on("status", (_, scene) => scene.granted(), noToken),
    ["status/needs-token", "kickoff/missing-token-401"]
  ),
  made(
    "an unknown job is empty",
    on(
      "status",
      () => ({ status: 200, headers: {}, body: "{}" }),
      (_, { url }) => url.pathname.endsWith("999")
    ),
    ["status/unknown-job", "status/unknown-job-explained"]
  ),
  made(
    "an unknown job is explained as plain JSON",
    header("status", "content-type", "application/json", refusedFor(404)),
    ["status/error-content-type"]
  ),
  made(
    "an unknown job is explained twice",
    on(
      "status",
      (reply) => ({ ...reply, body: text(reply) + text(reply) }),
      (reply, { url }) => reply.status === 404 && url.pathname.endsWith("999")
    ),
    ["status/unknown-job-explained"]
  )
]

export const manifest: ReadonlyArray<Broken> = [
  made("transactionTime is missing", body("status", without("transactionTime")), ["manifest/transaction-time"]),
  made("transactionTime has no zone", member("transactionTime", "2024-01-01T00:00:00"), ["manifest/transaction-time"]),
  made("transactionTime is tomorrow", member("transactionTime", new Date(Date.now() + 86_400_000).toISOString()), [
    "manifest/transaction-time"
  ]),
  made("request is missing", body("status", without("request")), ["manifest/request"]),
  made("request is another URL", member("request", "http://127.0.0.1/api/v3/Patient/$export"), ["manifest/request"]),
  made("requiresAccessToken is missing", body("status", without("requiresAccessToken")), [
    "manifest/requires-access-token"
  ]),
  made("requiresAccessToken is a string", member("requiresAccessToken", "true"), ["manifest/requires-access-token"]),
  made("requiresAccessToken is false", member("requiresAccessToken", false), ["manifest/requires-access-token"]),
  made("output is missing", body("status", without("output")), ["manifest/output", "manifest/file-url-shape"]),
  made("output is an object", member("output", {}), ["manifest/output", "manifest/file-url-shape"]),
  made("an item has no type", output(without("type")), [
    "manifest/output",
    "manifest/only-asked-types",
    "file/one-type"
  ]),
  made(
    "an item has no URL",
    output((item, index) => (index === 0 ? without("url")(item) : item)),
    ["manifest/output", "manifest/file-url-shape"]
  ),
  made(
    "an item's URL is relative",
    output((item) => ({ ...item, url: new URL(String(item["url"])).pathname })),
    ["manifest/output", "manifest/file-url-shape"]
  ),
  made(
    "two items share a URL",
    body("status", (value) => ({
      ...value,
      output: [...listIn(value, "output"), ...listIn(value, "output")]
    })),
    ["manifest/output"]
  ),
  made(
    "a message is listed as data",
    body("status", (value) => ({
      ...value,
      output: [...listIn(value, "output"), { type: "OperationOutcome", url: "http://127.0.0.1/x" }]
    })),
    ["manifest/no-messages-in-output"]
  ),
  made(
    "count is a string",
    output((item) => ({ ...item, count: "3" })),
    ["manifest/count"]
  ),
  made(
    "count is wrong",
    output((item) => ({ ...item, count: 7 })),
    ["manifest/count"]
  ),
  made("deleted is an object", member("deleted", {}), ["manifest/deleted"]),
  made("a deleted item is no Bundle", member("deleted", [{ type: "Patient", url: "http://127.0.0.1/x" }]), [
    "manifest/deleted"
  ]),
  made("a deleted item has no URL", member("deleted", [{ type: "Bundle" }]), ["manifest/deleted"]),
  made("extension is an array", member("extension", [{ url: "http://127.0.0.1/x" }]), ["manifest/extension"]),
  made(
    "patients are left out",
    body("status", (value) => ({
      ...value,
      output: listIn(value, "output").filter((item) => item["type"] !== "Patient")
    })),
    ["manifest/patients"]
  ),
  made("error is missing", body("status", without("error")), ["manifest/error"]),
  made("error is an object", member("error", {}), ["manifest/error"]),
  made("an error item is no OperationOutcome", member("error", [{ type: "Patient", url: "http://127.0.0.1/x" }]), [
    "manifest/error"
  ]),
  made(
    "_type is ignored",
    body("status", (value) => ({
      ...value,
      output: [...listIn(value, "output"), { type: "Claim", url: "http://127.0.0.1/x" }]
    })),
    ["manifest/only-asked-types"]
  ),
  made(
    "JobID is a string",
    body("status", (value) => ({ ...value, JobID: String(value["JobID"]) })),
    ["manifest/job-id"]
  ),
  made("JobID is another job's", member("JobID", 7), ["manifest/job-id"]),
  made(
    "a file's URL names another job",
    on("status", (reply) => ({ ...reply, body: text(reply).replaceAll(/\/data\/\d+\//g, "/data/7/") }), ok),
    ["manifest/file-url-shape"]
  )
]
