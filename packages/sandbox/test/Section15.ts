import { small } from "@bcda-kit/sandbox"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { both, empty, fhir, json, outcome, plain, type Row, type Unreachable } from "./Rows.ts"
import { basic, complete, type Kit, persona, smallUuid } from "./Support.ts"

/**
 * Every distinct error of BCDA, by its row in section 15 of the behaviour reference: status, the headers that matter, and
 * the whole body in each API version.
 */
const good = () => Effect.succeed(basic(small.clientId, small.clientSecret))
const as = (authorization: string) => () => Effect.succeed(authorization)
const other = (kit: Kit) => kit.bearer("reach-small")

const jwt = (claims: object, head: object = { alg: "RS512" }): string =>
  `Bearer ${[head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.c2ln`

const exportPath = "/api/{v}/Group/all/$export"
const job = "/api/{v}/jobs/1"

const started =
  (path = "/api/{v}/Patient/$export?_type=Patient") =>
  (kit: Kit, version: string) =>
    Effect.flatMap(kit.bearer(), (bearer) => kit.start(path.replace("{v}", version), bearer))

const completed = (kit: Kit, version: string) => Effect.andThen(started()(kit, version), complete(kit))

const cancelled = Effect.fnUntraced(function* (kit: Kit, version: string) {
  const path = yield* started()(kit, version)
  yield* kit.send(path, { authorization: yield* kit.bearer() }, "DELETE")
})

/** Completed in the morning of the 6th, and now it is the morning after: at 11:00 the clean-up comes. */
const atTime = (time: string) => (kit: Kit, version: string) =>
  Effect.andThen(completed(kit, version), TestClock.setTime(Date.parse(time)))
const archived = atTime("2026-10-07T11:00:00Z")

const alone = (change: Parameters<typeof persona>[0]) => ({ personas: [persona(change)] })
const listed = (all: "current" | "outdated" | "expired" | "absent") => alone({ attribution: { all, runout: all } })

/** A parameter that is refused. */
const refused = (row: number, title: string, query: string, words: string, path = exportPath): Row => ({
  row,
  title,
  asks: [{ path: `${path}?${query}`, status: 400, body: outcome("structure", words) }]
})

/** Headers that are refused, on an export and on the job list. */
const headersRefused = (row: number, title: string, headers: Record<string, string>, words: string): Row => ({
  row,
  title,
  asks: [exportPath, "/api/{v}/jobs"].map((path) => ({
    path,
    headers,
    status: 400,
    body: outcome("structure", words)
  }))
})

const eob = "ExplanationOfBenefit"
const tag = "https://bluebutton.cms.gov/fhir/CodeSystem/System-Type"

/** A `_typeFilter` that is refused; the query is encoded here. */
const filtered = (query: string, words: string) => ({
  path: `/api/{v}/Patient/$export?_typeFilter=${query}`,
  status: 400,
  body: outcome("structure", words)
})

const statuses = "Archived Cancelled CancelledExpired Completed Expired Failed FailedExpired In Progress Pending"
const bundle = json('{"resourceType":"Bundle","type":"searchset","total":0}')
const notCancellable = "job was not cancelled because it is not Pending or In Progress"

export const section15: ReadonlyArray<Row | Unreachable> = [
  {
    row: 1,
    title: "token without Basic credentials",
    versions: ["v1"],
    asks: [
      { path: "POST /auth/token", login: "none", status: 400, body: plain("Bad Request") },
      { path: "POST /auth/token", login: as("Basic ???"), status: 400, body: plain("Bad Request") }
    ]
  },
  {
    row: 2,
    title: "token with bad credentials",
    versions: ["v1"],
    asks: [as(basic("nobody", "x")), as(basic(small.clientId, "x"))].map((login) => ({
      path: "POST /auth/token",
      login,
      status: 401,
      body: plain("Unauthorized"),
      has: { "www-authenticate": null }
    }))
  },
  {
    row: 3,
    title: "too many token calls",
    versions: ["v1"],
    options: { behaviour: { tokenCalls: 1 } },
    given: (kit) => kit.bearer(),
    asks: [
      {
        path: "POST /auth/token",
        login: good,
        status: 429,
        body: plain(
          "A9990 exceeded the rate limit for /auth/token. Access tokens last 20 minutes; please cache and reuse them."
        ),
        has: { "retry-after": "300" }
      }
    ]
  },
  {
    row: 4,
    title: "token service too slow",
    versions: ["v1"],
    faults: [{ fault: "token-service-timeout" }],
    asks: [
      {
        path: "POST /auth/token",
        login: good,
        status: 503,
        body: plain("Service Unavailable"),
        has: { "retry-after": "1" }
      }
    ]
  },
  {
    row: 5,
    title: "token service out of order",
    versions: ["v1"],
    faults: [{ fault: "token-service-error" }],
    asks: [
      {
        path: "POST /auth/token",
        login: good,
        status: 500,
        body: plain("Internal Server Error"),
        has: { "retry-after": null }
      }
    ]
  },
  {
    row: 6,
    title: "no token, or a header that holds none",
    asks: [
      ...[exportPath, job, `DELETE ${job}`, "/api/{v}/jobs", "/api/{v}/attribution_status"].map(
        (path) => ({ path, login: "none", has: { connection: "close" } }) as const
      ),
      ...["bearer x", "Bearer  x", "Bearer x y", "Basic YTpi"].map(
        (header) => ({ path: "/api/{v}/metadata", login: as(header), has: { connection: null } }) as const
      )
    ].map((ask) => ({ ...ask, status: 401, body: outcome("forbidden", "Invalid Token") }))
  },
  {
    row: 7,
    title: "an expired token, a forged one",
    asks: [
      {
        path: exportPath,
        login: (kit) => Effect.tap(kit.bearer(), TestClock.adjust("20 minutes")),
        status: 401,
        body: outcome("forbidden", "Expired Token"),
        has: { connection: null }
      },
      {
        path: "/api/{v}/no/such/path",
        login: as(jwt({ iss: "ssas", dat: '{"cms_ids":["A9990"]}' })),
        status: 401,
        body: outcome("forbidden", "Expired Token")
      }
    ]
  },
  {
    row: 8,
    title: "a token that is none of BCDA's",
    asks: [
      "Bearer x",
      jwt({ iss: "else", dat: "{}" }),
      jwt({ iss: "ssas", dat: "" }),
      jwt({ iss: "ssas" }),
      jwt({ iss: "ssas", dat: "{}" }, { alg: "XX" }),
      jwt({ iss: "ssas", dat: "{}" }, {}),
      jwt({ iss: "ssas", dat: "{}", exp: "soon" }),
      jwt({ iss: "ssas", dat: "{}", sys: 7 })
    ].map((header) => ({
      path: "/api/{v}/metadata",
      login: as(header),
      status: 400,
      body: outcome("structure", "Request Error")
    }))
  },
  {
    row: 9,
    title: "the organization cannot be found",
    faults: [{ fault: "organization-lookup" }],
    asks: [{ path: exportPath, status: 403, body: outcome("forbidden", "Unauthorized Error") }]
  },
  {
    row: 10,
    title: "tokens cannot be checked in time",
    faults: [{ fault: "token-service-timeout", where: "jobs" }],
    asks: [
      {
        path: "/api/{v}/jobs",
        status: 503,
        body: outcome("exception", "Internal Error"),
        has: (version) => ({ "retry-after": version === "v1" ? "1" : null, connection: null })
      }
    ]
  },
  {
    row: 11,
    title: "tokens cannot be checked",
    faults: [{ fault: "token-service-unreachable", where: "jobs" }],
    asks: [
      {
        path: "/api/{v}/jobs",
        status: 500,
        body: outcome("exception", "Internal Error"),
        has: { "retry-after": null }
      }
    ]
  },
  {
    row: 12,
    title: "denylisted",
    options: alone({ limits: { denylisted: true } }),
    asks: [exportPath, "/api/{v}/attribution_status", job].map((path) => ({
      path,
      status: 403,
      body: outcome("forbidden", "ACO (CMS_ID: A9999) is unauthorized")
    }))
  },
  {
    row: 13,
    unreachable: "CheckBlacklist runs after RequireTokenAuth only, and a request that passes that has its organization"
  },
  {
    row: 14,
    title: "model disabled",
    options: alone({ limits: { modelDisabled: true } }),
    asks: [exportPath, "/api/{v}/jobs"].map((path) => ({ path, status: 401, body: outcome("forbidden") }))
  },
  {
    row: 15,
    title: "v1 and v2 denied",
    versions: ["v1", "v2"],
    options: alone({ limits: { v3Only: true } }),
    asks: [exportPath, "/api/{v}/jobs"].map((path) => ({
      path,
      status: 403,
      body: outcome("forbidden", "v1 nor v2 access not enabled for this ACO")
    }))
  },
  {
    row: 16,
    title: "v3 not enabled",
    versions: ["v3"],
    options: { behaviour: { deployment: "prod" } },
    asks: [exportPath, "/api/{v}/jobs"].map((path) => ({
      path,
      status: 403,
      body: outcome("forbidden", "V3 access not enabled for this ACO")
    }))
  },
  refused(
    17,
    "_outputFormat",
    "_outputFormat=csv",
    "_outputFormat parameter must be one of [ndjson application/fhir+ndjson application/ndjson]"
  ),
  refused(18, "_elements", "_elements=", "Invalid parameter: this server does not support the _elements parameter."),
  refused(
    19,
    "a key with a question mark",
    "_type=Patient&?_since=2020-01-01T00:00:00Z",
    "Invalid parameter: query parameters cannot start with ?"
  ),
  refused(
    20,
    "_since that is no instant",
    "_since=2020-01-01",
    "Invalid date format supplied in _since parameter.  Date must be in FHIR Instant format.",
    "/api/{v}/jobs"
  ),
  refused(
    21,
    "_since to come",
    "_since=2026-10-06T10:00:01Z",
    "Invalid date format supplied in _since parameter. Date must be a date that has already passed"
  ),
  refused(22, "_type repeated", "_type=Patient,Coverage,Patient", "Repeated resource type Patient"),
  {
    row: 23,
    title: "_type unknown",
    asks: [
      {
        path: `${exportPath}?_type=Nonsense`,
        status: 400,
        body: {
          type: fhir,
          text: (version) => {
            const own = { v1: " Observation", v2: " Claim ClaimResponse", v3: "" }[version]
            const words = `invalid resource type Nonsense. Supported types [Patient Coverage ExplanationOfBenefit${own}]`
            return String(outcome("structure", words).text(version))
          }
        }
      }
    ]
  },
  {
    row: 24,
    title: "_type of another data kind",
    versions: ["v2"],
    asks: [
      {
        path: `${exportPath}?_type=Claim`,
        status: 400,
        body: outcome("structure", "unauthorized resource type Claim")
      }
    ]
  },
  {
    row: 25,
    title: "_typeFilter, with its eleven texts",
    versions: ["v3"],
    options: alone({ limits: { noSharedSystem: true } }),
    asks: [
      filtered(`${eob}&_typeFilter=${eob}`, "failed to process request given more that one _typeFilter parameter"),
      filtered(`${eob}%3Foutcome%3Dpartial%25zz`, `failed to unescape ${eob}?outcome=partial%zz`),
      filtered(eob, `missing question mark ${eob}`),
      filtered("Patient%3Fname%3Dx", "invalid _typeFilter Resource Type (Only EOBs valid): Patient"),
      filtered(`${eob}%3Foutcome`, "invalid _typeFilter parameter/value: outcome"),
      filtered(`${eob}%3Fstatus%3Dactive`, "invalid _typeFilter subquery parameter: status"),
      filtered(
        `${eob}%3F_tag%3DSharedSystem`,
        "invalid _tag value: SharedSystem. Searching by tag requires a token (system|code) to be specified"
      ),
      filtered(`${eob}%3F_tag%3D${tag}%7CFinalAction`, `invalid _tag value: ${tag}|FinalAction`),
      filtered(
        `${eob}%3Foutcome%3Dqueued`,
        "invalid outcome value: queued. Supported outcome values are 'complete' and 'partial'"
      ),
      filtered(
        `${eob}%3Fservice-date%3D2024-02-30`,
        "invalid service-date value: 2024-02-30. Pass a valid FHIR date parameter"
      ),
      filtered(
        `${eob}%3F_tag%3D${tag}%7CSharedSystem`,
        "Model entities in GUIDE are not eligible to access SharedSystem data. Requests using the following tags " +
          "require access to SharedSystem data: [SharedSystem]"
      )
    ]
  },
  {
    row: 26,
    unreachable: "an organization without a model is refused (row 14) before anybody looks for its open claims"
  },
  headersRefused(27, "Accept missing", { prefer: "respond-async" }, "Accept header is required"),
  headersRefused(
    28,
    "Accept of another format",
    { accept: "application/json, */*", prefer: "respond-async" },
    "application/fhir+json is the only supported response format"
  ),
  headersRefused(29, "Prefer missing", { accept: fhir }, "Prefer header is required"),
  headersRefused(
    30,
    "Prefer without respond-async",
    { accept: fhir, prefer: "return=minimal" },
    "Only asynchronous responses are supported"
  ),
  {
    row: 31,
    title: "a job like a running one",
    options: { ...alone({ limits: { duplicateJobs: true } }), behaviour: { duplicateRetryAfterSeconds: 60 } },
    given: started(),
    asks: [{ path: exportPath, status: 429, body: empty, has: { "retry-after": "60" } }]
  },
  {
    row: 32,
    title: "running jobs cannot be looked up",
    options: alone({ limits: { duplicateJobs: true } }),
    faults: [{ fault: "duplicate-lookup" }],
    asks: [{ path: exportPath, status: 500, body: outcome("exception") }]
  },
  {
    row: 33,
    title: "unknown group",
    asks: ["mine", "ALL", ""].map((group) => ({
      path: `/api/{v}/Group/${group}/$export`,
      status: 400,
      body: outcome("structure", "Invalid group ID")
    }))
  },
  ...(["expired", "absent"] as const).map(
    (file): Row => ({
      row: 34,
      title: `no attribution file that is new enough: ${file}`,
      options: listed(file),
      asks: [exportPath, "/api/{v}/Patient/$export"].map((path) => ({
        path,
        status: 404,
        body: outcome("not-found", "failed to start job; attribution file not found")
      }))
    })
  ),
  ...(["expired", "absent"] as const).map(
    (file): Row => ({
      row: 35,
      title: `runout too old: ${file}`,
      options: listed(file),
      asks: [
        {
          path: "/api/{v}/Group/runout/$export",
          status: 404,
          body: outcome("not-found", "runout data is no longer available. Runout data expires 180 days after ingestion")
        }
      ]
    })
  ),
  {
    row: 36,
    title: "attribution of an earlier year",
    options: listed("outdated"),
    asks: [exportPath, "/api/{v}/Group/runout/$export"].map((path) => ({
      path,
      status: 404,
      body: outcome(
        "not-found",
        "unable to perform export operations for this Group. No up-to-date attribution information is available for " +
          "ACOID 'A9999'. Usually this is due to awaiting new attribution information at the beginning of a Performance Year"
      )
    }))
  },
  {
    row: 37,
    title: "no attribution file as old as _since",
    options: alone({ history: { lists: 2, joined: 0 } }),
    asks: [
      {
        path: `${exportPath}?_since=2020-01-01T00:00:00Z`,
        status: 404,
        body: outcome("not-found", "failed to start job; attribution file not found for given _since parameter.")
      }
    ]
  },
  {
    row: 38,
    unreachable: "every kind of request that the routes can make has its kind of data request"
  },
  {
    row: 39,
    title: "attribution files cannot be read",
    faults: [{ fault: "attribution-lookup" }],
    asks: [{ path: exportPath, status: 500, body: outcome("exception", "Database Error") }]
  },
  ...(["constraints-lookup", "older-attribution-lookup", "job-insert", "queue-insert"] as const).map(
    (fault): Row => ({
      row: 40,
      title: `a kick-off that fails inside: ${fault}`,
      faults: [{ fault }],
      asks: [
        {
          path: `${exportPath}?_since=2026-09-01T00:00:00Z`,
          status: 500,
          body: outcome("exception"),
          has: { "content-location": null }
        }
      ]
    })
  ),
  {
    row: 41,
    title: "a job id that is no number",
    asks: ["abc", "-1", "+1", "0x1", "1.0", "18446744073709551616"].flatMap((id) =>
      ["", "DELETE "].map((method) => ({
        path: `${method}/api/{v}/jobs/${id}`,
        status: 400,
        body: outcome("structure")
      }))
    )
  },
  {
    row: 42,
    title: "a job that does not exist",
    asks: ["1", "18446744073709551615"].flatMap((id) =>
      ["", "DELETE "].map((method) => ({
        path: `${method}/api/{v}/jobs/${id}`,
        status: 404,
        body: outcome("not-found")
      }))
    )
  },
  {
    row: 42,
    title: "a job that cannot be read",
    given: started(),
    faults: [{ fault: "job-lookup", where: ["status", "cancel"] }],
    asks: [job, `DELETE ${job}`].map((path) => ({ path, status: 404, body: outcome("not-found") }))
  },
  {
    row: 43,
    title: "another organization's job",
    given: started(),
    asks: [job, `DELETE ${job}`].map((path) => ({ path, login: other, status: 401, body: outcome("forbidden") }))
  },
  {
    row: 44,
    title: "an archived job",
    given: archived,
    asks: [
      {
        path: job,
        status: 404,
        body: both(outcome("not-found"), outcome("not-found")),
        has: { expires: null }
      },
      { path: `DELETE ${job}`, status: 404, body: both(outcome("not-found"), outcome("not-found", notCancellable)) },
      { path: job, login: other, status: 404, body: both(outcome("not-found"), outcome("forbidden")) }
    ]
  },
  {
    row: 45,
    title: "a failed job",
    faults: [],
    given: (kit, version) =>
      Effect.orDie(kit.sandbox.faults.set([{ fault: "job-fails" }])).pipe(
        Effect.andThen(started()(kit, version)),
        Effect.andThen(TestClock.adjust("10 minutes"))
      ),
    asks: [
      {
        path: job,
        status: 500,
        body: outcome("exception", "Service encountered numerous errors. Job failed to complete.")
      }
    ]
  },
  {
    row: 46,
    title: "a job completed over 24 hours ago",
    given: atTime("2026-10-07T10:59:59Z"),
    asks: [
      {
        path: job,
        status: 410,
        body: outcome("not-found"),
        has: { expires: "2026-10-07 10:00:00.6 +0000 UTC" }
      }
    ]
  },
  {
    row: 47,
    title: "a cancelled job",
    given: cancelled,
    asks: [{ path: job, status: 404, body: outcome("not-found", "Job has been cancelled.") }]
  },
  ...[cancelled, completed].map(
    (given): Row => ({
      row: 48,
      title: `DELETE of a job that is ${given === cancelled ? "cancelled" : "completed"}`,
      given,
      asks: [{ path: `DELETE ${job}`, status: 410, body: outcome("not-found", notCancellable) }]
    })
  ),
  {
    row: 49,
    title: "a cancel that cannot be written down",
    given: started(),
    faults: [{ fault: "job-update" }],
    asks: [
      {
        path: `DELETE ${job}`,
        status: 500,
        body: outcome("exception", "job was not cancelled due to internal server error")
      },
      { path: job, status: 202, body: empty }
    ]
  },
  {
    row: 50,
    title: "_status repeated",
    asks: [
      {
        path: "/api/{v}/jobs?_status=Pending,Failed,Pending",
        status: 400,
        body: outcome("structure", "Repeated status type Pending")
      }
    ]
  },
  {
    row: 51,
    title: "_status unknown",
    asks: ["completed", ""].map((status) => ({
      path: `/api/{v}/jobs?_status=${status}`,
      status: 400,
      body: outcome(
        "structure",
        `invalid status type ${status}. Supported types map[Archived:{} Cancelled:{} CancelledExpired:{} Completed:{} ` +
          "Expired:{} Failed:{} FailedExpired:{} In Progress:{} Pending:{}]"
      )
    }))
  },
  {
    row: 52,
    title: "no jobs",
    asks: [
      {
        path: "/api/{v}/jobs",
        status: 404,
        body: both(outcome("not-found", `no Jobs found for acoID ${smallUuid} with job statuses [${statuses}]`), bundle)
      },
      {
        path: "/api/{v}/jobs?_status=Failed,In%20Progress",
        status: 404,
        body: both(
          outcome("not-found", `no Jobs found for acoID ${smallUuid} with job statuses [Failed In Progress]`),
          bundle
        )
      }
    ]
  },
  {
    row: 53,
    title: "jobs that cannot be read",
    given: started(),
    faults: [{ fault: "job-list" }],
    asks: [{ path: "/api/{v}/jobs", status: 500, body: both(outcome("exception"), bundle) }]
  },
  {
    row: 54,
    title: "no attribution ever",
    options: listed("absent"),
    asks: [{ path: "/api/{v}/attribution_status", status: 404, body: outcome("not-found") }]
  },
  {
    row: 55,
    title: "a file that no job has",
    versions: ["v1"],
    given: completed,
    asks: [{ path: "/data/1/nothing.ndjson", status: 404, body: outcome("not-found", "Job not found") }]
  },
  {
    row: 56,
    title: "a file without bytes",
    versions: ["v1"],
    options: { data: { plan: () => [{ type: "Patient", people: 1, lines: () => [] }] } },
    given: completed,
    asks: [{ path: "/data/1/blank.ndjson", status: 404, body: plain("Not Found") }]
  },
  {
    row: 57,
    title: "a damaged file",
    versions: ["v1"],
    given: (kit) => Effect.andThen(started("/api/v3/Patient/$export")(kit, "v3"), complete(kit)),
    faults: [{ fault: "file-damaged", where: "error-file" }],
    asks: [{ path: "/data/1/warnings-and-info.ndjson", status: 500, body: plain("Internal Server Error") }]
  },
  {
    row: 58,
    title: "no such path",
    asks: ["/api/{v}/$export", "/api/{v}/Patient/%24export", "/api/{v}/jobs/", "/data/1/", "/auth/other"].map(
      (path) => ({
        path,
        login: "none",
        status: 404,
        body: plain("404 page not found"),
        has: { connection: "close", "x-content-type-options": "nosniff" }
      })
    )
  },
  {
    row: 59,
    title: "no such method",
    asks: (
      [
        [`POST ${exportPath}`, "GET"],
        [`HEAD ${exportPath}`, "GET"],
        ["OPTIONS /api/{v}/metadata", "GET"],
        ["PUT /api/{v}/jobs/1", "GET, DELETE"],
        ["GET /auth/token", "POST"]
      ] as const
    ).map(([path, allow]) => ({
      path,
      login: "none",
      status: 405,
      body: empty,
      has: { allow, connection: "close" }
    }))
  },
  ...(
    [
      ["database-down", "database ping error", "ok", "ok"],
      ["token-service-error", "ok", "Cannot connect to SSAS", "SSAS introspect check failed"]
    ] as const
  ).map(
    ([fault, database, ssas, introspect]): Row => ({
      row: 60,
      title: `not well: ${fault}`,
      versions: ["v1"],
      faults: [{ fault, where: "other" }],
      asks: [
        {
          path: "/_health",
          login: "none",
          status: 502,
          body: json(
            `{"database":"${database}","ssas":"${ssas}","ssas_introspect":"${introspect}"}`,
            "text/plain; charset=utf-8"
          )
        }
      ]
    })
  )
]
