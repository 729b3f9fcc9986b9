/** Servers that say the same whatever they are asked. None of them may get away with it. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { checks, outcomeOf } from "../src/index.ts"
import { atOnce, judged } from "./support/Judging.ts"
import { type Mutation, outcome, type Reply } from "./support/TinyBcda.ts"

/** Checks that a request is turned away that should be. */
const refusing = checks.filter(({ id }) => /-refused$|needs-token|needs-valid-token|missing-token-401/.test(id))

const said = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body
})

/** Answers in place of every refusal. */
const insteadOfRefusals =
  (reply: (base: string) => Reply): Mutation =>
  (honest, { base }) =>
    honest.status >= 400 ? reply(base) : honest

const noSayers: Readonly<Record<string, (base: string) => Reply>> = {
  "200 and an empty object": () => said(200, "{}"),
  "202 and a job": (base) => said(202, "", { "content-location": `${base}/api/v3/jobs/900` }),
  "200 and an OperationOutcome": () => ({ ...outcome(200, "informational", "as you wish") }),
  "204 and nothing": () => said(204, "")
}

describe("a server that refuses nothing, but answers with", () => {
  for (const [words, reply] of Object.entries(noSayers)) {
    it.live(words, () =>
      Effect.gen(function* () {
        const { by, lines } = yield* judged({ mutate: insteadOfRefusals(reply) }, { nights: true })
        const found = refusing.flatMap(({ id }) => (by.get(id)?.verdict === "pass" ? [id] : []))
        assert.deepStrictEqual(found, [])
        assert.isAbove(refusing.filter(({ id }) => by.get(id)?.verdict === "fail").length, 8)
        assert.strictEqual(outcomeOf(lines).exitCode, 1)
      })
    )
  }
})

/** One answer, whatever is asked of a route once the run has met the server. */
const always = (reply: (base: string) => Reply): Mutation => {
  const met = new Set(["metadata", "token", "attribution"])
  return (honest, { base, route }) => (met.delete(route) ? honest : reply(base))
}

const manifest = (base: string): string =>
  JSON.stringify({
    transactionTime: "2024-01-01T00:00:00Z",
    request: `${base}/api/v3/Group/all/$export?_type=Patient,Coverage`,
    requiresAccessToken: true,
    output: ["Patient", "Coverage"].map((type) => ({ type, url: `${base}/data/41/${type}.ndjson` })),
    error: [],
    JobID: 41
  })

const parrots: Readonly<Record<string, (base: string) => Reply>> = {
  "200 and an empty object": () => said(200, "{}"),
  "200 and nothing": () => said(200, ""),
  "202 and the same job": (base) => said(202, "", { "content-location": `${base}/api/v3/jobs/41` }),
  "200 and a manifest": (base) => said(200, manifest(base)),
  "200 and a Patient": () =>
    said(200, '{"resourceType":"Patient","id":"-1"}\n', { "content-type": "application/fhir+ndjson" }),
  "401 and an OperationOutcome": () => outcome(401, "forbidden", "no"),
  "404 and an OperationOutcome": () => outcome(404, "not-found", "no"),
  "200 and a page": () => said(200, "<html><body>Please log in</body></html>", { "content-type": "text/html" })
}

describe("a server that always says", () => {
  for (const [words, reply] of Object.entries(parrots)) {
    it.live(words, () =>
      Effect.gen(function* () {
        const { lines, verdicts } = yield* judged(
          { mutate: always(reply) },
          { nights: true, pace: { ...atOnce, deadline: Duration.zero } }
        )
        const { counts, exitCode } = outcomeOf(lines)
        assert.include([1, 3], exitCode)
        assert.isAbove(counts.fail, 5)
        assert.strictEqual(counts["engine-error"], 0)
        // who says no to everything is right to refuse, and no more than that passes beside what it said at first
        const passed = verdicts.filter(({ verdict }) => verdict === "pass").map(({ check }) => check)
        for (const id of ["kickoff/own-job", "status/done", "manifest/output", "file/fetched", "cancel/then-404"])
          assert.notInclude(passed, id)
        assert.isBelow(passed.length, checks.length / 3, passed.join(" "))
      })
    )
  }
})
