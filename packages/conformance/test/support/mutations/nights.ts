/** What can be wrong on a later night. */
import { deadToken, goneJob, tinyFiles, youngJob } from "../TinyBcda.ts"
import { type Broken, made, on, type When } from "./tools.ts"

const of =
  (job: number): When =>
  (_, { url }) =>
    url.pathname.split("/").includes(String(job))

const shownDead: When = (_, { headers }) => headers["authorization"] === `Bearer ${deadToken}`

const gone = { status: 404, headers: { "content-type": "text/plain" }, body: "Not Found" }
const stillThere = {
  status: 200,
  headers: { "content-type": "application/fhir+ndjson" },
  body: `${JSON.stringify(tinyFiles["Patient"]?.lines[0])}\n`
}

export const nights: ReadonlyArray<Broken> = [
  made(
    "files go before their day is over",
    on("file", () => gone, of(youngJob)),
    ["nights/file-lives-a-day"]
  ),
  made(
    "files of yesterday come by half",
    on("file", (reply) => ({ ...reply, cut: true }), of(youngJob)),
    ["nights/file-lives-a-day"]
  ),
  made(
    "files stay for days",
    on("file", () => stillThere, of(goneJob)),
    ["nights/gone-after-a-day"]
  ),
  made(
    "a job of days ago is still done",
    on("status", () => ({ status: 200, headers: { "content-type": "application/json" }, body: "{}" }), of(goneJob)),
    ["nights/gone-after-a-day"]
  ),
  made(
    "a dead token opens doors",
    on("attribution", (_, scene) => scene.granted(), shownDead),
    ["nights/dead-token-401", "nights/dead-token-refused"]
  ),
  made(
    "a dead token is forbidden",
    on("attribution", (reply) => ({ ...reply, status: 403 }), shownDead),
    ["nights/dead-token-401"]
  )
]
