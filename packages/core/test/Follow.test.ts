import { BcdaClient, type FollowReason, JobRef, Target } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result, Stream } from "effect"
import { hasty, lines, outcome, type Reply, serve, targetOf, withClient } from "./support/server.ts"

const path = "/api/v3/jobs/42"
const status = Effect.flatMap(BcdaClient, (bcda) => bcda.status(bcda.job("42")))
const follow = Effect.flatMap(BcdaClient, (bcda) => Stream.runCollect(bcda.follow(bcda.job("42"))))

// Written as no JSON library would, so that bytes that were parsed and written again would be seen.
const manifest = `{ "transactionTime":"2026-08-22T19:02:15.123456Z","request" : "https://h/x",
 "requiresAccessToken":true,"output":[],"error":[],"JobID":42}\n`
const completed: Reply = {
  headers: { "content-type": "application/json", expires: "2026-08-23 19:02:15.123456 +0000 UTC" },
  body: manifest
}
const running = (progress: string): Reply => ({ status: 202, headers: { "x-progress": progress } })

describe("status", () => {
  const states: ReadonlyArray<readonly [string, Reply, object]> = [
    ["pending", running("Pending"), { _tag: "Pending" }],
    ["in progress", running("In Progress"), { _tag: "InProgress" }],
    ["in progress, as the code writes it", running("In Progress (80%)"), { _tag: "InProgress", percent: 80 }],
    ["in progress, as the documentation does", running("In Progress, 80%"), { _tag: "InProgress", percent: 80 }],
    ["in progress without a word", { status: 202 }, { _tag: "InProgress" }]
  ]
  for (const [name, reply, expected] of states) {
    it.live(name, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`GET ${path}`]: reply })
        assert.deepStrictEqual(yield* status.pipe(withClient(server)), expected)
        assert.deepStrictEqual(lines(server.to(path)[0], "authorization"), ["Bearer t1"])
      })
    )
  }

  it.live("completed: the manifest, its very bytes, and when it expires", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: completed })
      const state = yield* status.pipe(withClient(server))
      assert.strictEqual(state._tag, "Completed")
      if (state._tag !== "Completed") return
      assert.strictEqual(new TextDecoder().decode(state.bytes), manifest)
      assert.strictEqual(state.manifest.transactionTime, "2026-08-22T19:02:15.123456Z")
      assert.strictEqual(state.expires, "2026-08-23T19:02:15.123Z")
    })
  )

  it.live("completed, with an Expires nobody can read", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: { body: manifest, headers: { expires: "soon" } } })
      assert.notProperty(yield* status.pipe(withClient(server)), "expires")
    })
  )

  it.live("asks again when the server has trouble", () =>
    Effect.gen(function* () {
      const trouble = outcome("exception", "Internal Error", 503)
      const server = yield* serve({ [`GET ${path}`]: (_, count) => (count < 4 ? trouble : running("Pending")) })
      assert.deepStrictEqual(yield* status.pipe(withClient(server)), { _tag: "Pending" })
      assert.strictEqual(server.to(path).length, 5)
    })
  )

  it.live("sends nothing at all to another origin", () =>
    Effect.gen(function* () {
      const own = yield* serve({})
      const other = yield* serve({})
      const job = new JobRef({ jobId: "42", statusUrl: `${other.url}${path}`, apiVersion: "v3" })
      const error = yield* Effect.flatMap(BcdaClient, (bcda) => bcda.status(job)).pipe(withClient(own), Effect.flip)
      assert.deepInclude(error.reason, { origin: other.url })
      assert.strictEqual(error.reason._tag, "ForeignOrigin")
      assert.deepStrictEqual([...own.seen, ...other.seen], [])
    })
  )
})

/** The three ways to write an outcome, with and without text. */
const shapes = {
  v1: (code: string, text: string) => ({ severity: "error", code, ...(text !== "" && { diagnostics: text }) }),
  v2: (code: string, text: string) => ({
    severity: "error",
    code,
    ...(text !== "" && { diagnostics: text }),
    details: {
      coding: [
        {
          system: "http://hl7.org/fhir/ValueSet/operation-outcome",
          code: "Request Error",
          ...(text !== "" && { display: text })
        }
      ],
      ...(text !== "" && { text })
    }
  }),
  v3: (code: string, text: string) => ({
    severity: "error",
    code,
    ...(text !== "" && { diagnostics: text }),
    details: text === "" ? {} : { text }
  })
}

type Ending = readonly [
  name: string,
  status: number,
  issues: ReadonlyArray<readonly [string, string]>,
  reason: Record<string, unknown> & { readonly _tag: FollowReason["_tag"] }
]
const failed = "Service encountered numerous errors. Job failed to complete."
const endings: ReadonlyArray<Ending> = [
  [
    "500 with the words of a failed job",
    500,
    [["exception", failed]],
    { _tag: "JobFailed", jobId: "42", diagnostics: failed }
  ],
  [
    "500 without them: trouble of the moment",
    500,
    [["exception", "Internal Error"]],
    { _tag: "ServerFault", status: 500 }
  ],
  ["410", 410, [["not-found", ""]], { _tag: "JobExpired", jobId: "42", stage: "expired" }],
  [
    "404 with two outcomes",
    404,
    [
      ["not-found", ""],
      ["not-found", ""]
    ],
    { _tag: "JobExpired", jobId: "42", stage: "archived" }
  ],
  [
    "404 with two outcomes, somebody else's",
    404,
    [
      ["not-found", ""],
      ["forbidden", ""]
    ],
    { _tag: "JobNotFound", jobId: "42" }
  ],
  [
    "404 with the words of a cancelled job",
    404,
    [["not-found", "Job has been cancelled."]],
    { _tag: "JobCancelled", jobId: "42" }
  ],
  ["404 without words", 404, [["not-found", ""]], { _tag: "JobNotFound", jobId: "42" }],
  ["401, also with a fresh token: somebody else's", 401, [["forbidden", ""]], { _tag: "Unauthorized", status: 401 }],
  ["403", 403, [["forbidden", "ACO (CMS_ID: A9999) is unauthorized"]], { _tag: "Forbidden" }],
  ["400, no number", 400, [["structure", ""]], { _tag: "Rejected", status: 400 }]
]

const listed = (status: string): Reply => ({
  body: JSON.stringify({ resourceType: "Bundle", entry: [{ resource: { identifier: [{ value: "42" }], status } }] })
})

describe("the end of a job", () => {
  for (const version of ["v1", "v2", "v3"] as const) {
    for (const [name, code, issues, reason] of endings) {
      it.live(`${version}: ${name} is ${reason._tag}`, () =>
        Effect.gen(function* () {
          const body = issues
            .map(([issue, text]) =>
              JSON.stringify({ resourceType: "OperationOutcome", issue: [shapes[version](issue, text)] })
            )
            .join("")
          const server = yield* serve({
            [`GET /api/${version}/jobs/42`]: {
              status: code,
              body,
              headers: { "content-type": "application/fhir+json" }
            }
          })
          const target = targetOf(server.url, version)
          const error = yield* status.pipe(withClient(server, { target }), Effect.flip)
          assert.strictEqual(error._tag, "FollowError")
          assert.deepInclude(error.reason, reason)
        })
      )
    }
  }

  interface Unknown {
    readonly name: string
    readonly list: Reply
    readonly archived?: Reply
    readonly reason: FollowReason["_tag"]
    readonly looks?: number
  }
  const unknowns: ReadonlyArray<Unknown> = [
    { name: "is not on the list: it is lost", list: outcome("not-found", "no Jobs found", 404), reason: "JobNotFound" },
    { name: "has no list: nothing better is known", list: { status: 403 }, reason: "JobNotFound" },
    { name: "failed", list: listed("failed"), reason: "JobFailed" },
    { name: "was cancelled", list: listed("cancelled"), reason: "JobCancelled" },
    {
      name: "is archived, and no longer says so twice",
      list: listed("completed"),
      archived: listed("completed"),
      reason: "JobExpired"
    },
    {
      name: "still runs: the server's database had trouble",
      list: listed("in-progress"),
      reason: "ServerFault",
      looks: 5
    },
    { name: "still waits, likewise", list: listed("accepted"), reason: "ServerFault", looks: 5 },
    {
      name: "is done and not archived, likewise",
      list: listed("completed"),
      archived: outcome("not-found", "no Jobs found", 404),
      reason: "ServerFault",
      looks: 5
    }
  ]
  for (const { name, list, archived, reason, looks = 1 } of unknowns) {
    it.live(`404, and the job ${name}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({
          [`GET ${path}`]: outcome("not-found", "", 404),
          "GET /api/v3/jobs": ({ url }) =>
            url.includes("_status=Archived,Expired") ? (archived ?? { status: 418 }) : list
        })
        const error = yield* status.pipe(withClient(server), Effect.flip)
        assert.strictEqual(error.reason._tag, reason)
        assert.strictEqual(server.to(path).length, looks)
        if (error.reason._tag === "JobExpired") assert.strictEqual(error.reason.stage, "archived")
      })
    )
  }

  it.live("403 because the model entity could not be read is trouble of the moment", () =>
    Effect.gen(function* () {
      const script = [outcome("forbidden", "Unauthorized Error", 403), running("Pending")]
      const server = yield* serve({ [`GET ${path}`]: (_, count) => script[count] ?? { status: 418 } })
      assert.deepStrictEqual(yield* status.pipe(withClient(server)), { _tag: "Pending" })
    })
  )

  const plain: ReadonlyArray<readonly [string, Reply, FollowReason["_tag"]]> = [
    ["404 in plain text", { status: 404, body: "gone" }, "JobNotFound"],
    ["410", { status: 410 }, "JobExpired"],
    ["500 with an outcome", outcome("processing", "export failed", 500), "JobFailed"],
    ["500 with one that is transient", outcome("transient", "busy", 500), "ServerFault"],
    ["500 without one", { status: 500, body: "oops" }, "ServerFault"],
    ["400 with an outcome", outcome("invalid", "no", 400), "Rejected"]
  ]
  for (const [name, reply, reason] of plain) {
    it.live(`on another server, wherever its jobs are: ${name} is ${reason}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ "GET /fhir/bulkstatus/a-b": reply })
        const target = Result.getOrThrow(Target.fromUrl(`${server.url}/fhir`, { auth: "none" }))
        const error = yield* Effect.flatMap(BcdaClient, (bcda) =>
          bcda.status(bcda.job(`${server.url}/fhir/bulkstatus/a-b`))
        ).pipe(withClient(server, { target }), Effect.flip)
        assert.strictEqual(error.reason._tag, reason)
        if ("jobId" in error.reason) assert.strictEqual(error.reason.jobId, "a-b")
      })
    )
  }

  it.live("404 in plain text is no job's answer, but a wrong address", () =>
    Effect.gen(function* () {
      const server = yield* serve({
        [`GET ${path}`]: { status: 404, body: "404 page not found\n", headers: { "content-type": "text/plain" } }
      })
      const error = yield* status.pipe(withClient(server), Effect.flip)
      assert.deepInclude(error.reason, { status: 404, diagnostics: "404 page not found" })
      assert.strictEqual(error.reason._tag, "Rejected")
    })
  )

  it.live("a final answer is not asked for again", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: outcome("exception", failed, 500) })
      yield* follow.pipe(withClient(server), Effect.flip)
      assert.strictEqual(server.to(path).length, 1)
    })
  )
})

describe("follow", () => {
  it.live("tells every state, through trouble and an expired token, up to the manifest", () =>
    Effect.gen(function* () {
      const script: ReadonlyArray<Reply> = [
        running("Pending"),
        outcome("exception", "Internal Error", 500),
        { status: 429, headers: { "retry-after": "0" } },
        running("In Progress (0%)"),
        outcome("forbidden", "Expired Token", 401),
        running("In Progress (100%)"),
        completed
      ]
      const server = yield* serve({ [`GET ${path}`]: (_, count) => script[count] ?? { status: 418 } })
      const states = yield* follow.pipe(withClient(server))
      assert.deepStrictEqual(
        states.map((state) => (state._tag === "InProgress" ? `${state._tag} ${state.percent}` : state._tag)),
        ["Pending", "InProgress 0", "InProgress 100", "Completed"]
      )
      assert.strictEqual(server.to(path).length, script.length)
      assert.strictEqual(server.to("/auth/token").length, 2)
    })
  )

  it.live("ends with the first manifest, whatever the next look would say", () =>
    Effect.gen(function* () {
      const other = { ...completed, body: manifest.replace("42", "43") }
      const script = [running("Pending"), completed, running("Pending"), other]
      const server = yield* serve({ [`GET ${path}`]: (_, count) => script[count] ?? { status: 418 } })
      const [first, second] = yield* Effect.all([follow, follow]).pipe(withClient(server))
      const jobs = [first, second].map((states) =>
        states.map((state) => (state._tag === "Completed" ? state.manifest.JobID : state._tag))
      )
      assert.deepStrictEqual(jobs, [
        ["Pending", 42],
        ["Pending", 43]
      ])
    })
  )

  it.live("stops asking when nobody follows any more", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`GET ${path}`]: running("Pending") })
      const policy = { ...hasty, poll: { initial: "1 hour", max: "1 hour" } } as const
      const first = yield* Effect.flatMap(BcdaClient, (bcda) =>
        bcda.follow(bcda.job("42")).pipe(Stream.take(1), Stream.runCollect)
      ).pipe(withClient(server, { policy }), Effect.forkChild)
      assert.strictEqual((yield* Fiber.join(first)).length, 1)
      assert.strictEqual(server.to(path).length, 1)
    })
  )
})
