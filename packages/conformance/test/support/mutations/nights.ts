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

const overNights = (...which: Parameters<typeof made>): Broken => ({ ...made(...which), overNights: true })

export const nights: ReadonlyArray<Broken> = [
  overNights(
    "files of yesterday go before their day is over",
    on("file", () => gone, of(youngJob)),
    ["file/lives-a-day"]
  ),
  overNights(
    "files of yesterday come by half",
    on("file", (reply) => ({ ...reply, cut: true }), of(youngJob)),
    ["file/lives-a-day"]
  ),
  overNights(
    "files of days ago are still there",
    on("file", () => stillThere, of(goneJob)),
    ["file/gone-after-days"]
  ),
  overNights(
    "a job of days ago is still done",
    on("status", () => ({ status: 200, headers: { "content-type": "application/json" }, body: "{}" }), of(goneJob)),
    ["file/gone-after-days"]
  ),
  overNights(
    "yesterday's token opens doors",
    on("attribution", (_, scene) => scene.granted(), shownDead),
    ["token/expired-refused"]
  ),
  overNights(
    "yesterday's token is forbidden",
    on("attribution", (reply) => ({ ...reply, status: 403 }), shownDead),
    ["token/expired-refused"]
  )
]
