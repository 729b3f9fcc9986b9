import { execFile, spawnSync } from "node:child_process"
import { gunzipSync } from "node:zlib"
import { type RunningSandbox, serve } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { memberOf, startOfTest, tinyData } from "../Support.ts"
import { bearerOf } from "./Wire.ts"

/**
 * The curl commands of CMS's page "How to Access Claims Data", as people paste them into a shell. Only the host, the
 * token and the ids in braces are replaced.
 */
const host = "https://sandbox.bcda.cms.gov"
const page = {
  kickOffAll: String.raw`curl -X GET "${host}/api/v2/Group/all/\$export" \
    -H "Accept: application/fhir+json" \
    -H "Prefer: respond-async" \
    -H "Authorization: Bearer {bearer_token}" \
    -i`,
  kickOffTwoTypes: String.raw`curl -X GET "${host}/api/v2/Group/all/\$export?_type=ExplanationOfBenefit,Patient" \
    -H "Accept: application/fhir+json" \
    -H "Prefer: respond-async" \
    -H "Authorization: Bearer {bearer_token}" \
    -i`,
  kickOffOneType: String.raw`curl -X GET "${host}/api/v2/Group/all/\$export?_type=Patient" \
    -H "Accept: application/fhir+json" \
    -H "Prefer: respond-async" \
    -H "Authorization: Bearer {bearer_token}" \
    -i`,
  status: String.raw`curl -X GET "${host}/api/v2/jobs/{job_id}" \
    -H "Accept: application/fhir+json" \
    -H "Authorization: Bearer {bearer_token}" \
    -i`,
  download: String.raw`curl -X GET "${host}/data/{job_id}/{file_name}" \
    -H "Accept-Encoding: gzip" \
    -H "Authorization: Bearer {bearer_token}"`,
  cancel: String.raw`curl -X DELETE "${host}/api/v2/jobs/{job_id}" \
    -H "Accept: application/fhir+json" \
    -H "Authorization: Bearer {bearer_token}"`,
  history: String.raw`curl -X GET "${host}/api/v2/jobs" \
    -H "Accept: application/fhir+json" \
    -H "Prefer: respond-async" \
    -H "Authorization: Bearer {bearer_token}" \
    -i`,
  attribution: String.raw`curl -X GET "${host}/api/v2/attribution_status" \
    -H "Accept: application/json" \
    -H "Authorization: Bearer {bearer_token}"`,
  metadata: `curl "${host}/api/v2/metadata"`
}

const curlPresent = spawnSync("curl", ["--version"]).status === 0
if (!curlPresent) console.warn("SKIPPED: there is no curl on this machine")

interface Output {
  readonly bytes: Buffer
  /** Status line and headers, when the command asked for them. */
  readonly head: string
  readonly body: string
}

/** Runs a command of the page in a shell. */
const paste = (command: string): Promise<Output> =>
  new Promise((resolve, reject) => {
    execFile("sh", ["-c", command], { encoding: "buffer", maxBuffer: 2 ** 26 }, (error, bytes) => {
      if (error !== null) {
        reject(new Error(`curl ended with ${error.code}`))
        return
      }
      const text = bytes.toString()
      const cut = text.startsWith("HTTP/") ? text.indexOf("\r\n\r\n") : -1
      resolve({ bytes, head: cut === -1 ? "" : text.slice(0, cut), body: cut === -1 ? text : text.slice(cut + 4) })
    })
  })

/** A served sandbox whose time only moves when told, and a way to run commands against it. */
const terminal = Effect.gen(function* () {
  yield* TestClock.setTime(startOfTest)
  const sandbox: RunningSandbox = yield* serve({ data: tinyData })
  const bearer = yield* Effect.promise(() => bearerOf(sandbox))
  const token = bearer.slice("Bearer ".length)
  const run = (command: keyof typeof page, ids: Record<string, string> = {}) =>
    Effect.promise(() => {
      const values = { ...ids, bearer_token: token }
      const filled = Object.entries(values).reduce(
        (text, [name, value]) => text.replaceAll(`{${name}}`, value),
        page[command]
      )
      return paste(filled.replaceAll(host, sandbox.baseUrl))
    })
  const jobOf = ({ head }: Output): string => {
    const [, id = ""] =
      new RegExp(`^Content-Location: ${sandbox.baseUrl}/api/v2/jobs/(\\d+)\\r?$`, "m").exec(head) ?? []
    assert.match(head, /^HTTP\/1\.1 202 Accepted\r\n/)
    assert.notStrictEqual(id, "")
    return id
  }
  return { sandbox, run, jobOf }
})

describe.skipIf(!curlPresent)("the curl commands of the access page", () => {
  it.effect("start a job: 202 with its Content-Location", () =>
    Effect.gen(function* () {
      const { jobOf, run } = yield* terminal
      const ids = [
        jobOf(yield* run("kickOffAll")),
        jobOf(yield* run("kickOffTwoTypes")),
        jobOf(yield* run("kickOffOneType"))
      ]
      assert.deepStrictEqual(ids, ["1", "2", "3"])
    })
  )

  it.effect("check it: 202 with X-Progress, then 200 with the download URLs; download; compressed NDJSON", () =>
    Effect.gen(function* () {
      const { jobOf, run, sandbox } = yield* terminal
      const job_id = jobOf(yield* run("kickOffTwoTypes"))
      const pending = yield* run("status", { job_id })
      assert.match(pending.head, /^HTTP\/1\.1 202 Accepted\r\n/)
      assert.match(pending.head, /^X-Progress: Pending\r?$/m)
      yield* sandbox.sandbox.idle
      yield* TestClock.adjust("600 millis")
      assert.match((yield* run("status", { job_id })).head, /^X-Progress: In Progress \(33%\)\r?$/m)
      yield* TestClock.adjust("10 minutes")
      const done = yield* run("status", { job_id })
      assert.match(done.head, /^HTTP\/1\.1 200 OK\r\n/)
      const request = `${sandbox.baseUrl}/api/v2/Group/all/$export?_type=ExplanationOfBenefit,Patient`
      assert.strictEqual(memberOf(done.body, "request"), request)
      assert.strictEqual(memberOf(done.body, "requiresAccessToken"), true)
      assert.deepStrictEqual(memberOf(done.body, "error"), [])
      assert.strictEqual(memberOf(done.body, "JobID"), 1)
      const names = [...done.body.matchAll(/"type":"(\w+)","url":"[^"]*\/data\/1\/([^"]*)"/g)]
      assert.deepStrictEqual(
        names.map(([, type]) => type),
        ["ExplanationOfBenefit", "ExplanationOfBenefit", "Patient"]
      )
      for (const [, type, file_name = ""] of names) {
        const { bytes } = yield* run("download", { job_id, file_name })
        const lines = gunzipSync(bytes).toString().trimEnd().split("\n")
        for (const line of lines) assert.strictEqual(memberOf(line, "resourceType"), type)
        assert.lengthOf(lines, type === "Patient" ? 100 : 50)
      }
    })
  )

  it.effect("cancel a job, request the job history", () =>
    Effect.gen(function* () {
      const { jobOf, run } = yield* terminal
      assert.match((yield* run("history")).head, /^HTTP\/1\.1 404 Not Found\r\n/)
      const job_id = jobOf(yield* run("kickOffAll"))
      assert.strictEqual((yield* run("cancel", { job_id })).bytes.length, 0)
      const gone = yield* run("status", { job_id })
      assert.match(gone.head, /^HTTP\/1\.1 404 Not Found\r\n/)
      assert.include(gone.body, "Job has been cancelled.")
      const history = yield* run("history")
      assert.match(history.head, /^HTTP\/1\.1 200 OK\r\n/)
      assert.strictEqual(memberOf(history.body, "resourceType"), "Bundle")
      assert.strictEqual(memberOf(history.body, "total"), 1)
      assert.include(history.body, '"status":"cancelled"')
    })
  )

  it.effect("request the attribution status, and the API's status without a token", () =>
    Effect.gen(function* () {
      const { run, sandbox } = yield* terminal
      const { body } = yield* run("attribution")
      assert.include(body, '"type":"last_attribution_update"')
      assert.include(body, '"type":"last_runout_update"')
      const metadata = yield* run("metadata")
      assert.strictEqual(memberOf(metadata.body, "resourceType"), "CapabilityStatement")
      assert.strictEqual(memberOf(metadata.body, "fhirVersion"), "4.0.1")
      assert.strictEqual(memberOf(metadata.body, "status"), "active")
      assert.include(metadata.body, `"valueUri":"${sandbox.baseUrl}/auth/token"`)
    })
  )
})
