import { readFileSync } from "node:fs"
import { type DataSource, defaultPersonas, generated, type Persona, type Selection } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { startOf } from "../src/generate/Places.ts"
import { complete, exportHeaders, type Kit, makeKit, outcomeText, persona, tinyData } from "./Support.ts"

/** A source that keeps what it was asked for. */
const recording = () => {
  const selections: Array<Selection> = []
  const data: DataSource = {
    plan: (selection) => {
      selections.push(selection)
      return tinyData.plan(selection)
    }
  }
  return { data, selections }
}

const kickOff = Effect.fnUntraced(function* (kit: Kit, who: string, path: string) {
  return yield* kit.send(path, exportHeaders(yield* kit.bearer(who)))
})

/** Kicks off, completes, and asks for the job's state. */
const outcomeOfJob = Effect.fnUntraced(function* (kit: Kit, who: string, path: string) {
  const authorization = yield* kit.bearer(who)
  const job = yield* kit.start(path, authorization)
  yield* complete(kit)
  return yield* kit.send(job, { authorization })
})

interface Item {
  readonly type: string
  readonly url: string
}
const manifestOf = (text: string): { readonly output: ReadonlyArray<Item>; readonly error: ReadonlyArray<Item> } =>
  JSON.parse(text)

const sharedSystem = `?_typeFilter=${encodeURIComponent(
  encodeURIComponent("ExplanationOfBenefit?_tag=https://bluebutton.cms.gov/fhir/CodeSystem/System-Type|SharedSystem")
)}`

describe("personas", () => {
  it("have stable, obviously fake credentials and nothing in common", () => {
    for (const key of ["id", "cmsId", "acoUuid", "clientId", "clientSecret", "label"] as const)
      assert.strictEqual(new Set(defaultPersonas.map((one) => one[key])).size, defaultPersonas.length, key)
    for (const { clientId, clientSecret, id } of defaultPersonas) {
      assert.strictEqual(clientId, `sandbox-${id}`)
      assert.strictEqual(clientSecret, `not-a-secret-${id}`)
    }
  })

  it("share no person with another, on this year's list or last year's", () => {
    const rows = defaultPersonas.flatMap(({ id, people }) =>
      (["all", "runout"] as const).map((group) => {
        const from = startOf({ persona: id, cmsId: "", people, kinds: [] }, group)
        return { id, from, to: from + people }
      })
    )
    for (const a of rows)
      for (const b of rows)
        if (a !== b && a.to > a.from && b.to > b.from)
          assert.isTrue(a.to <= b.from || b.to <= a.from, `${a.id} ${b.id}`)
  })

  it("are in the README, with their CMS ids and numbers of people", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    const rows = [...readme.matchAll(/^\| `([a-z-]+)` \| ([A-Z0-9-]+) \| ([\d,]+) \|/gm)].map(
      ([, id, cmsId, people]) => ({
        id,
        cmsId,
        people: Number(people?.replace(",", ""))
      })
    )
    assert.deepStrictEqual(
      rows,
      defaultPersonas.map(({ cmsId, id, people }) => ({ id, cmsId, people }))
    )
  })

  /** What each persona of the default list gets for an export of each version, and how the job ends. */
  const cases: ReadonlyArray<readonly [id: string, v1: string, v2: string, v3: string]> = [
    ["small", "200", "200", "200"],
    ["large", "200", "200", "200"],
    ["reach-small", "200", "200 Claim", "200"],
    ["reach-large", "200", "200 Claim", "200"],
    ["denylisted", "403", "403", "403"],
    ["outdated", "404", "404", "404"],
    ["no-attribution", "404", "404", "404"],
    ["no-people", "500", "500", "500"],
    ["new-members", "200", "200", "200"],
    ["other", "200", "200", "200"],
    ["guide", "200", "200", "200"],
    ["iota", "403", "403", "200"],
    ["duplicates", "200", "200", "200"],
    ["partial-errors", "200", "200", "200"]
  ]

  it("are all in the table below", () => {
    assert.deepStrictEqual(
      cases.map(([id]) => id),
      defaultPersonas.map(({ id }) => id)
    )
  })

  it.effect.each(cases)("%s: v1 %s, v2 %s, v3 %s", ([id, ...expected]) =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      for (const [index, version] of (["v1", "v2", "v3"] as const).entries()) {
        const path = `/api/${version}/Group/all/$export`
        const accepted = yield* kickOff(kit, id, path)
        if (accepted.status !== 202) {
          assert.strictEqual(String(accepted.status), expected[index], version)
          continue
        }
        yield* complete(kit)
        const { pathname } = new URL(accepted.headers.get("content-location") ?? "")
        const { status, text } = yield* kit.send(pathname, { authorization: yield* kit.bearer(id) })
        assert.strictEqual(`${status}${text.includes('"Claim"') ? " Claim" : ""}`, expected[index], version)
      }
    })
  )

  it.effect("outdated: Patient is 404 too, runout works", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { status, text } = yield* kickOff(kit, "outdated", "/api/v3/Patient/$export")
      assert.strictEqual(status, 404)
      assert.include(text, "No up-to-date attribution information is available for ACOID 'TEST995'")
      assert.strictEqual((yield* outcomeOfJob(kit, "outdated", "/api/v3/Group/runout/$export")).status, 200)
    })
  )

  it.effect("no-attribution is told so at once; no-people when the job fails", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const none = yield* kickOff(kit, "no-attribution", "/api/v3/Group/all/$export")
      assert.strictEqual(none.text, outcomeText("v3", "not-found", "failed to start job; attribution file not found"))
      const { status, text } = yield* outcomeOfJob(kit, "no-people", "/api/v3/Group/all/$export")
      assert.strictEqual(status, 500)
      const words = "Service encountered numerous errors. Job failed to complete."
      assert.strictEqual(text, outcomeText("v3", "exception", words))
    })
  )

  it.effect("guide may not ask for SharedSystem claims, iota may", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      assert.strictEqual((yield* kickOff(kit, "guide", `/api/v3/Patient/$export${sharedSystem}`)).status, 400)
      assert.strictEqual((yield* kickOff(kit, "iota", `/api/v3/Patient/$export${sharedSystem}`)).status, 202)
    })
  )

  it.effect("duplicates may not repeat itself; the others may", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      for (const [id, status] of [
        ["duplicates", 429],
        ["other", 202]
      ] as const) {
        assert.strictEqual((yield* kickOff(kit, id, "/api/v3/Patient/$export")).status, 202)
        assert.strictEqual((yield* kickOff(kit, id, "/api/v3/Patient/$export")).status, status)
      }
    })
  )

  it.effect("another organization's job is 401", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const job = yield* kit.start("/api/v3/Patient/$export", yield* kit.bearer("small"))
      assert.strictEqual((yield* kit.send(job, { authorization: yield* kit.bearer("other") })).status, 401)
    })
  )

  it.effect("follow their CMS id and the deployment, unless they say otherwise", () =>
    Effect.gen(function* () {
      const status = Effect.fnUntraced(function* (change: Partial<Persona>, version: string) {
        const { kinds: _, ...plain } = persona(change)
        const kit = yield* makeKit({ personas: [plain], behaviour: { deployment: "prod" } })
        return (yield* kickOff(kit, "tester", `/api/${version}/Patient/$export`)).status
      })
      assert.strictEqual(yield* status({ cmsId: "GUIDE-0001" }, "v2"), 403)
      assert.strictEqual(yield* status({ cmsId: "GUIDE-0001" }, "v3"), 403)
      assert.strictEqual(yield* status({ cmsId: "GUIDE-0001", limits: { noV3: false } }, "v3"), 202)
      assert.strictEqual(yield* status({ cmsId: "GUIDE-0001", limits: { v3Only: false } }, "v2"), 202)
      assert.strictEqual(yield* status({ cmsId: "TEST994" }, "v3"), 202)
      assert.strictEqual(yield* status({ cmsId: "X" }, "v3"), 401)
    })
  )
})

const places = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

// The test begins on October 6, so the newest list is of October 1 and the twelfth of November 1 a year before.
const since = (day: string) => `?_since=${day}T23:00:00Z`

const servedFrom = (day: string) =>
  `/api/v3/Patient/$export?_typeFilter=${encodeURIComponent(`ExplanationOfBenefit?service-date=ge${day}`)}`

const updatedAt = (line: string) => /"lastUpdated":"([^"]+)"/.exec(line)?.[1] ?? ""

describe("who is exported", () => {
  it.effect("opted-out people are left out, unless the model ignores that", () =>
    Effect.gen(function* () {
      for (const [cmsId, expected] of [
        ["A0001", [0, 2, 4]],
        ["CT0001", [0, 1, 2, 3, 4]]
      ] as const) {
        const { data, selections } = recording()
        const kit = yield* makeKit({ data, personas: [persona({ cmsId, people: 5, optedOut: [1, 3] })] })
        yield* kit.start("/api/v3/Group/all/$export", yield* kit.bearer())
        assert.deepStrictEqual(selections[0]?.population.members, expected)
        assert.strictEqual(selections[0]?.population.people, expected.length)
      }
    })
  )

  it.effect("nobody left fails the job", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ personas: [persona({ people: 2, optedOut: [0, 1] })] })
      assert.strictEqual((yield* outcomeOfJob(kit, "tester", "/api/v3/Group/all/$export")).status, 500)
    })
  )

  it.effect("runout has last year's people: a tenth as many unless said otherwise", () =>
    Effect.gen(function* () {
      for (const [change, expected] of [
        [{ people: 45 }, 5],
        [{ people: 45, runoutPeople: 7, optedOut: [0] }, 7]
      ] as const) {
        const { data, selections } = recording()
        const kit = yield* makeKit({ data, personas: [persona(change)] })
        yield* kit.start("/api/v3/Group/runout/$export", yield* kit.bearer())
        assert.deepStrictEqual(selections[0]?.population.members, places(0, expected))
      }
    })
  )

  it.effect("a model's look-back bounds services from below, a later service-date wins", () =>
    Effect.gen(function* () {
      const { data, selections } = recording()
      const kit = yield* makeKit({ data, personas: [persona({ cmsId: "D0001" })] })
      const authorization = yield* kit.bearer()
      for (const path of ["/api/v1/Patient/$export", servedFrom("2020-01-01"), servedFrom("2025-02-03")])
        yield* kit.start(path, authorization)
      assert.deepStrictEqual(
        selections.map(({ filter }) => filter.serviceFrom),
        ["2023-04-01", "2023-04-01", "2025-02-03"]
      )
    })
  )

  it.effect.each([
    ["/api/v3/Group/all/$export", "", "everything"],
    ["/api/v3/Group/all/$export", since("2026-09-30"), "apart"],
    ["/api/v3/Group/all/$export", since("2025-11-01"), "apart"],
    ["/api/v3/Group/all/$export", since("2026-10-02"), "together"],
    ["/api/v3/Patient/$export", since("2026-09-30"), "together"],
    ["/api/v3/Group/runout/$export", since("2026-09-30"), "runout"]
  ] as const)("%s%s: new members and others", ([path, query, expected]) =>
    Effect.gen(function* () {
      const { data, selections } = recording()
      const kit = yield* makeKit({ data })
      yield* kit.start(path + query, yield* kit.bearer("new-members"))
      const asked = selections.map(({ newcomers, population, since: bound }) => ({
        members: population.members,
        newcomers: newcomers === true,
        bound: bound !== undefined
      }))
      const known = { members: places(0, 50), newcomers: false, bound: true }
      const joined = { members: places(50, 60), newcomers: true, bound: false }
      assert.deepStrictEqual(
        asked,
        expected === "apart"
          ? [joined, known]
          : expected === "together"
            ? [{ ...known, members: places(0, 60) }]
            : expected === "runout"
              ? [{ ...known, members: places(0, 6) }]
              : [{ members: places(0, 60), newcomers: false, bound: false }]
      )
    })
  )

  it.effect("new members have files of their own: two Patient files", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const { text } = yield* outcomeOfJob(kit, "new-members", `/api/v3/Group/all/$export${since("2026-09-30")}`)
      const types = manifestOf(text).output.map(({ type }) => type)
      assert.deepStrictEqual(types.toSorted(), [
        "Coverage",
        "Coverage",
        "ExplanationOfBenefit",
        "ExplanationOfBenefit",
        "Patient",
        "Patient"
      ])
    })
  )

  it.effect("new members get all there is of them, the others what is new", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ data: generated() })
      const patients = Effect.fnUntraced(function* (path: string) {
        const { text } = yield* outcomeOfJob(kit, "new-members", path)
        const authorization = yield* kit.bearer("new-members")
        return yield* Effect.forEach(manifestOf(text).output, ({ url }) =>
          Effect.map(kit.send(url, { authorization }), (answer) => answer.text.trimEnd().split("\n"))
        )
      })
      const [everybody = []] = yield* patients("/api/v3/Group/all/$export?_type=Patient")
      const [joined = [], updated = []] = yield* patients(
        `/api/v3/Group/all/$export${since("2026-09-30")}&_type=Patient`
      )
      assert.lengthOf(everybody, 60)
      assert.deepStrictEqual(joined, everybody.slice(50))
      assert.deepStrictEqual(
        updated.filter((line) => line !== ""),
        everybody.slice(0, 50).filter((line) => updatedAt(line) > "2026-09-30T23:00:00")
      )
      assert.isTrue(joined.some((line) => updatedAt(line) < "2026-09-30"))
    })
  )

  it.effect("a _since older than every list is 404 for Group/all, and for nobody else", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const old = since("2025-10-31")
      const words = "failed to start job; attribution file not found for given _since parameter."
      const { status, text } = yield* kickOff(kit, "new-members", `/api/v2/Group/all/$export${old}`)
      assert.strictEqual(status, 404)
      assert.strictEqual(text, outcomeText("v2", "not-found", words))
      assert.strictEqual((yield* kickOff(kit, "new-members", `/api/v2/Patient/$export${old}`)).status, 202)
      assert.strictEqual((yield* kickOff(kit, "small", `/api/v2/Group/all/$export${old}`)).status, 202)
    })
  )

  it.effect("with one list only even the latest _since is too old", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ personas: [persona({ history: { lists: 1, joined: 3 } })] })
      for (const day of ["2026-09-30", "2026-10-05"])
        assert.strictEqual((yield* kickOff(kit, "tester", `/api/v2/Group/all/$export${since(day)}`)).status, 404)
    })
  )

  it.effect("lists move with the clock: a month later the new members are known", () =>
    Effect.gen(function* () {
      const { data, selections } = recording()
      const kit = yield* makeKit({ data })
      yield* TestClock.adjust("31 days")
      yield* kit.start(`/api/v3/Group/all/$export${since("2026-10-05")}`, yield* kit.bearer("new-members"))
      yield* kit.start(`/api/v3/Group/all/$export${since("2026-11-02")}`, yield* kit.bearer("new-members"))
      assert.deepStrictEqual(
        selections.map(({ newcomers }) => newcomers === true),
        [true, false, false]
      )
    })
  )

  it.effect("the feature can be switched off", () =>
    Effect.gen(function* () {
      const { data, selections } = recording()
      const kit = yield* makeKit({ data, behaviour: { newMembers: false } })
      yield* kit.start(`/api/v3/Group/all/$export${since("2020-01-01")}`, yield* kit.bearer("new-members"))
      assert.deepStrictEqual(
        selections.map(({ population }) => population.people),
        [60]
      )
    })
  )
})
