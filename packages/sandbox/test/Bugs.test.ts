import { type Bug, type BugSwitches, bugs, type DataSource, type SandboxOptions, small } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { answersTo } from "./Rows.ts"
import { section14 } from "./Section14.ts"
import { section15 } from "./Section15.ts"
import { basic, complete, exportHeaders, type Kit, makeKit, memberOf, persona } from "./Support.ts"

/** One bug: what to do, and what it comes to with and without it. */
interface Case {
  readonly options?: SandboxOptions
  readonly see: (kit: Kit) => Effect.Effect<unknown>
  readonly today: unknown
  readonly fixed: unknown
}

const resourceType = /"resourceType":"(?:OperationOutcome|Bundle)"/g
const documents = (text: string): number => text.match(resourceType)?.length ?? 0

const pace = { pendingMillis: 1000, perSubJobMillis: 1000 }

/** Answers to a fresh token of the tester. */
const ask = Effect.fnUntraced(function* (kit: Kit, path: string, method?: string) {
  return yield* kit.send(path, exportHeaders(yield* kit.bearer()), method)
})

const progressOf = (kit: Kit, path = "/api/v2/jobs/1") =>
  Effect.map(ask(kit, path), ({ headers, status }) => headers.get("x-progress") ?? status)

const set = (kit: Kit, ...faults: Parameters<Kit["sandbox"]["faults"]["set"]>[0]) =>
  Effect.orDie(kit.sandbox.faults.set(faults))

const strangers: DataSource = {
  plan: () => [{ type: "Patient", people: 1, lines: () => [{ why: "unknown", mbi: "1S00E00AA00" }] }]
}

const cases: Readonly<Record<Bug, Case>> = {
  "archived-answers-twice": {
    see: Effect.fnUntraced(function* (kit) {
      yield* ask(kit, "/api/v2/Patient/$export?_type=Patient")
      yield* complete(kit)
      yield* TestClock.setTime(Date.parse("2026-10-07T11:00:00Z"))
      const answers = [
        yield* ask(kit, "/api/v2/jobs/1"),
        yield* ask(kit, "/api/v2/jobs/1", "DELETE"),
        yield* ask(kit, "/data/1/x.ndjson")
      ]
      return answers.map(({ status, text }) => [status, documents(text)])
    }),
    today: [
      [404, 2],
      [404, 2],
      [404, 2]
    ],
    fixed: [
      [404, 1],
      [404, 1],
      [404, 1]
    ]
  },
  "job-list-answers-twice": {
    see: Effect.fnUntraced(function* (kit) {
      const none = yield* ask(kit, "/api/v2/jobs")
      yield* set(kit, { fault: "job-list" })
      return [none, yield* ask(kit, "/api/v2/jobs")].map(({ status, text }) => [status, documents(text)])
    }),
    today: [
      [404, 2],
      [500, 2]
    ],
    fixed: [
      [404, 1],
      [500, 1]
    ]
  },
  "empty-gzip-member": {
    see: Effect.fnUntraced(function* (kit) {
      yield* ask(kit, "/api/v2/Patient/$export?_type=Patient")
      yield* complete(kit)
      const [, url = ""] =
        /"output":\[\{"type":"Patient","url":"([^"]*)"/.exec((yield* ask(kit, "/api/v2/jobs/1")).text) ?? []
      const seen: Array<number> = []
      for (const headers of [{}, { range: "lines=1" }, { "if-match": '"x"' }]) {
        const authorization = yield* kit.bearer()
        const response = yield* kit.response(url, { authorization, "accept-encoding": "gzip", ...headers })
        const bytes = yield* Effect.promise(async () => Buffer.from(await response.arrayBuffer()))
        seen.push(bytes.toString("hex").split("1f8b").length - 1)
      }
      return seen
    }),
    today: [2, 1, 1],
    fixed: [1, 0, 0]
  },
  "frozen-progress": {
    options: { pace, personas: [persona({ people: 60 })] },
    see: Effect.fnUntraced(function* (kit) {
      yield* ask(kit, "/api/v2/Patient/$export")
      yield* kit.sandbox.idle
      yield* TestClock.adjust("1 second")
      const seen = [yield* progressOf(kit)]
      for (const _ of [1, 2, 3]) {
        yield* TestClock.adjust("1 second")
        seen.push(yield* progressOf(kit))
      }
      return seen
    }),
    today: ["In Progress (0%)", "In Progress (25%)", "In Progress (25%)", "In Progress (25%)"],
    fixed: ["In Progress (0%)", "In Progress (25%)", "In Progress (50%)", "In Progress (75%)"]
  },
  "lost-cancel": {
    options: { pace },
    see: Effect.fnUntraced(function* (kit) {
      yield* ask(kit, "/api/v2/Patient/$export")
      yield* set(kit, { fault: "cancel-lost", where: "cancel" })
      const cancel = yield* ask(kit, "/api/v2/jobs/1", "DELETE")
      const seen = [cancel.status, yield* progressOf(kit)]
      yield* TestClock.adjust("500 millis")
      seen.push(yield* progressOf(kit))
      yield* complete(kit)
      return [...seen, yield* progressOf(kit)]
    }),
    today: [202, 404, "Pending", 200],
    fixed: [202, 404, 404, 404]
  },
  "orphaned-job": {
    options: { personas: [persona({ limits: { duplicateJobs: true } })] },
    see: Effect.fnUntraced(function* (kit) {
      yield* set(kit, { fault: "queue-insert", times: 1 })
      const start = yield* ask(kit, "/api/v2/Patient/$export")
      yield* TestClock.adjust("23 hours")
      const job = yield* progressOf(kit)
      const again = yield* ask(kit, "/api/v2/Patient/$export")
      return [start.status, job, again.status]
    }),
    today: [500, "Pending", 429],
    fixed: [500, 404, 202]
  },
  "stuck-preparing": {
    see: Effect.fnUntraced(function* (kit) {
      yield* set(kit, { fault: "job-stays-pending" })
      yield* ask(kit, "/api/v2/Patient/$export")
      yield* ask(kit, "/api/v3/Patient/$export")
      yield* kit.sandbox.idle
      yield* TestClock.adjust("100 hours")
      // v3 asks the claims server nothing, so that its job is long completed and gone.
      return [yield* progressOf(kit), (yield* ask(kit, "/api/v2/jobs?_status=Expired")).status]
    }),
    today: ["Pending", 200],
    fixed: [500, 200]
  },
  "stuck-without-types": {
    options: { personas: [persona({ kinds: ["partially-adjudicated"] })] },
    see: Effect.fnUntraced(function* (kit) {
      yield* ask(kit, "/api/v1/Patient/$export")
      yield* ask(kit, "/api/v2/Patient/$export")
      yield* complete(kit)
      return [yield* progressOf(kit), yield* progressOf(kit, "/api/v2/jobs/2")]
    }),
    today: ["Pending", 200],
    fixed: [500, 200]
  },
  "unsplit-duplicate-types": {
    options: { personas: [persona({ limits: { duplicateJobs: true } })] },
    see: Effect.fnUntraced(function* (kit) {
      yield* ask(kit, "/api/v2/Patient/$export?_type=Patient,Coverage")
      const shared = yield* ask(kit, "/api/v2/Patient/$export?_type=Patient")
      const other = yield* ask(kit, "/api/v2/Patient/$export?_type=ExplanationOfBenefit")
      return [shared.status, other.status]
    }),
    today: [202, 202],
    fixed: [429, 202]
  },
  "unlisted-error-file": {
    options: { data: strangers },
    see: Effect.fnUntraced(function* (kit) {
      yield* ask(kit, "/api/v2/Patient/$export?_type=Patient")
      yield* complete(kit)
      const { text } = yield* ask(kit, "/api/v2/jobs/1")
      return [memberOf(text, "output"), memberOf(text, "error")].map((list) =>
        Array.isArray(list) ? list.length : list
      )
    }),
    today: [0, 0],
    fixed: [0, 1]
  },
  "token-connection-dropped": {
    see: Effect.fnUntraced(function* (kit) {
      yield* set(kit, { fault: "token-service-unreachable" })
      const reply = yield* kit.sandbox.answer({
        method: "POST",
        path: "/auth/token",
        query: "",
        scheme: "http",
        host: "bcda.test",
        headers: [["Authorization", basic("sandbox-small", "not-a-secret-small")]]
      })
      return [reply.lost, reply.status]
    }),
    today: ["closed", 500],
    fixed: [undefined, 500]
  },
  "sandbox-models-disabled": {
    options: {
      personas: ["a", "p"].map((id) => ({ ...small, id, clientId: id, cmsId: `SBX${id.toUpperCase()}D001` }))
    },
    see: Effect.fnUntraced(function* (kit) {
      const seen: Array<number> = []
      for (const id of ["a", "p"]) {
        for (const type of ["Patient", "Claim"]) {
          const path = `/api/v2/Patient/$export?_type=${type}`
          seen.push((yield* kit.send(path, exportHeaders(yield* kit.bearer(id)))).status)
        }
      }
      return seen
    }),
    today: [401, 401, 401, 401],
    fixed: [202, 400, 400, 202]
  }
}

const only = (bug: Bug, state: "today" | "fixed"): BugSwitches =>
  Object.fromEntries(bugs.map((one) => [one, one === bug ? state : state === "fixed" ? "today" : "fixed"]))

describe("every bug can be had and mended, alone and with all others", () => {
  it.effect.each(bugs)("%s", (bug) =>
    Effect.gen(function* () {
      const { fixed, options, see, today } = cases[bug]
      const switches = [
        ["today", today],
        ["fixed", fixed],
        [{ [bug]: "fixed" }, fixed],
        [only(bug, "fixed"), fixed],
        [only(bug, "today"), today]
      ] as const
      for (const [state, expected] of switches) {
        const kit = yield* makeKit({ ...options, behaviour: { bugs: state } })
        assert.deepStrictEqual(yield* see(kit), expected, JSON.stringify(state))
      }
    })
  )
})

describe("with all bugs mended", () => {
  it.effect.each([
    // Archived jobs; progress; an empty list; lists of types.
    { section: 14, rows: section14, changed: [1, 3, 5, 13] },
    // Archived jobs; an empty list; a list that cannot be read.
    { section: 15, rows: section15, changed: [44, 52, 53] }
  ])("these rows of section $section change, and no other: $changed", ({ changed, rows }) =>
    Effect.gen(function* () {
      const [today, fixed] = [yield* answersTo(rows, "today"), yield* answersTo(rows, "fixed")]
      const differing = today.filter(({ texts }, index) => texts.join("\n") !== fixed[index]?.texts.join("\n"))
      assert.deepStrictEqual([...new Set(differing.map(({ row }) => row))], changed)
    })
  )
})
