import { join } from "node:path"
import { inspect } from "node:util"
import * as Core from "@bcda-kit/core"
import {
  type Bcda,
  type BcdaError,
  connect,
  DownloadError,
  ExportError,
  isBcdaError,
  KickOffError,
  type KickOffReason,
  makeTarget,
  RequestError,
  TargetError
} from "@bcda-kit/core/promise"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { outcome, serve } from "../../support/server.ts"
import { cut, quick } from "../support/FakeBcda.ts"
import { all, credentials, patients, rejection, withServer } from "../support/Promising.ts"
import { tempDirectory } from "../support/TempDirectory.ts"

/** Waits by promises alone, as a program does. */
const nightly = async (bcda: Bcda, directory: string): Promise<void> => {
  await bcda.export({ directory })
}

const plainError = async (promise: Promise<unknown>): Promise<BcdaError> => {
  const error = await rejection(promise)
  if (!isBcdaError(error)) return assert.fail(`${String(error)} is no error of this client`)
  return error
}

const duplicate: KickOffReason = { _tag: "DuplicateJob", message: "there is one", next: "wait" }

const wordOf = (reason: KickOffReason): string => {
  switch (reason._tag) {
    case "DuplicateJob":
      return reason.running?.join() ?? ""
    case "Throttled":
      return `${reason.retryAfterSeconds}`
    default:
      // @ts-expect-error a kick-off has no files
      return reason._tag === "CutShort" ? "" : reason.next
  }
}

describe("errors", () => {
  it.live("are plain, with a reason and what to do next, one kind for each operation", () =>
    Effect.gen(function* () {
      const directory = join(yield* tempDirectory, "export")
      const server = yield* serve({
        "GET /api/v3/Group/all/$export": outcome("exception", "no", 404),
        "GET /api/v3/jobs/7": { status: 410 },
        "DELETE /api/v3/jobs/7": { status: 410 },
        "GET /api/v3/jobs": outcome("exception", "no", 403),
        "GET /api/v3/attribution_status": outcome("not-found", "", 404),
        "GET /api/v3/metadata": { body: "no" },
        "GET /data/7/p.ndjson": { status: 404 }
      })
      const refusing = yield* serve({ "POST /auth/token": { status: 401 } })
      yield* Effect.promise(async () => {
        await using bcda = connect({ target: server.url, credentials, policy: quick })
        await using strange = connect({ target: refusing.url, credentials, policy: quick })
        const errors = await Promise.all([
          plainError(bcda.kickOff()),
          plainError(bcda.status("7")),
          plainError(all(bcda.follow("7"))),
          plainError(bcda.open(`${server.url}/data/7/p.ndjson`)),
          plainError(bcda.cancel("7")),
          plainError(bcda.jobs()),
          plainError(bcda.attribution()),
          plainError(bcda.metadata()),
          plainError(strange.token()),
          plainError(strange.export({ directory, request: { types: ["Patient", "Patient"] } }))
        ])
        assert.deepStrictEqual(
          errors.map(({ name, reason }) => `${name} ${reason._tag}`),
          [
            "KickOffError Rejected",
            "FollowError JobExpired",
            "FollowError JobExpired",
            "DownloadError FileGone",
            "CancelError NotCancellable",
            "JobsError Forbidden",
            "AttributionError NeverIngested",
            "MetadataError Malformed",
            "TokenError BadCredentials",
            "ExportError InvalidRequest"
          ]
        )
        for (const error of errors) {
          assert.instanceOf(error, Error)
          assert.strictEqual(Object.getPrototypeOf(error.reason), Object.prototype, error.name)
          assert.deepStrictEqual(JSON.parse(JSON.stringify(error.reason)), error.reason, "reasons are data")
          assert.strictEqual(error.message, error.reason.message)
          assert.strictEqual(error.next, error.reason.next)
          assert.isNotEmpty(error.next)
          assert.notMatch(inspect(error.reason), /effect|a-secret|Basic|Bearer/i)
        }
      })
    })
  )

  it.live("have the stack of the call, and nothing of what is below it", () =>
    withServer(async (fake, directory) => {
      await using bcda = connect({ target: fake.baseUrl, credentials, policy: quick })
      fake.faults.set(patients.name, cut(0.5))
      const error = await plainError(nightly(bcda, directory))
      assert.match(error.stack ?? "", /^ExportError: p\.ndjson broke off .*\n {4}at /)
      assert.match(error.stack ?? "", /at nightly \(.*Errors\.test\.ts:\d+:\d+\)/)
      const [ours = ""] = (error.stack ?? "").split(/^.*nightly/m)
      assert.include(ours, "Connect.ts")
      assert.notMatch(ours, /node_modules|fiber/i)
      const events = async () => {
        for await (const _ of bcda.exportEvents({ directory }));
      }
      assert.match((await plainError(events())).stack ?? "", /at events \(.*Errors\.test\.ts/)
      const file = async () => {
        for await (const _ of await bcda.open(`${fake.baseUrl}/data/7/${patients.name}`));
      }
      assert.match((await plainError(file())).stack ?? "", /at file \(.*Errors\.test\.ts/)
    })
  )

  it.live("narrow to one class and one reason", () =>
    withServer(async (fake, directory) => {
      await using bcda = connect({ target: fake.baseUrl, credentials, policy: quick })
      fake.faults.set(patients.name, cut(0.5))
      const error = await rejection(bcda.export({ directory }))
      if (!isBcdaError(error) || error.name !== "ExportError") return assert.fail("another error")
      assert.instanceOf(error satisfies ExportError, ExportError)
      assert.notInstanceOf(error, DownloadError)
      const { reason } = error
      if (reason._tag !== "CutShort") return assert.fail("another reason")
      const got: number = reason.got
      assert.isAtLeast(got, 0)
      return undefined
    })
  )

  it("are those of this client only", () => {
    assert.isFalse(isBcdaError(new Error("no")))
    assert.isFalse(isBcdaError({ name: "ExportError", reason: { _tag: "CutShort" } }))
    assert.isFalse(isBcdaError(new Core.KickOffError({ reason: new Core.DuplicateJob({}) })))
  })

  it.live("say what is wrong with what was given, and let nothing be sent", () =>
    withServer(async (fake, directory) => {
      await using bcda = connect({ target: fake.baseUrl, credentials, policy: quick })
      const nonsense: Record<string, never> = JSON.parse('{ "scope": "everybody", "types": 7 }')
      for (const call of [
        () => bcda.kickOff(nonsense),
        () => bcda.export({ directory, request: nonsense }),
        () => bcda.exportEvents({ directory, request: nonsense }).next(),
        () => bcda.exportSinceLast({ directory, request: nonsense })
      ]) {
        const error = await rejection(call())
        assert.instanceOf(error, RequestError)
        assert.strictEqual(error.reason._tag, "InvalidRequest")
      }
      assert.instanceOf(await rejection(bcda.findJob({}, "yesterday")), TypeError)
      assert.throws(() => connect({ target: "sandbox", policy: { tokens: { most: 0 } } }), TypeError, /policy/)
      assert.throws(() => connect({ target: JSON.parse('{ "name": "x" }') }), TargetError, /baseUrl/)
      assert.match(String(await rejection(bcda.status(JSON.parse("{}")))), /^TypeError: This is no reference to a job/)
      assert.deepStrictEqual(fake.requests, [])
    })
  )

  it("of a target keep its address to themselves", () => {
    const error = (() => {
      try {
        return makeTarget("https://me:password@bcda.example")
      } catch (error) {
        return error
      }
    })()
    assert.instanceOf(error, TargetError)
    assert.strictEqual(error.reason._tag, "UnusableTarget")
    assert.notInclude(inspect(error), "password@")
    assert.isNotEmpty(error.next)
  })

  it("have types as narrow as the reasons", () => {
    assert.isEmpty(wordOf(new KickOffError(duplicate).reason))
  })
})

describe("a token", () => {
  it.live("is there for requests of one's own, and shown nowhere", () =>
    withServer(async (fake) => {
      await using bcda = connect({ target: fake.baseUrl, credentials, policy: quick })
      const token = await bcda.token()
      assert.strictEqual(token.value, fake.token)
      assert.strictEqual(token.expiresInSeconds, 1200)
      assert.notInclude(inspect(token) + JSON.stringify(token) + JSON.stringify({ ...token }), fake.token)
    })
  )
})
