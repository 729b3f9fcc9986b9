import type { DataSource, ResourceType, Selection } from "@bcda-kit/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { exportHeaders, makeKit, origin, outcomeText, persona, startOfTest, tinyData } from "./Support.ts"

/** Remembers what it was asked to plan. */
const recording = (): { readonly data: DataSource; readonly selections: Array<Selection> } => {
  const selections: Array<Selection> = []
  const plan: DataSource["plan"] = (selection) => {
    selections.push(selection)
    return tinyData.plan(selection)
  }
  return { data: { plan }, selections }
}

const url = (query: string) => `/api/v3/Group/all/$export?${query}`

describe("kick-off", () => {
  it.effect.each([
    "/api/v1/Group/all/$export",
    "/api/v2/Group/runout/$export",
    "/api/v3/Patient/$export?_type=Patient"
  ])("%s: 202, empty, with the job's absolute URL on the host that was asked", (path) =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const headers = exportHeaders(yield* kit.bearer())
      const answer = yield* kit.send(`https://claims.example:8443${path}`, headers)
      assert.deepStrictEqual([answer.status, answer.text], [202, ""])
      const [, version] = path.split("/").slice(1)
      assert.strictEqual(answer.headers.get("content-location"), `https://claims.example:8443/api/${version}/jobs/1`)
      assert.isNull(answer.headers.get("content-type"))
      assert.isNull(answer.headers.get("retry-after"))
    })
  )

  const refused: ReadonlyArray<readonly [why: string, path: string, text: string]> = [
    [
      "_outputFormat unknown",
      url("_outputFormat=csv"),
      "_outputFormat parameter must be one of [ndjson application/fhir+ndjson application/ndjson]"
    ],
    [
      "_outputFormat with a raw plus, which is a space",
      url("_outputFormat=application/fhir+ndjson"),
      "_outputFormat parameter must be one of [ndjson application/fhir+ndjson application/ndjson]"
    ],
    [
      "_elements, even empty",
      url("_elements="),
      "Invalid parameter: this server does not support the _elements parameter."
    ],
    [
      "a parameter that starts with ?",
      url("_type=Patient&?_since=2020-01-01T00:00:00Z"),
      "Invalid parameter: query parameters cannot start with ?"
    ],
    [
      "_since without a time",
      url("_since=2020-01-01"),
      "Invalid date format supplied in _since parameter.  Date must be in FHIR Instant format."
    ],
    [
      "_since with a raw plus, which is a space",
      url("_since=2020-01-01T00:00:00+00:00"),
      "Invalid date format supplied in _since parameter.  Date must be in FHIR Instant format."
    ],
    [
      "_since to come",
      url("_since=2026-10-06T10:00:01Z"),
      "Invalid date format supplied in _since parameter. Date must be a date that has already passed"
    ],
    ["_type twice in the list", url("_type=Patient,Coverage,Patient"), "Repeated resource type Patient"],
    ["_type empty", url("_type="), "invalid resource type . Supported types [Patient Coverage ExplanationOfBenefit]"],
    [
      "_type in lower case",
      url("_type=patient"),
      "invalid resource type patient. Supported types [Patient Coverage ExplanationOfBenefit]"
    ],
    ["unknown group", "/api/v3/Group/mine/$export", "Invalid group ID"]
  ]

  it.effect.each(refused)("%s: 400 structure", ([, path, text]) =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const answer = yield* kit.send(path, exportHeaders(yield* kit.bearer()))
      assert.strictEqual(answer.status, 400)
      assert.strictEqual(answer.text, outcomeText("v3", "structure", text))
    })
  )

  it.effect("a type of another data kind is unauthorized on v2, unknown on v1 and v3", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const headers = exportHeaders(yield* kit.bearer())
      const ask = (version: string) => kit.send(`/api/${version}/Patient/$export?_type=Claim`, headers)
      assert.strictEqual((yield* ask("v2")).text, outcomeText("v2", "structure", "unauthorized resource type Claim"))
      const words = "invalid resource type Claim. Supported types [Patient Coverage ExplanationOfBenefit Observation]"
      assert.strictEqual((yield* ask("v1")).text, outcomeText("v1", "structure", words))
      assert.strictEqual((yield* ask("v3")).status, 400)
    })
  )

  const fhir = "application/fhir+json"
  const headerTable: ReadonlyArray<readonly [accept: string, prefer: string, text: string | undefined]> = [
    ["", "respond-async", "Accept header is required"],
    ["*/*", "respond-async", "application/fhir+json is the only supported response format"],
    ["application/json", "respond-async", "application/fhir+json is the only supported response format"],
    [fhir, "", "Prefer header is required"],
    [fhir, "return=minimal", "Only asynchronous responses are supported"],
    ["*/*", "", "application/fhir+json is the only supported response format"],
    [",", "respond-async", "Accept header is required"],
    [";q=1", "respond-async", "application/fhir+json is the only supported response format"],
    [fhir, ", ;wait=1", "Only asynchronous responses are supported"],
    ["text/html, Application/FHIR+JSON;q=0.9", "handling=lenient, Respond-Async;wait=10", undefined]
  ]

  it.effect.each(headerTable)("Accept %j and Prefer %j: %s", ([accept, prefer, text]) =>
    Effect.gen(function* () {
      const kit = yield* makeKit()
      const authorization = yield* kit.bearer()
      const answer = yield* kit.send("/api/v1/Patient/$export", { authorization, accept, prefer })
      assert.strictEqual(answer.status, text === undefined ? 202 : 400)
      assert.strictEqual(answer.text, text === undefined ? "" : outcomeText("v1", "structure", text))
    })
  )

  it.effect.each<[accept: string, prefer: string, text: string | undefined]>([
    [fhir, "respond-async", undefined],
    ["", "respond-async", "Accept header is required"],
    [fhir, "", "Prefer header is required"],
    ["Application/fhir+json", "respond-async", "application/fhir+json is the only supported response format"],
    [`${fhir};q=1`, "respond-async", "application/fhir+json is the only supported response format"],
    [fhir, "respond-async, handling=lenient", "Only asynchronous responses are supported"]
  ])("letter for letter, as before 2026-08-18: Accept %j and Prefer %j: %s", ([accept, prefer, text]) =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ behaviour: { headers: "exact" } })
      const answer = yield* kit.send("/api/v3/Patient/$export", { authorization: yield* kit.bearer(), accept, prefer })
      assert.strictEqual(answer.text, text === undefined ? "" : outcomeText("v3", "structure", text))
    })
  )

  it.effect("letter for letter means the first line of several", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ behaviour: { headers: "exact" } })
      const authorization = yield* kit.bearer()
      const ask = (accepts: ReadonlyArray<string>) =>
        kit.sandbox.answer({
          method: "GET",
          path: "/api/v3/Patient/$export",
          query: "",
          scheme: "http",
          host: "bcda.test",
          headers: [
            ["Authorization", authorization],
            ["Prefer", "respond-async"],
            ...accepts.map((accept) => ["Accept", accept] as const)
          ]
        })
      assert.strictEqual((yield* ask([fhir, "text/html"])).status, 202)
      assert.strictEqual((yield* ask(["text/html", fhir])).status, 400)
    })
  )

  it.effect("judges in BCDA's order: organization, URL, headers, group, types, attribution", () =>
    Effect.gen(function* () {
      // Each step removes the fault that was reported, and the next one shows.
      const kit = yield* makeKit({ personas: [persona({ attribution: { all: "absent", runout: "absent" } })] })
      const authorization = yield* kit.bearer()
      const faults = [
        ["mine", "_type=Nonsense&_since=bad&_elements=x", {}, "Invalid parameter: this server does not support"],
        ["mine", "_type=Nonsense&_since=bad", {}, "Invalid date format"],
        ["mine", "_type=Nonsense", {}, "Accept header is required"],
        ["mine", "_type=Nonsense", { accept: fhir }, "Prefer header is required"],
        ["mine", "_type=Nonsense", { accept: fhir, prefer: "respond-async" }, "Invalid group ID"],
        ["all", "_type=Nonsense", { accept: fhir, prefer: "respond-async" }, "invalid resource type Nonsense"],
        ["all", "_type=Patient", { accept: fhir, prefer: "respond-async" }, "failed to start job"]
      ] as const
      for (const [group, query, headers, text] of faults) {
        const answer = yield* kit.send(`/api/v2/Group/${group}/$export?${query}`, { ...headers, authorization })
        assert.include(answer.text, text)
      }
    })
  )

  it.effect("unknown and repeated parameters are ignored, but stay in the request URL", () =>
    Effect.gen(function* () {
      const { data, selections } = recording()
      const kit = yield* makeKit({ data })
      const query = "_type=Patient&_type=Nonsense&_until=never&patient=x&_typeFilter=nonsense&_since=bad%zz"
      yield* kit.start(`/api/v2/Group/all/$export?${query}`, yield* kit.bearer())
      assert.deepStrictEqual(selections[0]?.types, ["Patient"])
      assert.isUndefined(selections[0]?.since)
      const list = yield* kit.send("/api/v2/jobs", exportHeaders(yield* kit.bearer()))
      // Go's JSON writes the ampersands as escapes.
      assert.include(list.text, `GET ${origin}/api/v2/Group/all/$export?${query.replaceAll("&", "\\u0026")}`)
    })
  )
})

/** Types that a persona gets planned. */
const types = (version: string, id: string, query = "") =>
  Effect.gen(function* () {
    const { data, selections } = recording()
    const kit = yield* makeKit({ data })
    yield* kit.start(`/api/${version}/Group/all/$export${query}`, yield* kit.bearer(id))
    return selections[0]?.types
  })

describe("what is exported", () => {
  const settled: ReadonlyArray<ResourceType> = ["Patient", "ExplanationOfBenefit", "Coverage"]

  it.effect("by default everything the organization may see in that version", () =>
    Effect.gen(function* () {
      for (const version of ["v1", "v2", "v3"]) assert.deepStrictEqual(yield* types(version, "small"), settled)
      assert.deepStrictEqual(yield* types("v1", "reach-small"), settled)
      assert.deepStrictEqual(yield* types("v2", "reach-small"), [...settled, "Claim", "ClaimResponse"])
      assert.deepStrictEqual(yield* types("v3", "reach-small"), settled)
    })
  )

  it.effect("with _type that list, in its order", () =>
    Effect.gen(function* () {
      const asked = yield* types("v2", "reach-small", "?_type=ClaimResponse,Patient")
      assert.deepStrictEqual(asked, ["ClaimResponse", "Patient"])
    })
  )

  it.effect("tells the data source all it needs", () =>
    Effect.gen(function* () {
      const { data, selections } = recording()
      const kit = yield* makeKit({ data })
      const since = "2026-09-01T00:00:00.000%2B02:00"
      yield* kit.start(`/api/v3/Group/runout/$export?_since=${since}`, yield* kit.bearer())
      assert.deepStrictEqual(selections[0], {
        version: "v3",
        types: ["Patient", "ExplanationOfBenefit", "Coverage"],
        group: "runout",
        endpoint: "Group",
        since: new Date("2026-08-31T22:00:00Z"),
        until: new Date(startOfTest),
        filter: {
          tags: [
            ["NationalClaimsHistory", "DDPS"].map((code) => ({
              system: "https://bluebutton.cms.gov/fhir/CodeSystem/System-Type",
              code
            }))
          ],
          serviceTo: "2025-12-31"
        },
        population: {
          persona: "small",
          cmsId: "A9990",
          people: 10,
          members: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
          kinds: ["adjudicated"],
          place: 0
        },
        batchSizes: { Patient: 5000, Coverage: 4000, ExplanationOfBenefit: 50, Claim: 4000, ClaimResponse: 4000 }
      })
      yield* kit.start("/api/v1/Patient/$export", yield* kit.bearer())
      assert.deepStrictEqual(selections[1]?.filter, { tags: [] })
      // v1 and v2 reach to the last load of claims, here Saturday, October 3.
      assert.strictEqual(selections[1]?.until.toISOString(), "2026-10-03T05:40:44.705Z")
    })
  )

  it.effect("`enrollees` changes the first persona only", () =>
    Effect.gen(function* () {
      const { data, selections } = recording()
      const kit = yield* makeKit({ data, enrollees: 7 })
      yield* kit.start("/api/v3/Patient/$export", yield* kit.bearer("small"))
      yield* kit.start("/api/v3/Patient/$export", yield* kit.bearer("reach-small"))
      assert.deepStrictEqual(
        selections.map(({ population }) => population.people),
        [7, 110]
      )
    })
  )
})

describe("attribution", () => {
  it.effect("runout can be switched off, and is then an unknown group", () =>
    Effect.gen(function* () {
      const kit = yield* makeKit({ behaviour: { runout: false } })
      const answer = yield* kit.send("/api/v3/Group/runout/$export", exportHeaders(yield* kit.bearer()))
      assert.strictEqual(answer.text, outcomeText("v3", "structure", "Invalid group ID"))
    })
  )
})

/** Two organizations, the first of which may not repeat itself. */
const limited = () =>
  makeKit({
    personas: [persona({ limits: { duplicateJobs: true } }), persona({ id: "o", cmsId: "A9998", clientId: "o" })]
  })

describe("duplicate jobs", () => {
  const cases: ReadonlyArray<readonly [running: string, then: string, status: number, why: string]> = [
    ["/api/v3/Patient/$export", "/api/v3/Group/all/$export?_type=Patient", 429, "the running one names no type"],
    ["/api/v3/Patient/$export?_type=Patient", "/api/v3/Group/runout/$export", 429, "the new one names no type"],
    ["/api/v3/Patient/$export?_type=Patient", "/api/v3/Patient/$export?_type=Coverage,Patient", 429, "a shared type"],
    ["/api/v3/Patient/$export?_type=Patient", "/api/v3/Patient/$export?_type=Coverage", 202, "no shared type"],
    [
      "/api/v3/Patient/$export?_type=Patient,Coverage",
      "/api/v3/Patient/$export?_type=Patient",
      202,
      "lists are not split"
    ],
    [
      "/api/v3/Patient/$export?_type=Patient,Coverage",
      "/api/v3/Patient/$export?_type=Patient%2CCoverage",
      429,
      "the same URL"
    ],
    ["/api/v2/Patient/$export", "/api/v3/Patient/$export", 202, "another version"],
    ["/api/v3/Patient/$export", "/api/v3/Patient/$export?q=%zz", 202, "an address that cannot be unescaped"]
  ]

  it.effect.each(cases)("%s, then %s: %i (%s)", ([running, then, status]) =>
    Effect.gen(function* () {
      const kit = yield* limited()
      const authorization = yield* kit.bearer("tester")
      yield* kit.start(running, authorization)
      const answer = yield* kit.send(then, exportHeaders(authorization))
      assert.strictEqual(answer.status, status)
      assert.strictEqual(answer.text, "")
      assert.strictEqual(answer.headers.get("retry-after"), status === 429 ? "0" : null)
    })
  )

  it.effect("only while the first runs, only for its own organization, only where the limit applies", () =>
    Effect.gen(function* () {
      const kit = yield* limited()
      const path = "/api/v3/Patient/$export"
      const [mine, other] = [yield* kit.bearer("tester"), yield* kit.bearer("o")]
      yield* kit.start(path, mine)
      yield* kit.start(path, other)
      yield* kit.start(path, other)
      assert.strictEqual((yield* kit.send(path, exportHeaders(mine))).status, 429)
      yield* kit.sandbox.idle
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* kit.send(path, exportHeaders(mine))).status, 202)
    })
  )
})
