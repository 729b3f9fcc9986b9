/** What can be wrong with what is asked again, asked in another way, or no longer wanted. */
import { type Mutation, outcome, type Reply } from "../TinyBcda.ts"
import { listing, ofRequest, refusedWith, taken } from "./asking.ts"
import {
  asks,
  type Broken,
  fresh,
  header,
  type Json,
  listIn,
  made,
  ok,
  on,
  refusedFor,
  started,
  text,
  type When,
  without
} from "./tools.ts"

/** A server that puts the same export off, and does something wrong at it. */
const puttingOff = (
  name: string,
  kills: Broken["kills"],
  how: { readonly times: number; readonly retryAfter: string },
  mutate: () => Mutation = () => (reply) => reply
): Broken => ({ name, server: () => ({ putsOff: how, mutate: mutate() }), kills })

const once = { times: 1, retryAfter: "0" }

export const repeated: ReadonlyArray<Broken> = [
  puttingOff("who is put off is not told for how long", ["kickoff/put-off-says-when"], { times: 1, retryAfter: "" }),
  puttingOff(
    "who is put off for no time is put off again",
    ["kickoff/put-off-says-when", "kickoff/taken-after-waiting"],
    {
      times: 2,
      retryAfter: "0"
    }
  ),
  puttingOff("the same export again breaks the server", ["kickoff/same-again"], once, () =>
    on("kickoff", (reply) => ({ ...reply, status: 500 }), refusedFor(429))
  ),
  puttingOff("an export that is put off is started all the same", ["kickoff/same-again"], once, () =>
    header("kickoff", "content-location", "http://127.0.0.1/jobs/7", refusedFor(429))
  ),
  puttingOff("an export fails when it is asked for again", ["kickoff/goes-on-beside"], once, () => {
    let isPutOff = false
    return (reply, { route }) => {
      isPutOff ||= reply.status === 429
      return isPutOff && route === "status" ? { ...reply, status: 500 } : reply
    }
  }),
  fresh("all exports have one address", () => {
    let address: string | undefined
    return on(
      "kickoff",
      (reply) => {
        address ??= reply.headers["content-location"] ?? ""
        return { ...reply, headers: { ...reply.headers, "content-location": address } }
      },
      started
    )
  }, ["kickoff/own-job"])
]

const first = (manifest: Json): Json => ({ ...manifest, output: listIn(manifest, "output").slice(0, 1) })

const inParts: When = (_, { headers }) => headers["range"] !== undefined

export const elsewhere: ReadonlyArray<Broken> = [
  made("a kick-off is refused in plain JSON", header("kickoff", "content-type", "application/json", refusedFor(400)), [
    "kickoff/error-content-type"
  ]),
  made("a type that no patient has is taken", taken("kickoff", asks("Medication")), ["kickoff/outside-type-refused"]),
  made("a type that no patient has is refused without a word", refusedWith(400, asks("Medication")), [
    "kickoff/outside-type-refused"
  ]),
  made("claims can be sorted by a filter", taken("kickoff", asks("_sort")), ["kickoff/sorting-filter-refused"]),
  made("a filter of patients is taken", taken("kickoff", asks("Patient%3F")), ["kickoff/patient-filter-refused"]),
  made("a filter of patients is refused without a word", refusedWith(400, asks("Patient%3F")), [
    "kickoff/patient-filter-refused"
  ]),
  made("of a list of types the first counts", ofRequest("_type=Patient,Coverage", first), ["manifest/asked-types"]),
  made("of two _type the first counts", ofRequest("&_type=", first), ["manifest/repeated-type"]),
  made("an export without news has no output", ofRequest("_since", without("output")), ["manifest/nothing-new"]),
  made(
    "an export without news has an empty file",
    (reply, scene) =>
      on("file", (file) => ({ ...file, body: "" }), ok)(listing("_since", "Patient")(reply, scene), scene),
    ["manifest/nothing-new"]
  ),
  made(
    "files have no parts",
    on("file", (reply) => ({ ...reply, status: 416, body: "" }), inParts),
    ["file/part"]
  ),
  made(
    "a part of a file is another one",
    on("file", (reply) => ({ ...reply, body: reply.body.slice(1) + "x" }), inParts),
    ["file/part"]
  ),
  made("a part of a file is said to be another one", header("file", "content-range", "bytes 0-31/1000", inParts), [
    "file/part"
  ]),
  made(
    "a part of a file is a byte too long",
    on("file", (reply) => ({ ...reply, body: Buffer.concat([Buffer.from(reply.body), Buffer.from("x")]) }), inParts),
    ["file/part"]
  ),
  made(
    "a part of a file is given for the whole",
    on("file", (reply) => ({ ...reply, status: 200 }), inParts),
    ["file/part"]
  ),
  ...[301, 302, 303, 307, 308].map((code) =>
    made(
      `a kick-off is redirected by ${code}`,
      on("kickoff", (_, { url }) => ({ status: code, headers: { location: url.href }, body: "" }), started),
      ["kickoff/accepted"]
    )
  ),
  made(
    "a file is redirected",
    on("file", (_, { url }) => ({ status: 307, headers: { location: url.href }, body: "" }), ok),
    ["file/fetched"]
  ),
  made(
    "a job that waits is listed as on hold",
    on("jobs", (reply) => ({ ...reply, body: text(reply).replaceAll('"in-progress"', '"on-hold"') }), ok),
    ["jobs/waiting"]
  ),
  made(
    "there is no attribution status",
    on("attribution", () => outcome(404, "not-found", ""), ok),
    ["attribution/there"]
  )
]

/** From the first DELETE of a finished job on, answers to that and to what follows are others. */
const afterDelete = (deleting: (reply: Reply) => Reply, after: Mutation) => (): Mutation => {
  const finished = new Set<string>()
  let isDeleted = false
  return (reply, scene) => {
    if (scene.route === "status" && reply.status === 200) finished.add(scene.url.pathname)
    if (scene.route === "cancel" && finished.has(scene.url.pathname)) {
      isDeleted = true
      return deleting(reply)
    }
    return isDeleted ? after(reply, scene) : reply
  }
}

const agreed = (): Reply => ({ status: 202, headers: {}, body: "" })
const asBefore = (reply: Reply): Reply => reply
const gone = (): Reply => outcome(404, "not-found", "")

export const unwanted: ReadonlyArray<Broken> = [
  fresh("a cancelled job comes back", () => {
    let asked = 0
    return on(
      "status",
      (reply) => (asked++ === 0 ? reply : agreed()),
      (reply) => text(reply).includes("been cancelled")
    )
  }, ["cancel/stays-cancelled"]),
  fresh("a finished job is deleted and goes on", afterDelete(agreed, asBefore), ["cancel/finished"]),
  fresh(
    "a finished job is deleted without a word",
    afterDelete(
      agreed,
      on("status", () => ({ status: 404, headers: {}, body: "" }))
    ),
    ["cancel/finished"]
  ),
  fresh("a finished job is not deleted, and gone", afterDelete(asBefore, on("status", gone)), ["cancel/finished"]),
  fresh(
    "a finished job is not deleted, without a word",
    afterDelete((reply) => ({ ...reply, body: "" }), asBefore),
    ["cancel/finished"]
  ),
  fresh(
    "a finished job is not deleted, and that is an error of the server",
    afterDelete(() => outcome(500, "exception", ""), asBefore),
    ["cancel/finished"]
  ),
  fresh(
    "files of a deleted job are empty",
    afterDelete(
      agreed,
      on("file", (reply) => ({ ...reply, body: "" }))
    ),
    ["cancel/finished-file"]
  ),
  fresh(
    "files of a deleted job are an empty answer",
    afterDelete(
      agreed,
      on("file", () => ({ status: 304, headers: {}, body: "" }))
    ),
    ["cancel/finished-file"]
  ),
  fresh("a finished job is not deleted, and its files are gone", afterDelete(asBefore, on("file", gone)), [
    "cancel/finished-file"
  ])
]
