import { gunzipSync } from "node:zlib"
import {
  batches,
  type DataSource,
  type FaultInstruction,
  type FaultPlace,
  makeSandbox,
  type Received,
  type Reply
} from "@bcda-kit/sandbox"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { basic, bearerIn, exportHeaders, persona, startOfTest } from "../Support.ts"

/**
 * A walk through everything that a sandbox answers, told as text: first undisturbed preparations, then, with faults in
 * force, requests of all kinds to jobs in all states, and last, undisturbed again, what the kick-offs brought about.
 */

/** Six people with negative ids; every other one was updated late. */
const people: DataSource = {
  plan: ({ batchSizes, filter, population, since, types }) =>
    types.flatMap((type) =>
      batches(population.people, batchSizes[type]).map(({ from, to }) => ({
        type,
        people: to - from,
        *lines() {
          for (let index = from; index < to; index++) {
            const lastUpdated = index % 2 === 0 ? "2026-01-01T00:00:00Z" : "2026-09-20T00:00:00Z"
            if (since !== undefined && Date.parse(lastUpdated) <= since.getTime()) continue
            if (type === "ExplanationOfBenefit" && index === 0 && filter.serviceFrom !== undefined) continue
            const id = `-${1001 + index}`
            yield JSON.stringify({
              id: type === "Patient" ? id : `${type.toLowerCase()}-${id}`,
              meta: { lastUpdated },
              ...(type === "Patient" ? {} : { patient: { reference: `Patient/${id}` } }),
              resourceType: type
            })
          }
        }
      }))
    )
}

const tester = persona({ people: 6 })
const limited = persona({ id: "limited", cmsId: "A9998", clientId: "limited", limits: { duplicateJobs: true } })

/** What a step of the tour saw, as text. */
export interface Sight {
  /** Places that it is about. */
  readonly places: ReadonlyArray<FaultPlace>
  readonly seen: string
}

export type Tour = ReadonlyMap<string, Sight>

const limit = 200_000

/** Reads a body, but no more than a little of one without end. */
const read = async (body: Reply["body"]): Promise<{ readonly bytes: Buffer; readonly end: string }> => {
  if (body instanceof Uint8Array) return { bytes: Buffer.from(body), end: "\n[end]" }
  const chunks: Array<Uint8Array> = []
  let size = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size > limit) return { bytes: Buffer.concat(chunks).subarray(0, 300), end: "\n[without end]" }
    }
  } catch (cause) {
    const how = typeof cause === "object" && cause !== null && "how" in cause ? String(cause.how) : "failed"
    return { bytes: Buffer.concat(chunks), end: `\n[connection ${how}]` }
  }
  return { bytes: Buffer.concat(chunks), end: "\n[chunked]" }
}

const inflated = (bytes: Buffer): string => {
  try {
    return gunzipSync(bytes).toString("latin1")
  } catch (cause) {
    return `[${cause instanceof Error && "code" in cause ? String(cause.code) : "not gzip"}]`
  }
}

/** Bytes as they are, or what they inflate to and how many members that took. */
const told = (bytes: Buffer): string => {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString("utf8")
  const members = bytes.toString("latin1").split("\u001f\u008b\b").length - 1
  return `[gzip, ${bytes.length} bytes, ${members} members]\n${inflated(bytes)}`
}

/** Names that are random are told by the order in which they appeared. */
const makeNames = () => {
  const known = new Map<string, string>()
  const named = (kind: string) => (random: string) => {
    const name = known.get(random) ?? `<${kind} ${known.size + 1}>`
    known.set(random, name)
    return name
  }
  return (text: string) =>
    text
      .replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?=(?:-error)?\.ndjson)/g, named("file"))
      .replaceAll(/eyJ[\w.-]+/g, "<token>")
}

const describe = async (reply: Reply): Promise<string> => {
  if (reply.lost !== undefined) return `[connection ${reply.lost} before an answer]`
  const { bytes, end } = await read(reply.body)
  const headers = reply.headers
    .filter(([name]) => name.toLowerCase() !== "date")
    .map(([name, value]) => `${name}: ${value.length > 300 ? `${value.length} characters` : value}`)
  return [
    `${reply.status}${reply.reason === undefined ? "" : ` (${reply.reason})`}`,
    ...headers,
    "",
    told(bytes) + end
  ].join("\n")
}

const group = "/api/v3/Group/all/$export"
const coverage = `${group}?_type=Coverage`

/** Addresses of a manifest's files, as far as they can be read. */
const addressesIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/"url":"([^"]*)"/g)].map(([, url = ""]) => url)

const text = (reply: Reply) => Effect.promise(async () => (await read(reply.body)).bytes.toString("utf8"))

/** Walks through a sandbox with these faults. Under the TestClock. */
export const tour = Effect.fnUntraced(function* (faults: ReadonlyArray<FaultInstruction>) {
  yield* TestClock.setTime(startOfTest)
  const sandbox = yield* makeSandbox({
    data: people,
    personas: [tester, limited],
    pace: { pendingMillis: 60_000, perSubJobMillis: 60_000 },
    behaviour: { batchSizes: { Patient: 50, Coverage: 50, ExplanationOfBenefit: 4, Claim: 50, ClaimResponse: 50 } }
  })
  const names = makeNames()
  const sights = new Map<string, Sight>()
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") => {
    const cut = path.indexOf("?")
    const received: Received = {
      method,
      path: cut === -1 ? path : path.slice(0, cut),
      query: cut === -1 ? "" : path.slice(cut + 1),
      scheme: "http",
      host: "127.0.0.1:80",
      headers: Object.entries(headers)
    }
    return sandbox.answer(received)
  }
  const login = (who = tester) => ask("/auth/token", { authorization: basic(who.clientId, who.clientSecret) }, "POST")
  const bearer = Effect.fnUntraced(function* (who = tester) {
    return bearerIn(yield* text(yield* login(who)))
  })
  const step = Effect.fnUntraced(function* (
    places: FaultPlace | ReadonlyArray<FaultPlace>,
    name: string,
    request: Effect.Effect<Reply>
  ) {
    const reply = yield* request
    const seen = yield* Effect.promise(() => describe(reply))
    sights.set(name, { places: [places].flat(), seen: names(seen) })
    return seen
  })
  let struck = 0
  const count = Effect.map(sandbox.faults.clear, (ended) => {
    struck += ended.at(-1)?.struck ?? 0
  })

  // Undisturbed: a token that has expired, two jobs that are done, one that was cancelled, two that have not begun.
  const expired = yield* bearer()
  yield* TestClock.adjust("30 minutes")
  const token = yield* bearer()
  const other = yield* bearer(limited)
  const start = (path: string) => ask(path, exportHeaders(token))
  yield* start("/api/v2/Group/all/$export?_type=Coverage")
  yield* start(`${group}?_type=Patient,Coverage,ExplanationOfBenefit`)
  yield* start(`${group}?_type=Patient`)
  yield* ask("/api/v3/jobs/3", { authorization: token }, "DELETE")
  yield* sandbox.idle
  yield* TestClock.adjust("10 minutes")
  yield* start("/api/v2/Group/all/$export?_type=Patient,Coverage,ExplanationOfBenefit")
  yield* start(coverage)
  yield* sandbox.idle
  const manifest = yield* text(yield* ask("/api/v3/jobs/2", { authorization: token }))
  // Named here, so that no fault changes who is who.
  names(manifest)
  const early = yield* text(yield* ask("/api/v3/jobs/1", { authorization: token }))
  names(early)
  const files = addressesIn(manifest).map((url) => new URL(url).pathname)
  const [first = "", second = ""] = files
  const warnings = files.find((path) => path.includes("warnings")) ?? ""
  yield* sandbox.faults.set(faults)

  yield* step("token", "token", login())
  yield* step(
    "token",
    "token with a wrong secret",
    ask("/auth/token", { authorization: basic("tester", "wrong") }, "POST")
  )
  yield* step("token", "token without credentials", ask("/auth/token", {}, "POST"))
  yield* step("other", "health", ask("/_health"))
  for (const version of ["v1", "v2", "v3"])
    yield* step("metadata", `metadata ${version}`, ask(`/api/${version}/metadata`))
  yield* step("other", "SMART configuration", ask("/api/v3/.well-known/smart-configuration"))

  const auth = { authorization: token }
  yield* step("other", "group", ask("/api/v3/Group/all", auth))
  const gzip = { ...auth, "accept-encoding": "gzip" }
  const bad = { authorization: token.slice(0, -9) }
  const late = { authorization: expired }
  const lower = { authorization: token.replace("Bearer", "bearer") }
  const poll = (
    name: string,
    id: number,
    headers: Readonly<Record<string, string>> = auth,
    places: FaultPlace | ReadonlyArray<FaultPlace> = "status"
  ) => step(places, `poll ${name}`, ask(`/api/v3/jobs/${id}`, headers))

  yield* poll("pending", 4)
  yield* poll("pending again", 4)
  yield* poll("of a cancelled job", 3)
  yield* poll("of no job", 900)
  yield* poll("without a token", 4, {})
  yield* poll("with a forged token", 4, bad)
  yield* poll("with an expired token", 4, late)
  yield* poll("with a small b", 4, lower)
  yield* poll("of another organization's job", 4, { authorization: other })
  const listed = yield* poll("done", 2, auth, ["status", "manifest"])
  yield* poll("done, second time", 2, auth, ["status", "manifest"])
  yield* poll("done, third time", 2, auth, ["status", "manifest"])
  const [address = ""] = addressesIn(listed)
  const there = URL.canParse(address) ? new URL(address) : new URL("http://nowhere.invalid/")
  const path = `${there.pathname}${there.search}`
  yield* step(["status", "manifest", "file"], "file as it is listed", ask(path, auth))
  yield* step(["status", "manifest", "file"], "file as it is listed, without a token", ask(path))

  yield* step("file", "file", ask(first, auth))
  yield* step("file", "file gzipped", ask(first, gzip))
  yield* step("file", "file again", ask(first, auth))
  yield* step("file", "another file", ask(second, auth))
  yield* step("file", "part of a file", ask(first, { ...gzip, range: "bytes=10-" }))
  yield* step("file", "file without a token", ask(first))
  yield* step("file", "file with a forged token", ask(first, bad))
  yield* step("file", "file with a small b", ask(first, lower))
  yield* step("file", "unknown file", ask(first.replace(/[0-9a-f]{12}\.ndjson$/, "000000000000.ndjson"), auth))
  yield* step("error-file", "error file", ask(warnings, auth))
  yield* step("error-file", "error file gzipped", ask(warnings, gzip))
  yield* step("error-file", "part of an error file", ask(warnings, { ...auth, range: "bytes=10-" }))
  yield* step("error-file", "error file without a token", ask(warnings))
  yield* step("error-file", "error file with a forged token", ask(warnings, bad))
  yield* step("error-file", "error file with a small b", ask(warnings, lower))
  yield* step("error-file", "unknown error file", ask(warnings.replace("/2/", "/1/"), auth))
  const held = yield* ask(first, gzip)
  const holding = held.body instanceof Uint8Array ? undefined : held.body[Symbol.asyncIterator]()
  yield* Effect.promise(async () => holding?.next())
  yield* step("file", "file while another is being read", ask(second, auth))
  yield* Effect.promise(async () => holding?.return?.())

  const list = (name: string, query = "", headers: Record<string, string> = exportHeaders(token)) =>
    step("jobs", `jobs ${name}`, ask(`/api/v3/jobs${query}`, headers))
  yield* list("all")
  yield* list("of a status", "?_status=Completed")
  yield* list("of an unknown status", "?_status=Completed,Nonsense")
  yield* list("none", "?_status=Expired")
  yield* list("without Prefer", "", { ...auth, accept: "application/fhir+json" })
  yield* list("without Accept", "", { ...auth, prefer: "respond-async" })
  yield* list("without a token", "", { accept: "application/fhir+json", prefer: "respond-async" })
  yield* list("with a forged token", "", exportHeaders(bad.authorization))
  yield* list("with an expired token", "", exportHeaders(expired))
  yield* list("with a small b", "", exportHeaders(lower.authorization))

  yield* step("attribution", "attribution", ask("/api/v3/attribution_status", auth))
  yield* step("attribution", "attribution without a token", ask("/api/v3/attribution_status"))
  yield* step("attribution", "attribution with a forged token", ask("/api/v3/attribution_status", bad))
  yield* step("attribution", "attribution with an expired token", ask("/api/v3/attribution_status", late))
  yield* step(
    "attribution",
    "attribution under another scheme",
    ask("/api/v3/attribution_status", { authorization: token.replace("Bearer", "Token") })
  )
  yield* step("attribution", "attribution with a small b", ask("/api/v3/attribution_status", lower))

  const cancel = (name: string, id: number, headers: Readonly<Record<string, string>> = auth) =>
    step("cancel", `cancel ${name}`, ask(`/api/v3/jobs/${id}`, headers, "DELETE"))
  yield* cancel("without a token", 900, {})
  yield* cancel("with a forged token", 900, bad)
  yield* cancel("with an expired token", 900, late)
  yield* cancel("with a small b", 900, lower)
  yield* cancel("pending", 5)
  yield* cancel("a second time", 5)
  yield* poll("after the cancel", 5, auth, ["cancel", "status"])
  yield* cancel("done", 1)
  yield* poll("of a deleted job", 1, auth, ["cancel", "status", "manifest"])
  const [deleted = ""] = addressesIn(early).map((url) => new URL(url).pathname)
  yield* step(["cancel", "file"], "file of a deleted job", ask(deleted, auth))
  yield* cancel("of no job", 900)

  const kickOff = (
    name: string,
    target: string,
    headers: Record<string, string> = exportHeaders(token),
    { as = name, method = "GET" } = {}
  ) =>
    step(
      "kick-off",
      `kick-off ${name}`,
      ask(`${target}${target.includes("?") ? "&" : "?"}step=${as.replaceAll(" ", "_")}`, headers, method)
    )
  const started = yield* kickOff("plain", group)
  yield* poll("of the job just started", Number(/\/jobs\/(\d+)/.exec(started)?.[1] ?? 6), auth, ["kick-off", "status"])
  yield* kickOff("of a type", coverage)
  yield* kickOff("of two types", `${group}?_type=Coverage,Patient`)
  yield* kickOff("of a repeated type", `${coverage}&_type=Patient`)
  yield* kickOff("of an unknown type", `${group}?_type=Coverage,Practitioner`)
  yield* kickOff("since", `${coverage}&_since=2026-06-01T00:00:00Z`)
  yield* kickOff("since the future", `${coverage}&_since=2027-06-01T00:00:00Z`)
  yield* kickOff("since a date", `${coverage}&_since=2026-06-01`)
  yield* kickOff("as ndjson", `${coverage}&_outputFormat=ndjson`)
  yield* kickOff("as csv", `${coverage}&_outputFormat=text/csv`)
  yield* kickOff("of elements", `${coverage}&_elements=id`)
  const filter = "ExplanationOfBenefit%3Fservice-date%3Dge2026-01-01"
  yield* kickOff("with a filter", `${group}?_type=ExplanationOfBenefit&_typeFilter=${filter}`)
  yield* kickOff("of an unknown group", "/api/v3/Group/mine/$export?_type=Coverage")
  yield* kickOff("with an encoded dollar", "/api/v3/Group/all/%24export?_type=Coverage")
  yield* kickOff("on v2", "/api/v2/Patient/$export?_type=Coverage")
  yield* kickOff("without Accept", coverage, { ...auth, prefer: "respond-async" })
  yield* kickOff("without Prefer", coverage, { ...auth, accept: "application/fhir+json" })
  yield* kickOff("without a token", coverage, { accept: "application/fhir+json", prefer: "respond-async" })
  yield* kickOff("with a forged token", coverage, exportHeaders(bad.authorization))
  yield* kickOff("with an expired token", coverage, exportHeaders(expired))
  yield* kickOff("with a small b", coverage, exportHeaders(lower.authorization))
  yield* kickOff("of a limited organization", coverage, exportHeaders(other))
  yield* kickOff("of the same type again", coverage, exportHeaders(token), { as: "of a type" })
  yield* kickOff("without its dollar", coverage.replace("$", ""))
  yield* kickOff("by POST", coverage, exportHeaders(token), { method: "POST" })

  yield* sandbox.idle
  yield* TestClock.adjust("65 seconds")
  yield* poll("of the job started, after a minute", 6, auth, ["kick-off", "status"])
  yield* TestClock.adjust("65 seconds")
  yield* poll("in progress", 4)
  yield* TestClock.adjust("1 minute")
  yield* poll("in progress again", 4)

  // Undisturbed: what the kick-offs and cancels brought about.
  yield* count
  yield* sandbox.idle
  yield* TestClock.adjust("10 minutes")
  for (const who of [tester, limited]) {
    const authorization = yield* bearer(who)
    const jobs = yield* text(yield* ask("/api/v3/jobs", exportHeaders(authorization)))
    for (const [, id = "", request = ""] of jobs.matchAll(/"value":"(\d+)"\}.*?"valueString":"([^"]*)"/g)) {
      const reply = yield* ask(`/api/v3/jobs/${id}`, { authorization })
      const outcome = yield* text(reply)
      const counts = yield* Effect.forEach(
        [...outcome.matchAll(/"type":"(\w+)","url":"[^"]*(\/data\/[^"]+)"/g)],
        ([, type, listedPath = ""]) =>
          Effect.map(
            Effect.flatMap(ask(listedPath, { authorization }), text),
            (lines) => `${type} ${lines.split("\n").length - 1}`
          )
      )
      const name = /step=(\w+)/.exec(request)?.[1]?.replaceAll("_", " ")
      const seen = `${reply.status} ${reply.headers.find(([header]) => header === "X-Progress")?.[1] ?? counts.join(", ")}.`
      sights.set(name === undefined ? `end of job ${id}` : `job of kick-off ${name}`, {
        places: [name === undefined ? "cancel" : "kick-off"],
        seen
      })
    }
  }

  // With the faults again: what becomes of jobs and files as time passes.
  const later = Effect.fnUntraced(function* (name: string) {
    const authorization = yield* bearer()
    yield* sandbox.faults.set(faults)
    yield* poll(`of a done job ${name}`, 2, { authorization }, ["status", "manifest"])
    yield* step("file", `file ${name}`, ask(first, { authorization }))
    yield* step("error-file", `error file ${name}`, ask(warnings, { authorization }))
    yield* step("cancel", `cancel of a done job ${name}`, ask("/api/v3/jobs/2", { authorization }, "DELETE"))
    yield* count
  })
  yield* TestClock.adjust("2 hours")
  yield* later("after two hours")
  yield* TestClock.adjust("22 hours")
  yield* later("after a day")
  yield* TestClock.adjust("13 hours")
  yield* later("after two days")
  yield* sandbox.faults.set(faults)
  yield* step("file", "file with an expired token", ask(first, late))
  yield* step("error-file", "error file with an expired token", ask(warnings, late))
  yield* count
  const result: Tour = sights
  return { sights: result, struck }
})
