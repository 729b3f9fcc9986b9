import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type Persona, small } from "@bcda-kit/sandbox"
import { type DataDirectoryError, dataDirectory, startSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { bearerOf, exportOver, noPace, wire } from "./Wire.ts"

/** A directory with these files, for as long as the scope lasts. */
const directory = (files: Record<string, string | Uint8Array>, name = "data dir") =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const root = await mkdtemp(join(tmpdir(), "sandbox-data-"))
      const folder = join(root, name)
      await mkdir(folder)
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), content)
      }
      return { root, folder }
    }),
    ({ root }) => Effect.promise(() => rm(root, { recursive: true }))
  ).pipe(Effect.map(({ folder }) => folder))

const patient = (id: string, lastUpdated?: string) =>
  JSON.stringify({ id, ...(lastUpdated === undefined ? {} : { meta: { lastUpdated } }), resourceType: "Patient" })

/** All bytes of an export, one entry per file, by type. */
const exported = (folder: string, path: string, persona: Persona = small) =>
  Effect.gen(function* () {
    const data = yield* dataDirectory(folder)
    return yield* Effect.promise(async () => {
      await using sandbox = await startSandbox({ data, pace: noPace, personas: [persona] })
      const authorization = await bearerOf(sandbox)
      const { output } = await exportOver(sandbox, path, authorization)
      const files: Array<{ type: string; text: string }> = []
      for (const { type, url } of output) {
        const { body } = await wire(sandbox.baseUrl, new URL(url).pathname, { authorization })
        files.push({ type, text: body.toString("latin1") })
      }
      return files
    })
  })

describe("a directory of NDJSON files", () => {
  it.effect("is not doubled for an organization that has new members", () =>
    Effect.gen(function* () {
      const folder = yield* directory({ "v3-patient.ndjson": `${patient("a", "2020-01-02T00:00:00Z")}\n` })
      const grown = { ...small, history: { lists: 240, joined: 10 } }
      const files = yield* exported(folder, "/api/v3/Group/all/$export?_since=2020-01-01T00:00:00Z", grown)
      assert.lengthOf(files, 1)
    })
  )

  it.effect("goes out byte for byte, one file for one file, wherever it lies", () =>
    Effect.gen(function* () {
      const odd = Buffer.from(
        '{ "z" : 10.0,\t"note":"\\u00e9 \\/ \u00e9", "resourceType":"Patient" , "big":12345678901234567890}\r\n'
      )
      const folder = yield* directory({
        "v2-patient.ndjson": odd,
        "v2-more/deep/x.ndjson": `${patient("a")}\n${patient("b")}`,
        "v2/coverage.ndjson": '{"resourceType":"Coverage"}\n',
        "v3/patient.ndjson": `${patient("three")}\n`,
        "v1x/v2z.ndjson": '{"resourceType":"Claim"}\n',
        "v2/empty.ndjson": "",
        "v2/notes.txt": "not served"
      })
      const files = yield* exported(folder, "/api/v2/Group/all/$export")
      assert.sameDeepMembers(files, [
        { type: "Patient", text: odd.toString("latin1") },
        { type: "Patient", text: `${patient("a")}\n${patient("b")}\n` },
        { type: "Coverage", text: '{"resourceType":"Coverage"}\n' },
        { type: "Claim", text: '{"resourceType":"Claim"}\n' }
      ])
      const third = yield* exported(folder, "/api/v3/Patient/$export")
      assert.deepStrictEqual(third, [{ type: "Patient", text: `${patient("three")}\n` }])
      assert.deepStrictEqual(yield* exported(folder, "/api/v1/Patient/$export"), [])
    })
  )

  it.effect("takes the version from the directory's own name too", () =>
    Effect.gen(function* () {
      const folder = yield* directory({ "patients.ndjson": patient("a") }, "v1 export")
      assert.lengthOf(yield* exported(folder, "/api/v1/Patient/$export"), 1)
    })
  )

  it.effect("_type and _since select; a time that cannot be read stays in", () =>
    Effect.gen(function* () {
      const lines = [
        patient("before", "2024-01-01T00:00:00.000+00:00"),
        patient("same", "2024-06-01T10:00:00.000-04:00"),
        patient("after", "2024-06-01T10:00:00.001-04:00"),
        patient("never"),
        patient("odd", "IGNORED_FIELD")
      ]
      const folder = yield* directory({
        "v2/p.ndjson": lines.join("\n"),
        "v2/c.ndjson": '{"resourceType":"Coverage"}'
      })
      const files = yield* exported(folder, "/api/v2/Patient/$export?_type=Patient&_since=2024-06-01T14:00:00Z")
      assert.deepStrictEqual(files, [{ type: "Patient", text: `${lines.slice(2).join("\n")}\n` }])
    })
  )

  it.effect("lines longer than a read come out whole", () =>
    Effect.gen(function* () {
      const long = JSON.stringify({ note: "x".repeat(1_000_000), resourceType: "Patient" })
      const folder = yield* directory({ "v3.ndjson": `${long}\n${patient("b")}\n${long}` })
      const [file] = yield* exported(folder, "/api/v3/Patient/$export")
      assert.isTrue(file?.text === `${long}\n${patient("b")}\n${long}\n`)
    })
  )

  const faults: ReadonlyArray<readonly [name: string, files: Record<string, string>, message: RegExp]> = [
    ["NoVersion", { "x/patient.ndjson": patient("a") }, /^x\/patient\.ndjson: cannot tell the API version/],
    ["NoVersion", { "v10/patient.ndjson": patient("a") }, /v1, v2 or v3/],
    ["NotJson", { "v1.ndjson": `${patient("a")}\n{"secret":` }, /^v1\.ndjson: line 2 is not a JSON object$/],
    ["NotJson", { "v1.ndjson": "[1]" }, /line 1 is not a JSON object/],
    ["NoResourceType", { "v1.ndjson": `${patient("a")}\n\n{}` }, /line 3 has no resourceType/],
    ["MixedTypes", { "v1.ndjson": `${patient("a")}\n{"resourceType":"Coverage"}` }, /line 2 is a Coverage.*Patient/],
    ["UnknownType", { "v3/x.ndjson": '{"resourceType":"Claim"}' }, /BCDA v3 serves no Claim/],
    ["NoFiles", { "v3/x.txt": "" }, /there is no \*\.ndjson file/],
    ["NoFiles", { "v3/x.ndjson": "\n" }, /there is no \*\.ndjson file/]
  ]
  it.effect.each(faults)("%s: %j", ([name, files, message]) =>
    Effect.gen(function* () {
      const folder = yield* directory(files)
      const error: DataDirectoryError = yield* Effect.flip(dataDirectory(folder))
      assert.strictEqual(error.reason._tag, name)
      assert.match(error.message, message)
      assert.notInclude(error.message, "secret")
    })
  )

  it.effect("Unreadable: no such directory", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(dataDirectory("/no/such/directory"))
      assert.strictEqual(error.reason._tag, "Unreadable")
      assert.strictEqual(error.message, "cannot read /no/such/directory (ENOENT)")
    })
  )
})
