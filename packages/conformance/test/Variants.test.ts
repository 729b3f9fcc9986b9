/** Servers that are different and not wrong: nothing may turn red on them. And those that cannot be judged. */

import { gunzipSync, gzipSync } from "node:zlib"
import { Credentials, Target } from "@bcda-kit/core"
import { NodeTransport } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Result, Stream } from "effect"
import { bcdaExpected, checks, judge, outcomeOf, type ProfileId } from "../src/index.ts"
import { atOnce, judged, notLimited, notPassed } from "./support/Judging.ts"
import { type Mutation, outcome, type Reply, type TinyOptions } from "./support/TinyBcda.ts"

const text = (reply: Reply) => reply.body.toString()

const manifestOf = (reply: Reply) => {
  const manifest: { JobID: number; request: string; output: ReadonlyArray<object> } = JSON.parse(text(reply))
  return manifest
}

/** Files that open by what is in their address, whoever comes; a name that is not there opens nothing. */
const signed: Mutation = (reply, { base, granted, route, url }) => {
  if (route === "file") return url.searchParams.get("X-Signature") === "dHJ1c3QgbWU" ? granted() : outcome(403, "", "")
  if (route !== "status" || reply.status !== 200) return reply
  const body = text(reply).replaceAll(".ndjson", ".ndjson?X-Signature=dHJ1c3QgbWU")
  return { ...reply, body: JSON.stringify({ ...JSON.parse(body), requiresAccessToken: false, base }) }
}

interface Variant {
  readonly name: string
  readonly server: TinyOptions
  readonly profile?: ProfileId
  /** With the list of what BCDA is known to break. */
  readonly expected?: true
  /** What is not a pass and is right not to be; everything else passes. */
  readonly but?: ReadonlyArray<string>
}

/** An export that found nothing. */
const emptied = (reply: Reply, route: string): Reply =>
  route === "status" && reply.status === 200
    ? { ...reply, body: JSON.stringify({ ...manifestOf(reply), output: [] }) }
    : reply

/** What is not applicable then. */
const withoutFiles = [
  ...checks.flatMap(({ id }) =>
    id.startsWith("file/") && !["file/messages", "file/warnings"].includes(id) ? [`not-applicable ${id}`] : []
  ),
  "not-applicable attribution/there",
  "not-applicable cancel/finished",
  "not-applicable cancel/finished-file",
  "not-applicable manifest/asked-types",
  "not-applicable manifest/count",
  "not-applicable manifest/everything",
  "not-applicable manifest/patients",
  "not-applicable manifest/since-effect",
  "not-applicable second-opinion/file",
  "not-applicable kickoff/missing-token-401"
]

const variants: ReadonlyArray<Variant> = [
  {
    name: "the job is ready at the first poll",
    server: { polls: 0 },
    but: [
      "not-applicable status/in-progress",
      "not-applicable status/progress-climbs",
      "not-applicable status/progress-literal",
      "not-applicable status/progress-percentage",
      "not-applicable status/progress-short",
      "not-applicable status/retry-after",
      "not-applicable status/retry-after-sensible"
    ]
  },
  {
    name: "Retry-After is an HTTP date",
    server: {
      mutate: (reply) =>
        reply.headers["retry-after"] === undefined
          ? reply
          : { ...reply, headers: { ...reply.headers, "retry-after": new Date().toUTCString() } }
    }
  },
  {
    name: "the content type of files has a charset",
    server: {
      mutate: (reply, { route }) =>
        route === "file" && reply.status === 200
          ? { ...reply, headers: { ...reply.headers, "content-type": "application/fhir+ndjson; charset=utf-8" } }
          : reply
    }
  },
  {
    name: "lines end in CRLF and the last has no end",
    server: {
      mutate: (reply, { route, headers }) => {
        if (route !== "file" || reply.status !== 200) return reply
        const packed = headers["accept-encoding"]?.includes("gzip") === true
        const lines = (packed ? gunzipSync(reply.body) : reply.body).toString().trimEnd().replaceAll("\n", "\r\n")
        return { ...reply, body: packed ? gzipSync(lines) : lines }
      }
    }
  },
  {
    name: "the manifest has more members, and several files of one type",
    server: {
      mutate: (reply, { route, base }) => {
        if (route !== "status" || reply.status !== 200) return reply
        const manifest = manifestOf(reply)
        const more = {
          type: "Patient",
          url: `${base}/data/${manifest.JobID}/00000000-2222-4333-8444-555555555555.ndjson`
        }
        return { ...reply, body: JSON.stringify({ ...manifest, output: [...manifest.output, more], extension: {} }) }
      }
    },
    but: ["not-applicable file/same-people"]
  },
  {
    name: "the export is empty",
    server: { mutate: (reply, { route }) => emptied(reply, route) },
    but: withoutFiles
  },
  {
    name: "a missing token is answered 400, as the IG allows",
    profile: "ig-stu2",
    server: { mutate: (reply) => (reply.status === 401 ? { ...reply, status: 400 } : reply) }
  },
  {
    name: "the addresses of files are signed and need no token, as the IG allows",
    profile: "ig-stu2",
    server: { mutate: signed },
    but: ["not-applicable file/needs-token"]
  },
  {
    name: "a kick-off without Prefer is taken",
    server: {
      mutate: (reply, { route, headers, base }) =>
        route === "kickoff" && reply.status === 400 && headers["prefer"] === undefined
          ? { status: 202, headers: { "content-location": `${base}/api/v3/jobs/900` }, body: "" }
          : reply
    }
  },
  {
    name: "nothing was ever ingested",
    server: {
      mutate: (reply, { authorized, route }) =>
        route === "attribution" && authorized ? outcome(404, "not-found", "") : emptied(reply, route)
    },
    but: [
      ...withoutFiles,
      "not-applicable attribution/comparable",
      "not-applicable attribution/shape",
      "not-applicable attribution/time-form"
    ]
  },
  {
    name: "the attribution status is written as the page shows it",
    server: {
      mutate: (reply, { route }) =>
        route === "attribution" ? { ...reply, body: text(reply).replaceAll(/T([\d:.]+)Z/g, " $1+00") } : reply
    },
    but: ["warn attribution/time-form"]
  },
  {
    name: "kick-off and cancelling are confirmed by an OperationOutcome",
    server: {
      mutate: (reply, { route }) =>
        ["kickoff", "cancel"].includes(route) && reply.status === 202
          ? { ...reply, body: outcome(202, "informational", "as you wish").body }
          : reply
    }
  },
  {
    name: "metadata names the version of the IG's operations",
    server: {
      mutate: (reply, { route }) =>
        route === "metadata" ? { ...reply, body: text(reply).replaceAll(/(-export)(",)/g, "$1|2.0.0$2") } : reply
    }
  },
  {
    name: "a poll is throttled",
    server: (() => {
      let polls = 0
      const mutate: TinyOptions["mutate"] = (reply, { foreign, route }) =>
        route === "status" && reply.status === 202 && !foreign && polls++ === 0
          ? { status: 429, headers: { "retry-after": "0" }, body: "" }
          : reply
      return { mutate, polls: 4 }
    })()
  },
  {
    name: "everything is as BCDA does it today",
    server: {
      apiVersion: "v2",
      mutate: (reply, { route }) => {
        const { "retry-after": _, "x-progress": progress, ...others } = reply.headers
        const headers =
          progress === undefined ? others : { ...others, "x-progress": progress.replace(/, (.*)/, " ($1)") }
        if (route === "group") return { status: 404, headers: {}, body: "404 page not found" }
        // of several _type it reads the first
        if (route === "status" && reply.status === 200 && manifestOf(reply).request.includes("&_type=")) {
          const { output, ...manifest } = manifestOf(reply)
          return { ...reply, body: JSON.stringify({ ...manifest, output: output.slice(0, 1) }) }
        }
        if (route === "jobs" && reply.status === 404) {
          return { ...reply, body: `${text(reply)}{"resourceType":"Bundle"}` }
        }
        if (route === "token" && reply.status === 200) return { ...reply, body: text(reply).replace("1200", '"1200"') }
        if (headers["expires"] === undefined) return { ...reply, headers }
        return { ...reply, headers: { ...headers, expires: "2026-08-22 19:02:15.123456 +0000 UTC" } }
      }
    },
    expected: true,
    but: [
      "expected-fail jobs/none-404",
      "expected-fail manifest/repeated-type",
      "expected-fail metadata/group-read",
      "expected-fail status/expires",
      "expected-fail status/progress-literal",
      "expected-fail status/retry-after",
      "expected-fail token/expires-in-number",
      "not-applicable file/messages",
      "not-applicable file/warnings",
      "not-applicable kickoff/patient-filter-refused",
      "not-applicable kickoff/sorting-filter-refused",
      "not-applicable kickoff/unknown-filter-refused",
      "not-applicable manifest/type-filter-effect",
      "not-applicable status/retry-after-sensible"
    ]
  }
]

describe("a server that is different and not wrong", () => {
  for (const { name, server, profile, expected, but = [] } of variants) {
    it.live(name, () =>
      Effect.gen(function* () {
        const { verdicts, lines, tiny } = yield* judged(server, {
          ...(profile === undefined ? {} : { profile }),
          ...(expected ? { expected: bcdaExpected } : {})
        })
        const found = verdicts
          .filter(({ verdict, because }) => verdict !== "pass" && because !== `not part of profile ${profile}`)
          // none of them takes assertions
          .filter(({ check, verdict }) => !(check.startsWith("assertion/") && verdict === "not-applicable"))
          .map(({ check, verdict }) => `${verdict} ${check}`)
          .filter((line) => !notLimited.includes(line))
        assert.deepStrictEqual(found.toSorted(), [...but].toSorted(), notPassed(verdicts).join("\n"))
        assert.strictEqual(outcomeOf(lines).exitCode, 0)
        assert.strictEqual(tiny.running(), 0)
      })
    )
  }
})

const says =
  (requiresAccessToken: boolean): Mutation =>
  (reply, { route }) =>
    route === "status" && reply.status === 200
      ? { ...reply, body: JSON.stringify({ ...manifestOf(reply), requiresAccessToken }) }
      : reply

describe("a server that says that its files need no token", () => {
  it.live("and wants one fails by the IG, though that lets it protect them in another way", () =>
    Effect.gen(function* () {
      const options = { profile: "ig-stu2", only: ["manifest"] } as const
      const { by } = yield* judged({ mutate: says(false) }, options)
      const verdict = by.get("manifest/requires-access-token")
      assert.strictEqual(verdict?.verdict, "fail")
      const [broken, ...others] = verdict?.evidence.filter(({ holds }) => !holds) ?? []
      assert.deepInclude(broken, { step: "file-no-token", expected: "200", actual: "401" })
      assert.deepStrictEqual(others, [])
      const honest = yield* judged({ mutate: says(true) }, options)
      assert.strictEqual(honest.by.get("manifest/requires-access-token")?.verdict, "pass")
    })
  )
})

describe("a server that cannot be judged to the end", () => {
  it.live("whose job never ends leaves the files blocked, and the job is cancelled", () =>
    Effect.gen(function* () {
      const { by, lines, tiny } = yield* judged(
        { polls: Number.POSITIVE_INFINITY },
        { pace: { ...atOnce, deadline: Duration.zero }, clock: undefined }
      )
      for (const id of ["status/done", "manifest/output", "file/fetched"]) {
        assert.strictEqual(by.get(id)?.verdict, "blocked", id)
      }
      assert.strictEqual(by.get("kickoff/accepted")?.verdict, "pass")
      assert.strictEqual(outcomeOf(lines).exitCode, 3)
      assert.strictEqual(tiny.running(), 0)
      // without a token and with one that nobody issued, the poll that finds time to be up, and once more; and twice through fhir-kit-client
      assert.strictEqual(tiny.requests.filter((line) => line === "GET /api/v3/jobs/41").length, 6)
      assert.include(tiny.requests, "DELETE /api/v3/jobs/41")
      const footer = lines.at(-1)
      assert.strictEqual(
        footer?.kind === "footer" ? footer.exchanges : 0,
        tiny.requests.length,
        "clean-up is recorded too"
      )
    })
  )

  it.live("that is not there is blocked, not failed, and is asked three times in all", () =>
    Effect.gen(function* () {
      const target = Result.getOrThrow(Target.fromUrl("http://127.0.0.1:9"))
      const lines = yield* Stream.runCollect(
        judge({ target, credentials: Credentials.of("nobody", "nothing"), pace: atOnce })
      ).pipe(Effect.provide(NodeTransport.layer))
      const { exitCode, counts } = outcomeOf(lines)
      assert.strictEqual(exitCode, 3)
      assert.strictEqual(counts.pass + counts.fail + counts.warn, 0)
      const footer = lines.at(-1)
      assert.strictEqual(footer?.kind === "footer" ? footer.exchanges : undefined, 3)
    })
  )

  it.live("that gives no token blocks what needs one", () =>
    Effect.gen(function* () {
      const { by, lines } = yield* judged({
        mutate: (reply, { route }) => (route === "token" ? { status: 503, headers: {}, body: "" } : reply)
      })
      assert.strictEqual(by.get("token/issued")?.verdict, "fail")
      assert.strictEqual(by.get("kickoff/accepted")?.verdict, "blocked")
      assert.match(by.get("kickoff/accepted")?.because ?? "", /gives no token: POST .*\/auth\/token is answered 503$/)
      assert.strictEqual(by.get("metadata/readable")?.verdict, "pass")
      assert.strictEqual(outcomeOf(lines).exitCode, 3)
    })
  )

  it.live("that points its files elsewhere gets no token there", () =>
    Effect.gen(function* () {
      const { by } = yield* judged({
        mutate: (reply, { route }) =>
          route === "status" && reply.status === 200
            ? { ...reply, body: text(reply).replaceAll(/http:\/\/127[^/]*\/data/g, "http://files.invalid/data") }
            : reply
      })
      assert.strictEqual(by.get("file/fetched")?.verdict, "blocked")
      assert.include(by.get("file/fetched")?.because, "files.invalid")
    })
  )

  it.live("that finishes a job before it can be cancelled leaves that open", () =>
    Effect.gen(function* () {
      let finished = ""
      const { by } = yield* judged({
        mutate: (reply, { route, url }) => {
          if (route === "cancel") {
            finished = url.pathname
            return outcome(410, "not-found", "too late")
          }
          return route === "status" && url.pathname === finished ? { status: 200, headers: {}, body: "{}" } : reply
        }
      })
      assert.strictEqual(by.get("cancel/accepted")?.verdict, "not-run")
      assert.strictEqual(by.get("cancel/then-404")?.verdict, "not-run")
    })
  )

  it.live("that wants no token is not asked for refusals", () =>
    Effect.gen(function* () {
      const { by, verdicts } = yield* judged({ mutate: (_, { granted }) => granted() }, {}, "none")
      assert.strictEqual(by.get("token/issued")?.verdict, "not-applicable")
      assert.strictEqual(by.get("file/needs-token")?.verdict, "not-applicable")
      assert.strictEqual(by.get("file/fetched")?.verdict, "pass")
      assert.deepStrictEqual(
        verdicts
          .filter(({ verdict }) => ["fail", "blocked", "engine-error"].includes(verdict))
          .map(({ check }) => check),
        []
      )
    })
  )
})

describe("a long run", () => {
  it.live("gets itself a new token before the old one dies", () =>
    Effect.gen(function* () {
      const { tiny, by } = yield* judged({
        mutate: (reply, { route }) =>
          route === "token" && reply.status === 200 ? { ...reply, body: text(reply).replace("1200", "0.001") } : reply
      })
      const mints = tiny.requests.filter((line) => line.startsWith("POST /auth/token")).length
      assert.isAbove(mints, 3)
      assert.strictEqual(by.get("file/fetched")?.verdict, "pass")
    })
  )
})
