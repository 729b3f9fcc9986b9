import type { BugSwitches, FaultInstruction, SandboxOptions } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Answer, type Kit, makeKit, outcomeText } from "./Support.ts"

export type Version = "v1" | "v2" | "v3"
export const versions: ReadonlyArray<Version> = ["v1", "v2", "v3"]

/** One request and all that is said of its answer. */
export interface Ask {
  /** `GET` unless the path begins with another method. `{v}` stands for the version. */
  readonly path: string
  /** The Authorization header: absent, the first persona's token; `none`; or another one, made before faults are set. */
  readonly login?: "none" | ((kit: Kit) => Effect.Effect<string>)
  /** Instead of the headers of an export. */
  readonly headers?: Record<string, string>
  readonly status: number
  /** What the body is, by version; with the content type that goes with it. */
  readonly body: Body
  /** Headers that matter, in small letters; null for those that must not be there. May depend on the version. */
  readonly has?: Record<string, string | null> | ((version: Version) => Record<string, string | null>)
}

/** One row of a table, with all its requests. A row that takes several sandboxes comes several times. */
export interface Row {
  readonly row: number
  readonly title: string
  /** Default: all three. Unversioned paths are asked once, as `v1`, whose shapes they have. */
  readonly versions?: ReadonlyArray<Version>
  readonly options?: SandboxOptions
  /** What happens before. */
  readonly given?: (kit: Kit, version: Version) => Effect.Effect<unknown>
  readonly faults?: ReadonlyArray<FaultInstruction>
  readonly asks?: ReadonlyArray<Ask>
  /** What is not seen from one answer. */
  readonly shows?: (kit: Kit, version: Version) => Effect.Effect<unknown>
}

/** A row that cannot come about, and why. */
export interface Unreachable {
  readonly row: number
  readonly unreachable: string
}

export interface Body {
  readonly type: string | null
  readonly text: (version: Version) => string | RegExp
}

export const fhir = "application/fhir+json"

export const outcome = (code: string, words = ""): Body => ({
  type: fhir,
  text: (version) => outcomeText(version, code, words)
})

/** Go's error text: the words, a newline, and a content type of its own. */
export const plain = (words: string): Body => ({ type: "text/plain; charset=utf-8", text: () => `${words}\n` })

export const empty: Body = { type: null, text: () => "" }

export const json = (text: string | RegExp, type = "application/json"): Body => ({ type, text: () => text })

/** Two documents in one body; the first says what type it is. */
export const both = (first: Body, second: Body): Body => ({
  type: first.type,
  text: (version) => `${String(first.text(version))}${String(second.text(version))}`
})

const asksForExport = { accept: fhir, prefer: "respond-async" }

const check = (answer: Answer, { body, has = {}, path, status }: Ask, version: Version) => {
  const about = `${version} ${path}`
  assert.strictEqual(answer.status, status, about)
  const expected = body.text(version)
  if (typeof expected === "string") assert.strictEqual(answer.text, expected, about)
  else assert.match(answer.text, expected, about)
  assert.strictEqual(answer.headers.get("content-type"), body.type, about)
  for (const [name, value] of Object.entries(typeof has === "function" ? has(version) : has)) {
    assert.strictEqual(answer.headers.get(name), value, `${about}: ${name}`)
  }
}

const send = (kit: Kit, { headers, path }: Ask, version: Version, authorization: string | undefined) => {
  const [, method = "GET", target = ""] = /^(?:([A-Z]+) )?(.*)$/.exec(path.replaceAll("{v}", version)) ?? []
  const token = authorization === undefined ? {} : { authorization }
  return kit.send(target, { ...(headers ?? asksForExport), ...token }, method)
}

/** Sends all requests of a row in one version, to a sandbox of its own, and looks at each answer. */
const perform = Effect.fnUntraced(function* (
  { asks = [], faults = [], given, options, shows }: Row,
  version: Version,
  bugs: BugSwitches,
  look: (answer: Answer, ask: Ask) => void
) {
  const kit = yield* makeKit({ ...options, behaviour: { ...options?.behaviour, bugs } })
  if (given !== undefined) yield* given(kit, version)
  const logins = yield* Effect.forEach(asks, ({ login = (one: Kit) => one.bearer() }) =>
    login === "none" ? Effect.succeed(undefined) : login(kit)
  )
  yield* Effect.orDie(kit.sandbox.faults.set(faults))
  for (const [index, ask] of asks.entries()) look(yield* send(kit, ask, version, logins[index]), ask)
  if (bugs === "today" && shows !== undefined) yield* shows(kit, version)
  return yield* kit.sandbox.faults.list
})

/** A row as it stands: every answer is what it says, and every fault was met, or it would be true for another reason. */
const run = (row: Row) =>
  Effect.forEach(row.versions ?? versions, (version) =>
    Effect.gen(function* () {
      const faults = yield* perform(row, version, "today", (answer, ask) => check(answer, ask, version))
      for (const { instruction, struck } of faults) assert.isAbove(struck, 0, instruction.fault)
    })
  )

const isReachable = (row: Row | Unreachable): row is Row => !("unreachable" in row)

/** What changes by itself: ids that are drawn, tokens. */
const drawn = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|"access_token": "[^"]*"/g

/** All answers to a table's requests, as texts to compare; one list per row. */
export const answersTo = (rows: ReadonlyArray<Row | Unreachable>, bugs: BugSwitches) =>
  Effect.forEach(rows.filter(isReachable), (row) =>
    Effect.gen(function* () {
      const texts: Array<string> = []
      for (const version of row.versions ?? versions) {
        yield* perform(row, version, bugs, ({ headers, status, text }) => {
          texts.push(JSON.stringify([version, status, [...headers], text.replaceAll(drawn, "drawn")]))
        })
      }
      return { row: row.row, texts }
    })
  )

/** Makes tests of a table's rows, and one that no row is missing. */
export const testRows = (section: number, count: number, rows: ReadonlyArray<Row | Unreachable>) =>
  describe(`section ${section} of BCDA's behaviour`, () => {
    it.effect.each(rows.filter(isReachable))("row $row: $title", (row) => run(row))

    it("has every row, in order, and a request or a reason in each", () => {
      assert.deepStrictEqual(
        [...new Set(rows.map(({ row }) => row))],
        Array.from({ length: count }, (_, index) => index + 1)
      )
      for (const row of rows) {
        if (isReachable(row)) assert.isTrue((row.asks ?? []).length > 0 || row.shows !== undefined, `row ${row.row}`)
        else assert.isNotEmpty(row.unreachable, `row ${row.row}`)
      }
    })
  })
