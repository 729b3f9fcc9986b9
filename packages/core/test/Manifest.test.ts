import { Manifest } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"

const file = { type: "Patient", url: "https://bcda.example/data/42/a.ndjson" }
const good = {
  transactionTime: "2026-08-22T19:02:15.123456Z",
  request: "https://bcda.example/api/v3/Group/all/$export",
  requiresAccessToken: true,
  output: [file, file],
  error: [{ type: "OperationOutcome", url: "https://bcda.example/data/42/a-error.ndjson" }],
  JobID: 42
}
const parse = (value: unknown) =>
  Manifest.parse(new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)))
const without = (key: keyof typeof good) => Object.fromEntries(Object.entries(good).filter(([name]) => name !== key))

describe("Manifest", () => {
  it("keeps what the server sent", () => assert.deepStrictEqual(Result.getOrThrow(parse(good)), new Manifest(good)))

  const tolerated: ReadonlyArray<readonly [string, unknown, (manifest: Manifest) => unknown, unknown]> = [
    ["no files", { ...good, output: [], error: [] }, ({ output }) => output.length, 0],
    ["no error list", without("error"), ({ error }) => error, []],
    ["no request", without("request"), ({ request }) => request, ""],
    ["no word about the token", without("requiresAccessToken"), (m) => m.requiresAccessToken, true],
    ["a job id as text", { ...good, JobID: "42" }, ({ JobID }) => JobID, "42"],
    ["a list of deletions", { ...good, deleted: [file] }, ({ deleted }) => deleted?.length, 1],
    ["fields from later standards", { ...good, outputOrganizedBy: "Patient", link: [] }, (m) => m.output.length, 2],
    ["a file's count", { ...good, output: [{ ...file, count: 3 }] }, ({ output }) => output[0], file]
  ]
  for (const [name, value, look, expected] of tolerated) {
    it(`tolerates ${name}`, () => assert.deepStrictEqual(look(Result.getOrThrow(parse(value))), expected))
  }

  const refused: ReadonlyArray<readonly [string, unknown]> = [
    ["nothing", ""],
    ["a page", "<html>secret-of-the-page</html>"],
    ["half a manifest", JSON.stringify(good).slice(0, -20)],
    ["an array", [good]],
    ["no transactionTime", without("transactionTime")],
    ["a transactionTime that is no instant", { ...good, transactionTime: "secret-of-the-page" }],
    ["no output", without("output")],
    ["output that is no list", { ...good, output: { secret: "secret-of-the-page" } }],
    ["a file without type", { ...good, output: [{ url: file.url }] }],
    ["a file with an empty type", { ...good, output: [{ ...file, type: "" }] }],
    ["a file without url", { ...good, output: [{ type: "Patient" }] }],
    ["a relative url", { ...good, output: [{ ...file, url: "/data/42/a.ndjson?secret-of-the-page" }] }],
    ["a url that is no http", { ...good, output: [{ ...file, url: "file:///secret-of-the-page" }] }],
    ["an error file without url", { ...good, error: [{ type: "OperationOutcome" }] }]
  ]
  for (const [name, value] of refused) {
    it(`refuses ${name}, without repeating it`, () => {
      const reason = Result.getOrThrow(Result.flip(parse(value)))
      assert.strictEqual(reason._tag, "Malformed")
      assert.isTrue(reason.detail.startsWith("manifest: "))
      assert.notInclude(reason.message, "secret-of-the-page")
    })
  }
})
