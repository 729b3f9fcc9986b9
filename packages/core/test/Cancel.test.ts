import { BcdaClient, type CancelReason, JobRef } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { json, lines, outcome, type Reply, serve, withClient } from "./support/server.ts"

const path = "/api/v3/jobs/42"
const cancel = (job: JobRef | string = "42") => Effect.flatMap(BcdaClient, (bcda) => bcda.cancel(job))
const late = "job was not cancelled because it is not Pending or In Progress"
const archived: Reply = {
  status: 404,
  body: `${String(outcome("not-found", "", 404).body)}${String(outcome("not-found", late, 410).body)}`
}
const foreign: Reply = {
  status: 404,
  body: `${String(outcome("not-found", "", 404).body)}${String(outcome("forbidden", "", 401).body)}`
}

describe("cancel", () => {
  it.live("deletes the job, by its number or its reference", () =>
    Effect.gen(function* () {
      const server = yield* serve({ [`DELETE ${path}`]: { status: 202 } })
      const job = new JobRef({ jobId: "42", statusUrl: `${server.url}${path}`, apiVersion: "v3" })
      yield* Effect.all([cancel(), cancel(job)]).pipe(withClient(server))
      assert.deepStrictEqual(
        server.to(path).map((asked) => [asked.method, ...lines(asked, "authorization")]),
        [
          ["DELETE", "Bearer t1"],
          ["DELETE", "Bearer t1"]
        ]
      )
    })
  )

  const good = { resourceType: "OperationOutcome", issue: [{ severity: "information", code: "processing" }] }
  const accepted: ReadonlyArray<readonly [string, Reply]> = [
    ["200", { status: 200 }],
    ["204", { status: 204 }],
    ["202 with a line end", { status: 202, body: "\n" }],
    ["202 with an outcome that informs", json(good, 202)]
  ]
  for (const [name, reply] of accepted) {
    it.live(`${name} is as good`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`DELETE ${path}`]: reply })
        yield* cancel().pipe(withClient(server))
        assert.strictEqual(server.to(path).length, 1)
      })
    )
  }

  it.live("asks again after trouble that comes before all, as nothing has happened yet", () =>
    Effect.gen(function* () {
      const script = [
        outcome("forbidden", "Unauthorized Error", 403),
        outcome("exception", "Internal Error", 500),
        outcome("exception", "Internal Error", 503, { "retry-after": "1" }),
        { status: 202 }
      ]
      const server = yield* serve({ [`DELETE ${path}`]: (_, count) => script[count] ?? { status: 418 } })
      yield* cancel().pipe(withClient(server))
      assert.strictEqual(server.to(path).length, 4)
    })
  )

  const page = { headers: { "content-type": "text/html" }, body: "<html>Please log in</html>" }
  const refusals: ReadonlyArray<readonly [string, Reply, CancelReason["_tag"]]> = [
    ["200 with a page of a portal", { status: 200, ...page }, "Malformed"],
    ["202 with a page of a portal", { status: 202, ...page }, "Malformed"],
    ["200 with an outcome that says error", outcome("exception", "", 200), "Malformed"],
    ["202 with an outcome without issues", json({ ...good, issue: [] }, 202), "Malformed"],
    [
      "202 with a good outcome and a bad one",
      { ...json([], 202), body: `${JSON.stringify(good)}${String(archived.body)}` },
      "Malformed"
    ],
    ["410", outcome("not-found", late, 410), "NotCancellable"],
    ["404 with two outcomes", archived, "NotCancellable"],
    ["404 with two outcomes, somebody else's", foreign, "JobNotFound"],
    ["404 with one", outcome("not-found", "", 404), "JobNotFound"],
    ["404 in plain text", { status: 404, body: "404 page not found\n" }, "Rejected"],
    ["400", outcome("structure", "", 400), "Rejected"],
    ["500", outcome("exception", "job was not cancelled due to internal server error", 500), "ServerFault"]
  ]
  for (const [name, reply, reason] of refusals) {
    it.live(`${name} is ${reason}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ [`DELETE ${path}`]: reply })
        const error = yield* cancel().pipe(withClient(server), Effect.flip)
        assert.deepStrictEqual([error._tag, error.reason._tag], ["CancelError", reason])
        assert.strictEqual(server.to(path).length, 1)
      })
    )
  }

  it.live("does not let an id reach another path", () =>
    Effect.gen(function* () {
      const server = yield* serve({ "DELETE /api/v3/jobs/..%2F..%2Fx": { status: 202 } })
      yield* cancel("../../x").pipe(withClient(server))
      assert.strictEqual(server.seen.at(-1)?.url, "/api/v3/jobs/..%2F..%2Fx")
    })
  )
})
