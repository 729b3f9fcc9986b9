/** The same server by other statements: what each profile judges, and how kick-offs go under it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import {
  checks,
  descriptorFromFile,
  outcomeOf,
  type ProfileId,
  profiles,
  registry,
  type TargetFile,
  type VerdictLine
} from "../src/index.ts"
import { counts } from "../src/Profile.ts"
import { described, headerOf, notLimited, runOn } from "./support/Judging.ts"
import { body } from "./support/mutations/tools.ts"
import { type Mutation, type TinyOptions, tinyBcda } from "./support/TinyBcda.ts"

const under = Effect.fnUntraced(function* (
  server: TinyOptions,
  file: Omit<TargetFile, "baseUrl">,
  profile: ProfileId | undefined
) {
  const tiny = yield* tinyBcda(server)
  const lines = yield* runOn(tiny, { target: described(tiny, file), profile })
  const verdicts = lines.filter((line): line is VerdictLine => line.kind === "verdict")
  const by = new Map(verdicts.map((line) => [line.check, line]))
  return { by, lines, tiny, verdicts }
}, Effect.scoped)

/** What a manifest of STU4 is: no request, and messages under another name. */
const asInTheBallot: Mutation = (reply, { route }) => {
  if (route !== "status" || reply.status !== 200) return reply
  const { error, request: _, ...manifest }: { error: unknown; request: string } = JSON.parse(reply.body.toString())
  return { ...reply, body: JSON.stringify({ ...manifest, outcome: error, extension: [] }) }
}

const old: Mutation = (reply, { route }) =>
  route === "status" && reply.status === 200
    ? { ...reply, body: reply.body.toString().replace("{", '{"extension":{},') }
    : reply

const open: Mutation = (_, { granted }) => granted()

const judgedBy = (profile: ProfileId) =>
  checks.filter(({ requirements }) =>
    requirements.some((id) => {
      const row = registry.get(id)
      return row !== undefined && counts(profiles[profile], row)
    })
  )

describe("every profile", () => {
  for (const profile of Object.keys(profiles)) {
    it(`${profile} is of checks, and of statements of its own documents only`, () => {
      const id = Object.values(profiles).find((one) => one.id === profile)?.id
      assert.isDefined(id)
      if (id !== undefined) assert.isAbove(judgedBy(id).length, 10)
    })
  }

  it("of the IG judges nothing of CMS's", () => {
    for (const id of ["ig-stu2", "ig-stu3", "ig-stu4-ballot"] as const) {
      for (const document of ["page", "bcda"] as const) assert.notInclude(profiles[id].documents, document)
    }
  })
})

describe("the ballot of STU4", () => {
  it.live("kicks off by POST, with each type an entry of its own, also through fhir-kit-client", () =>
    Effect.gen(function* () {
      const server = { kickOff: "POST", mutate: asInTheBallot } as const
      const { lines, tiny, verdicts } = yield* under(server, { methods: ["POST"] }, "ig-stu4-ballot")
      assert.deepStrictEqual(
        verdicts
          .filter(({ check, verdict }) => !["pass", "not-run"].includes(verdict) && !check.startsWith("assertion/"))
          .map(({ check, verdict }) => `${verdict} ${check}`)
          .filter((line) => !notLimited.includes(line)),
        []
      )
      assert.strictEqual(outcomeOf(lines).exitCode, 0)
      assert.isAbove(verdicts.filter(({ verdict }) => verdict === "pass").length, 30)
      const kickOffs = tiny.requests.filter((request) => request.includes("$export"))
      assert.isTrue(kickOffs.every((request) => request.startsWith("POST ")))
      assert.strictEqual(kickOffs.filter((request) => request.includes("_type=Patient%2CCoverage")).length >= 2, true)
    })
  )

  it.live("leaves a server without POST alone, and calls nothing broken there", () =>
    Effect.gen(function* () {
      const { by, lines, tiny } = yield* under({}, {}, "ig-stu4-ballot")
      assert.strictEqual(by.get("kickoff/accepted")?.verdict, "not-applicable")
      assert.strictEqual(by.get("file/fetched")?.verdict, "not-applicable")
      assert.include(by.get("kickoff/accepted")?.because, "declares none by POST")
      assert.strictEqual(by.get("metadata/declares-export")?.verdict, "pass")
      assert.deepStrictEqual(
        tiny.requests.filter((request) => request.includes("$export")),
        []
      )
      assert.strictEqual(outcomeOf(lines).exitCode, 0)
    })
  )

  it.live("finds a manifest of earlier editions wanting where they differ", () =>
    Effect.gen(function* () {
      const file = { methods: ["GET", "POST"] } as const
      const ballot = yield* under({ kickOff: "POST", mutate: old }, file, "ig-stu4-ballot")
      assert.strictEqual(ballot.by.get("manifest/extension")?.verdict, "fail")
      const stu3 = yield* under({ mutate: old }, file, "ig-stu3")
      assert.strictEqual(stu3.by.get("manifest/extension")?.verdict, "pass")
    })
  )
})

describe("a server that takes POST alone", () => {
  it.live("is asked in that way under earlier editions too, with lists of types as they have them", () =>
    Effect.gen(function* () {
      const { by, tiny } = yield* under({ kickOff: "POST" }, { methods: ["POST"] }, "ig-stu3")
      assert.strictEqual(by.get("kickoff/accepted")?.verdict, "pass")
      assert.strictEqual(by.get("manifest/only-asked-types")?.verdict, "pass")
      assert.strictEqual(by.get("manifest/request")?.verdict, "pass", "the URL alone, without parameters")
      assert.isTrue(tiny.requests.some((request) => request.startsWith("POST ") && request.includes("$export")))
    })
  )
})

describe("a server that is no BCDA", () => {
  it.live("is judged by the IG at the level it has, and is never asked for what only BCDA has", () =>
    Effect.gen(function* () {
      const tiny = yield* tinyBcda({ mutate: open })
      const file: TargetFile = {
        baseUrl: `${tiny.baseUrl}/api/v3`,
        apiVersion: "fhir",
        auth: "none",
        levels: { group: ["all"] }
      }
      const target = Result.getOrThrow(descriptorFromFile(file))
      const lines = yield* runOn(tiny, { target })
      const verdicts = lines.filter((line): line is VerdictLine => line.kind === "verdict")
      assert.strictEqual(headerOf(lines).profile, "ig-stu2")
      const judged = verdicts.filter(({ verdict }) => ["pass", "fail", "warn", "info"].includes(verdict))
      assert.isAbove(judged.length, 30)
      for (const { check, requirements } of judged) {
        assert.isTrue(
          requirements.some((id) => !/^(SEED|TODAY|bcda#)/.test(id)),
          check
        )
      }
      assert.deepStrictEqual(
        judged.filter(({ verdict }) => verdict !== "pass").map(({ check }) => check),
        []
      )
      assert.deepStrictEqual(
        tiny.requests.filter((request) => /\/jobs$|attribution|auth/.test(request)),
        []
      )
      assert.strictEqual(outcomeOf(lines).exitCode, 0)
    }).pipe(Effect.scoped)
  )
})

const definition = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"
const only = ["metadata/declares-export", "metadata/operation-definitions", "second-opinion/metadata"]

describe("metadata", () => {
  const statements = {
    group: { resource: [{ type: "Group", operation: [{ name: "export", definition: `${definition}/group-export` }] }] },
    patient: {
      resource: [{ type: "Patient", operation: [{ name: "export", definition: `${definition}/patient-export` }] }]
    },
    system: { operation: [{ name: "export", definition: `${definition}/export` }] }
  }
  const levels = { group: { group: ["all"] }, patient: { patient: true }, system: { system: true } }

  it.live("has to declare the exports that there are, and no others", () =>
    Effect.gen(function* () {
      for (const [declared, statement] of Object.entries(statements)) {
        const told = body("metadata", (value) => ({ ...value, rest: [{ mode: "server", ...statement }] }))
        const tiny = yield* tinyBcda({ mutate: (reply, scene) => told(open(reply, scene), scene) })
        for (const [level, own] of Object.entries(levels)) {
          const file = { baseUrl: `${tiny.baseUrl}/api/v3`, apiVersion: "fhir", auth: "none", levels: own } as const
          const lines = yield* runOn(tiny, { target: Result.getOrThrow(descriptorFromFile(file)), only })
          const verdicts = lines.filter(
            (line): line is VerdictLine => line.kind === "verdict" && only.includes(line.check)
          )
          // fhir-kit-client takes an operation of the server for one of any level, as STU3 of FHIR has them
          const seen = declared === level ? only : declared === "system" ? ["second-opinion/metadata"] : []
          const passed = verdicts.filter(({ verdict }) => verdict === "pass").map(({ check }) => check)
          assert.deepStrictEqual(passed.toSorted(), seen.toSorted(), `${declared} declared, ${level} there`)
        }
      }
    }).pipe(Effect.scoped)
  )
})

describe("without a profile", () => {
  it.live("a BCDA is judged as it is", () =>
    Effect.gen(function* () {
      const { lines } = yield* under({}, {}, undefined)
      assert.strictEqual(headerOf(lines).profile, "bcda-today")
    })
  )
})
