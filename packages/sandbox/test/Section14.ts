import { gunzipSync } from "node:zlib"
import { type DataSource, type Deployment, type SandboxOptions, small } from "@bcda-kit/sandbox"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { type Ask, both, empty, fhir, json, outcome, plain, type Row, type Version } from "./Rows.ts"
import { basic, complete, exportHeaders, type Kit, memberOf, persona, smallUuid, tinyData } from "./Support.ts"

/**
 * Where the documentation, the code and the IG disagree: the column "Server code" of section 14 of the behaviour
 * reference, row by row. What a row says of files and jobs is seen in them.
 */
const exportPath = "/api/{v}/Group/all/$export"
const job = "/api/{v}/jobs/1"
const kickedOff = { status: 202, body: empty }
const as = (authorization: string) => () => Effect.succeed(authorization)

const start =
  (path = "/api/{v}/Patient/$export?_type=Patient") =>
  (kit: Kit, version: Version) =>
    Effect.flatMap(kit.bearer(), (bearer) => kit.start(path.replace("{v}", version), bearer))

const completed =
  (path?: string) =>
  (kit: Kit, version: Version): Effect.Effect<void> =>
    Effect.andThen(start(path)(kit, version), complete(kit))

const at = (time: string) => (kit: Kit, version: Version) =>
  Effect.andThen(completed()(kit, version), TestClock.setTime(Date.parse(time)))

const after = (millis: number, path: string) => (kit: Kit, version: Version) =>
  start(path)(kit, version).pipe(Effect.andThen(kit.sandbox.idle), Effect.andThen(TestClock.adjust(millis)))

const alone = (change: Parameters<typeof persona>[0], behaviour: SandboxOptions["behaviour"] = {}) => ({
  personas: [persona(change)],
  behaviour
})
const model = (cmsId: string, deployment: Deployment) => ({
  personas: [{ ...small, cmsId, people: 3 }],
  behaviour: { deployment }
})

const manifest = Effect.fnUntraced(function* (kit: Kit, path = "/api/v1/jobs/1") {
  return (yield* kit.send(path, { authorization: yield* kit.bearer() })).text
})

const itemsOf = (
  text: string,
  list: "output" | "error"
): ReadonlyArray<{ readonly type: string; readonly url: string }> =>
  [memberOf(text, list)].flat().map((item) => ({
    type: String(memberOf(JSON.stringify(item), "type")),
    url: String(memberOf(JSON.stringify(item), "url"))
  }))

const download = Effect.fnUntraced(function* (kit: Kit, url: string) {
  return (yield* kit.send(url, { authorization: yield* kit.bearer() })).text
})

const statuses = "Archived Cancelled CancelledExpired Completed Expired Failed FailedExpired In Progress Pending"
const eob = "ExplanationOfBenefit"
const system = (name: string) => `https://bluebutton.cms.gov/fhir/CodeSystem/${name}`
const typeFilter = (query: string) => `/api/{v}/Patient/$export?_typeFilter=${encodeURIComponent(`${eob}?${query}`)}`

/** A sandbox whose second sub-job knows nobody, and whose first knows all but one. */
const strangers: DataSource = {
  plan: () => [
    { type: "Patient", people: 2, lines: () => ["{}", { why: "unknown", mbi: "1S00E00AA00" }] },
    { type: "Coverage", people: 1, lines: () => [{ why: "failed", mbi: "1S00E00AA01" }] },
    { type: "ExplanationOfBenefit", people: 1, lines: () => [{ why: "unknown", mbi: "1S00E00AA02" }] }
  ]
}

const task = (state: string) =>
  json(
    new RegExp(
      `"status":"${state}","intent":"order","input":\\[\\{"type":\\{"text":"BULK FHIR Export"\\},"valueString":"GET [^"]*"\\}\\],` +
        '"executionPeriod":\\{"start":"2026-10-06T10:00:00Z","end":"2026-10-06T10:00:00Z"\\}\\}\\}\\]\\}$'
    )
  )

export const section14: ReadonlyArray<Row> = [
  ...(
    [
      ["2026-10-07T10:00:00Z", 200, json(/^\{"transactionTime"/)],
      ["2026-10-07T10:00:01Z", 410, outcome("not-found")],
      ["2026-10-07T11:00:00Z", 404, both(outcome("not-found"), outcome("not-found"))]
    ] as const
  ).map(
    ([time, status, body]): Row => ({
      row: 1,
      title: `a job completed at 10:00:00.6 on the 6th, at ${time}: ${status}`,
      given: at(time),
      asks: [{ path: job, status, body }]
    })
  ),
  {
    row: 2,
    title: "Expires is no HTTP date",
    given: completed(),
    asks: [
      {
        path: job,
        status: 200,
        body: json(/^\{"transactionTime"/),
        has: { expires: "2026-10-07 10:00:00.6 +0000 UTC" }
      }
    ]
  },
  ...(
    [
      [0, "Pending"],
      [1000, "In Progress (0%)"],
      [2000, "In Progress (25%)"],
      [4999, "In Progress (25%)"]
    ] as const
  ).map(
    ([millis, progress]): Row => ({
      row: 3,
      title: `X-Progress of four sub-jobs of a second each, after ${millis} ms: ${progress}`,
      versions: ["v1", "v2"],
      options: { pace: { pendingMillis: 1000, perSubJobMillis: 1000 } },
      given: after(millis, exportPath),
      asks: [{ path: job, status: 202, body: empty, has: { "x-progress": progress } }]
    })
  ),
  {
    row: 4,
    title: "no Retry-After on 202",
    given: start(),
    asks: [{ path: job, status: 202, body: empty, has: { "retry-after": null } }]
  },
  {
    row: 5,
    title: "an empty job list is two documents",
    asks: [
      {
        path: "/api/{v}/jobs",
        status: 404,
        body: both(
          outcome("not-found", `no Jobs found for acoID ${smallUuid} with job statuses [${statuses}]`),
          json('{"resourceType":"Bundle","type":"searchset","total":0}')
        )
      }
    ]
  },
  {
    row: 6,
    title: "the Task of a Pending job is accepted",
    given: start(),
    asks: [{ path: "/api/{v}/jobs", status: 200, body: task("accepted") }]
  },
  {
    row: 7,
    title: "executionPeriod ends in Z",
    given: (kit, version) => Effect.andThen(start()(kit, version), TestClock.adjust("500 millis")),
    asks: [{ path: "/api/{v}/jobs", status: 200, body: task("in-progress") }]
  },
  {
    row: 8,
    title: "attribution times are RFC 3339",
    asks: [
      {
        path: "/api/{v}/attribution_status",
        status: 200,
        body: json(
          '{"ingestion_dates":[{"timestamp":"2026-10-01T22:31:40.397916Z","type":"last_attribution_update"},' +
            '{"timestamp":"2026-10-01T22:31:40.397916Z","type":"last_runout_update"}]}\n'
        )
      }
    ]
  },
  {
    row: 9,
    title: "a bad token: 401, but 400 for what is none of BCDA's",
    asks: [
      {
        path: exportPath,
        login: as("bearer x"),
        status: 401,
        body: outcome("forbidden", "Invalid Token"),
        has: { "www-authenticate": null }
      },
      { path: exportPath, login: as("Bearer x"), status: 400, body: outcome("structure", "Request Error") }
    ]
  },
  {
    row: 9,
    title: "and 403 when the organization cannot be read",
    faults: [{ fault: "organization-lookup" }],
    asks: [{ path: exportPath, status: 403, body: outcome("forbidden", "Unauthorized Error") }]
  },
  {
    row: 10,
    title: "expires_in is a text and does not count down",
    versions: ["v1"],
    given: () => TestClock.adjust("10 minutes"),
    asks: [1, 2].map(() => ({
      path: "POST /auth/token",
      login: as(basic(small.clientId, small.clientSecret)),
      status: 200,
      body: json(/^\{"access_token": "[^"]+", "expires_in": "1200", "token_type":"bearer"\}$/)
    }))
  },
  {
    row: 11,
    title: "HTTP Basic, no client assertion",
    versions: ["v1"],
    asks: [
      {
        path:
          "POST /auth/token?grant_type=client_credentials&" +
          "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=x.y.z",
        login: "none",
        status: 400,
        body: plain("Bad Request")
      }
    ]
  },
  {
    row: 12,
    title: "one file per sub-job, claims per 50 people",
    options: alone({ people: 110 }),
    given: completed(exportPath),
    shows: (kit) =>
      Effect.map(manifest(kit), (text) =>
        assert.deepStrictEqual(
          itemsOf(text, "output").map(({ type }) => type),
          ["Patient", eob, eob, eob, "Coverage"]
        )
      )
  },
  {
    row: 13,
    title: "like jobs are refused only where that is switched on",
    given: start(),
    asks: [{ path: "/api/{v}/Patient/$export?_type=Patient", ...kickedOff }]
  },
  {
    row: 13,
    title: "and a list of types escapes",
    options: alone({ limits: { duplicateJobs: true } }),
    given: start("/api/{v}/Patient/$export?_type=Patient,Coverage"),
    asks: [
      { path: "/api/{v}/Patient/$export?_type=Patient,Coverage", status: 429, body: empty },
      { path: "/api/{v}/Patient/$export?_type=Patient", ...kickedOff }
    ]
  },
  {
    row: 14,
    title: "429 is empty, and says to come back at once",
    options: alone({ limits: { duplicateJobs: true } }),
    given: start(),
    asks: [{ path: exportPath, status: 429, body: empty, has: { "retry-after": "0" } }]
  },
  ...(
    [
      ["sandbox", "A0001", exportPath, kickedOff],
      ["prod", "A0001", exportPath, { status: 429, body: empty }],
      [
        "sandbox",
        "D0001",
        `${exportPath}?_type=Claim`,
        { status: 400, body: outcome("structure", "unauthorized resource type Claim") }
      ],
      ["prod", "D0001", `${exportPath}?_type=Claim`, kickedOff],
      ["sandbox", "IOTA001", exportPath, { status: 401, body: outcome("forbidden") }],
      [
        "prod",
        "IOTA001",
        exportPath,
        { status: 403, body: outcome("forbidden", "v1 nor v2 access not enabled for this ACO") }
      ]
    ] as const
  ).map(
    ([deployment, cmsId, path, answer]): Row => ({
      row: 15,
      title: `${cmsId} in ${deployment}: ${answer.status}`,
      versions: ["v2"],
      options: model(cmsId, deployment),
      // The first job of an organization is never like another.
      ...(cmsId === "A0001" ? { given: start() } : {}),
      asks: [{ path, ...answer }]
    })
  ),
  {
    row: 16,
    title: "v3 may be switched off: every path below it is a plain 404",
    versions: ["v3"],
    options: { behaviour: { versions: ["v1", "v2"] } },
    asks: [exportPath, "/api/{v}/metadata", "/api/{v}/jobs", job, "POST /api/{v}/metadata"].map((path) => ({
      path,
      status: 404,
      body: plain("404 page not found")
    }))
  },
  {
    row: 16,
    title: "in production v3 is for those on its list",
    versions: ["v3"],
    options: model("A0001", "prod"),
    asks: [
      { path: exportPath, status: 403, body: outcome("forbidden", "V3 access not enabled for this ACO") },
      { path: "/api/{v}/attribution_status", status: 200, body: json(/^\{"ingestion_dates"/) }
    ]
  },
  {
    row: 16,
    title: "and they may",
    versions: ["v3"],
    options: model("TEST994", "prod"),
    asks: [{ path: exportPath, ...kickedOff }]
  },
  ...(
    [
      ["CT0001", "sandbox"],
      ["DA0001", "sandbox"],
      ["TEST994", "sandbox"],
      ["D0001", "prod"]
    ] as const
  ).map(
    ([cmsId, deployment]): Row => ({
      row: 17,
      title: `open claims on v2 for ${cmsId} in ${deployment}`,
      versions: ["v2"],
      options: { ...model(cmsId, deployment), data: tinyData },
      given: completed(exportPath),
      shows: (kit) =>
        Effect.map(manifest(kit), (text) =>
          assert.includeMembers(
            itemsOf(text, "output").map(({ type }) => type),
            ["Claim", "ClaimResponse"]
          )
        )
    })
  ),
  {
    row: 18,
    title: "SharedSystem on v3: not for GUIDE",
    versions: ["v3"],
    options: model("GUIDE-0001", "sandbox"),
    asks: [
      {
        path: typeFilter(`_tag=${system("System-Type")}|SharedSystem`),
        status: 400,
        body: outcome(
          "structure",
          "Model entities in GUIDE are not eligible to access SharedSystem data. Requests using the following tags " +
            "require access to SharedSystem data: [SharedSystem]"
        )
      }
    ]
  },
  {
    row: 18,
    title: "for all others, who get it when they ask",
    versions: ["v3"],
    options: model("A0001", "sandbox"),
    asks: [{ path: typeFilter(`_tag=${system("System-Type")}|SharedSystem`), ...kickedOff }]
  },
  {
    row: 19,
    title: "one _typeFilter, decoded twice, for claims, with three names",
    versions: ["v3"],
    asks: [
      { path: typeFilter("outcome=complete"), ...kickedOff },
      { path: typeFilter(encodeURIComponent("outcome=complete")), ...kickedOff },
      ...(
        [
          [
            `${typeFilter("outcome=complete")}&_typeFilter=x`,
            "failed to process request given more that one _typeFilter parameter"
          ],
          [
            "/api/{v}/Patient/$export?_typeFilter=Coverage%3Foutcome%3Dcomplete",
            "invalid _typeFilter Resource Type (Only EOBs valid): Coverage"
          ],
          [typeFilter("use=claim"), "invalid _typeFilter subquery parameter: use"]
        ] as const
      ).map(([path, words]) => ({ path, status: 400, body: outcome("structure", words) }))
    ]
  },
  {
    row: 20,
    title: "_tag knows Final-Action, too",
    versions: ["v3"],
    asks: [
      { path: typeFilter(`_tag=${system("Final-Action")}|FinalAction`), ...kickedOff },
      { path: typeFilter(`_tag=${system("Final-Action")}|NotFinalAction`), ...kickedOff },
      {
        path: typeFilter(`_tag=${system("Final-Action")}|DDPS`),
        status: 400,
        body: outcome("structure", `invalid _tag value: ${system("Final-Action")}|DDPS`)
      }
    ]
  },
  {
    row: 21,
    title: "a second _type is overlooked",
    given: completed("/api/{v}/Patient/$export?_type=Patient&_type=Nonsense"),
    shows: (kit) =>
      Effect.map(manifest(kit), (text) =>
        assert.deepStrictEqual(
          itemsOf(text, "output").map(({ type }) => type),
          ["Patient"]
        )
      )
  },
  {
    row: 22,
    title: "unknown parameters are overlooked",
    asks: [{ path: `${exportPath}?_until=never&patient=x&includeAssociatedData=y`, ...kickedOff }]
  },
  {
    row: 23,
    title: "_elements is refused, leniently or not",
    asks: ["respond-async", "respond-async, handling=lenient"].map((prefer) => ({
      path: `${exportPath}?_elements=id`,
      headers: { accept: fhir, prefer },
      status: 400,
      body: outcome("structure", "Invalid parameter: this server does not support the _elements parameter."),
      has: { "preference-applied": null }
    }))
  },
  {
    row: 24,
    title: "GET only",
    asks: [{ path: `POST ${exportPath}`, status: 405, body: empty, has: { allow: "GET" } }]
  },
  {
    row: 25,
    title: "Accept and Prefer are needed",
    asks: (
      [
        [{ prefer: "respond-async" }, "Accept header is required"],
        [{ accept: fhir }, "Prefer header is required"]
      ] as const
    ).map(([headers, words]) => ({ path: exportPath, headers, status: 400, body: outcome("structure", words) }))
  },
  {
    row: 26,
    title: "the manifest has a JobID, and no count, deleted or extension",
    given: completed(),
    asks: [
      {
        path: job,
        status: 200,
        body: {
          type: "application/json",
          text: (version) =>
            new RegExp(
              `^\\{"transactionTime":"2026-[^"]+Z","request":"https://bcda.test/api/${version}/Patient/\\$export\\?_type=Patient",` +
                '"requiresAccessToken":true,"output":\\[\\{"type":"Patient","url":"https://bcda.test/data/1/[0-9a-f-]{36}\\.ndjson"\\}\\],' +
                '"error":\\[\\],"JobID":1\\}$'
            )
        }
      }
    ]
  },
  {
    row: 27,
    title: "errors are listed, but for a batch of which nobody was found; their code is always not-found",
    versions: ["v1", "v2"],
    options: { data: strangers, behaviour: { exportFailPercent: 101 } },
    given: completed(exportPath),
    shows: Effect.fnUntraced(function* (kit: Kit) {
      const text = yield* manifest(kit)
      const [data] = itemsOf(text, "output")
      assert.lengthOf(itemsOf(text, "output"), 1)
      const errors = itemsOf(text, "error")
      assert.deepStrictEqual(errors, [
        { type: "OperationOutcome", url: (data?.url ?? "").replace(".ndjson", "-error.ndjson") }
      ])
      assert.strictEqual(
        yield* download(kit, errors[0]?.url ?? ""),
        '{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found",' +
          '"diagnostics":"Error retrieving BlueButton ID for cclfBeneficiary MBI 1S00E00AA00"}]}\n'
      )
    })
  },
  {
    row: 28,
    title: "a v3 export without a System-Type lists a warning, and no other export does",
    given: completed(exportPath),
    shows: Effect.fnUntraced(function* (kit: Kit, version: Version) {
      const errors = itemsOf(yield* manifest(kit), "error")
      const warning = { type: "OperationOutcome", url: "https://bcda.test/data/1/warnings-and-info.ndjson" }
      assert.deepStrictEqual(errors, version === "v3" ? [warning] : [])
    })
  },
  {
    row: 29,
    title: "a cancel is accepted, and refused when the job is over",
    given: start(),
    asks: [
      { path: `DELETE ${job}`, status: 202, body: empty },
      {
        path: `DELETE ${job}`,
        status: 410,
        body: outcome("not-found", "job was not cancelled because it is not Pending or In Progress")
      }
    ]
  },
  {
    row: 29,
    title: "and may be undone by preparing the job",
    given: start(),
    faults: [{ fault: "cancel-lost", where: "cancel" }],
    asks: [
      { path: `DELETE ${job}`, status: 202, body: empty },
      { path: job, status: 404, body: outcome("not-found", "Job has been cancelled.") }
    ],
    shows: Effect.fnUntraced(function* (kit: Kit) {
      yield* complete(kit)
      assert.match(yield* manifest(kit), /^\{"transactionTime"/)
    })
  },
  {
    row: 30,
    title: "another organization's job is 401",
    given: start(),
    asks: [{ path: job, login: (kit) => kit.bearer("reach-small"), status: 401, body: outcome("forbidden") }]
  },
  {
    row: 31,
    title: "the job list needs Prefer",
    asks: [
      {
        path: "/api/{v}/jobs",
        headers: { accept: fhir },
        status: 400,
        body: outcome("structure", "Prefer header is required")
      }
    ]
  },
  {
    row: 32,
    title: "metadata names operations by http addresses, v3 calls both export",
    asks: [
      {
        path: "/api/{v}/metadata",
        login: "none",
        status: 200,
        body: {
          type: "application/json",
          text: (version) => {
            const definition = '"http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export"'
            const value = version === "v1" ? `{"reference":${definition}}` : definition
            const name = version === "v3" ? "export" : "patient-export"
            const words = `{"name":"${name}","definition":${value}`.replaceAll(/[.{}]/g, "\\$&")
            return new RegExp(`"operation":\\[${words}`)
          }
        }
      }
    ]
  },
  {
    row: 33,
    title: "CORS, batch and search are claimed, and are not there",
    asks: [
      {
        path: "/api/{v}/metadata",
        login: "none",
        headers: { origin: "https://page.example" },
        status: 200,
        body: json(/"cors":true.*"interaction":\[\{"code":"batch"\},\{"code":"search-system"\}\]/),
        has: { "access-control-allow-origin": null }
      },
      {
        path: "OPTIONS /api/{v}/metadata",
        login: "none",
        headers: { origin: "https://page.example", "access-control-request-method": "GET" },
        status: 405,
        body: empty,
        has: { "access-control-allow-origin": null }
      },
      ...["POST /api/{v}", "/api/{v}?_type=Patient"].map(
        (path): Ask => ({ path, status: 404, body: plain("404 page not found") })
      )
    ]
  },
  {
    row: 34,
    title: "Content-Location is absolute, of the host that was asked",
    shows: Effect.fnUntraced(function* (kit: Kit, version: Version) {
      const path = exportPath.replace("{v}", version)
      const answer = yield* kit.send(`http://claims.example:8080${path}`, exportHeaders(yield* kit.bearer()))
      const location = `http://claims.example:8080/api/${version}/jobs/1`
      assert.deepStrictEqual([answer.status, answer.headers.get("content-location")], [202, location])
    })
  },
  {
    row: 35,
    title: "no Group to read or search",
    asks: ["/api/{v}/Group", "/api/{v}/Group/all", "/api/{v}/Group?name=all"].map((path) => ({
      path,
      status: 404,
      body: plain("404 page not found")
    }))
  },
  {
    row: 36,
    title: "gzip is stored, and an empty member follows it",
    given: completed(),
    shows: Effect.fnUntraced(function* (kit: Kit) {
      const [file] = itemsOf(yield* manifest(kit), "output")
      const headers = { authorization: yield* kit.bearer(), "accept-encoding": "gzip" }
      const response = yield* kit.response(file?.url ?? "", headers)
      const bytes = yield* Effect.promise(async () => Buffer.from(await response.arrayBuffer()))
      assert.strictEqual(response.headers.get("content-encoding"), "gzip")
      const empty = "1f8b08000000000000ff010000ffff0000000000000000"
      assert.strictEqual(bytes.subarray(-23).toString("hex"), empty)
      assert.strictEqual(gunzipSync(bytes.subarray(0, -23)).toString(), yield* download(kit, file?.url ?? ""))
    })
  },
  {
    row: 37,
    title: "errors that are no FHIR: routes, tokens, files",
    versions: ["v1"],
    options: { data: { plan: () => [{ type: "Patient", people: 1, lines: () => [] }] } },
    given: completed(),
    asks: [
      { path: "/api/{v}/nothing", status: 404, body: plain("404 page not found") },
      { path: "POST /auth/token", login: "none", status: 400, body: plain("Bad Request") },
      { path: "/data/1/blank.ndjson", status: 404, body: plain("Not Found") },
      { path: `PUT ${job}`, status: 405, body: empty }
    ]
  },
  {
    row: 38,
    title: "transactionTime: the last load on v1 and v2, the kick-off on v3",
    given: completed(),
    shows: Effect.fnUntraced(function* (kit: Kit, version: Version) {
      const time = version === "v3" ? "2026-10-06T10:00:00Z" : "2026-10-03T05:40:44.705398Z"
      assert.strictEqual(memberOf(yield* manifest(kit), "transactionTime"), time)
    })
  },
  ...([true, false] as const).map(
    (newMembers): Row => ({
      row: 39,
      title: `a very old _since on Group/all, with the feature for new members ${newMembers ? "on" : "off"}`,
      options: alone({ history: { lists: 2, joined: 1 } }, { newMembers }),
      asks: [
        {
          path: `${exportPath}?_since=2020-01-01T00:00:00Z`,
          ...(newMembers
            ? {
                status: 404,
                body: outcome(
                  "not-found",
                  "failed to start job; attribution file not found for given _since parameter."
                )
              }
            : kickedOff)
        },
        { path: "/api/{v}/Patient/$export?_since=2020-01-01T00:00:00Z", ...kickedOff }
      ]
    })
  ),
  {
    row: 40,
    title: "runout ends 180 days after its file",
    options: alone({ attribution: { all: "current", runout: "expired" } }),
    asks: [
      {
        path: "/api/{v}/Group/runout/$export",
        status: 404,
        body: outcome("not-found", "runout data is no longer available. Runout data expires 180 days after ingestion")
      },
      { path: exportPath, ...kickedOff }
    ]
  },
  {
    row: 41,
    title: "Observation on v1 is accepted, and then the job fails",
    versions: ["v1"],
    given: completed("/api/{v}/Patient/$export?_type=Observation"),
    asks: [
      {
        path: job,
        status: 500,
        body: outcome("exception", "Service encountered numerous errors. Job failed to complete.")
      }
    ]
  },
  {
    row: 41,
    title: "on v2 and v3 it is no type",
    versions: ["v2", "v3"],
    asks: [
      {
        path: `${exportPath}?_type=Observation`,
        status: 400,
        body: {
          type: fhir,
          text: (version) => {
            const own = version === "v2" ? " Claim ClaimResponse" : ""
            const types = `Patient Coverage ExplanationOfBenefit${own}`
            return String(
              outcome("structure", `invalid resource type Observation. Supported types [${types}]`).text(version)
            )
          }
        }
      }
    ]
  }
]
