import type { Scenario } from "../Scenario.ts"
import { follow, get, jobList, json, keepUrl, kickOff, plain } from "./Requests.ts"

const madeUp = { hazard: "refusal", onlyWithAuth: true, auth: "made-up-bearer" } as const
const bcda = { onlyOn: { bcda: true } } as const

export const exporting: Scenario = {
  id: "export",
  title: "An export from kick-off to files",
  steps: [
    kickOff("kickoff", "Start an export of the types chosen", "{export}?_type={types}", {
      startsJob: true,
      keep: [keepUrl("statusUrl")]
    }),
    get("status-no-token", "Ask for the job's status without a token", "{statusUrl}", {
      hazard: "refusal",
      onlyWithAuth: true,
      auth: "none"
    }),
    {
      _tag: "Opinion",
      id: "opinion-status",
      title: "Ask for the status of the job through fhir-kit-client",
      call: "request",
      url: "{statusUrl}",
      keep: []
    },
    follow("status", "Follow the job to its end", "{statusUrl}", {
      keep: [
        { name: "fileUrl", status: 200, from: { json: ["output", 0, "url"] }, as: "url" },
        { name: "absentFileUrl", status: 200, from: { json: ["output", 0, "url"] }, as: "absent" },
        { name: "transactionTime", status: 200, from: { json: ["transactionTime"] }, as: "query" }
      ]
    }),
    {
      _tag: "Download",
      id: "file",
      title: "Download the first file of each type",
      manifestOf: "status",
      auth: "bearer",
      headers: plain
    },
    {
      _tag: "Download",
      id: "file-gzip",
      title: "Download the same files compressed",
      manifestOf: "status",
      auth: "bearer",
      headers: { "accept-encoding": "gzip" }
    },
    {
      _tag: "Download",
      id: "file-parallel",
      title: "Download the same files at once",
      weekly: "Friday",
      manifestOf: "status",
      parallel: true,
      auth: "bearer",
      headers: plain
    },
    get("file-no-token", "Download a file without a token", "{fileUrl}", {
      hazard: "refusal",
      onlyWithAuth: true,
      auth: "none",
      headers: plain,
      body: "file"
    }),
    get("status-made-up-token", "Ask for the job's status with a token nobody issued", "{statusUrl}", madeUp),
    get("file-made-up-token", "Download a file with it", "{fileUrl}", {
      ...madeUp,
      weekly: "Sunday",
      headers: plain,
      body: "file"
    }),
    jobList("jobs-made-up-token", "List jobs with it", "{api}/jobs", { ...madeUp, ...bcda, weekly: "Sunday" }),
    get("attribution-made-up-token", "Ask for the attribution status with it", "{api}/attribution_status", {
      ...madeUp,
      ...bcda,
      weekly: "Sunday",
      headers: json
    }),
    get("file-part", "Download the second 32 bytes of the first file", "{fileUrl}", {
      headers: { "accept-encoding": "gzip", range: "bytes=32-63" },
      body: "file"
    }),
    get("file-unknown", "Download a file that the job does not have", "{absentFileUrl}", {
      weekly: "Saturday",
      hazard: "refusal",
      onlyOn: { bcda: true },
      headers: plain,
      body: "file"
    }),
    get("status-again", "Ask once more for the status of the finished job", "{statusUrl}"),
    get("status-unknown-job", "Ask for a job that does not exist", "{api}/jobs/{unknownJob}", {
      onlyOn: { bcda: true },
      hazard: "refusal"
    })
  ]
}

/** Every type there is, for all patients: what a client gets that asks for nothing in particular. */
export const everything: Scenario = {
  id: "everything",
  title: "An export of everything about all patients",
  steps: [
    kickOff("kickoff-everything", "Start an export that names no type", "{patientExport}", {
      startsJob: true,
      keep: [keepUrl("everythingUrl")]
    }),
    follow("status-everything", "Follow that job to its end", "{everythingUrl}", {
      keep: [{ name: "everythingFileUrl", status: 200, from: { json: ["output", 0, "url"] }, as: "url" }]
    }),
    {
      _tag: "Download",
      id: "file-everything",
      title: "Download the first of its files of each type",
      manifestOf: "status-everything",
      auth: "bearer",
      headers: plain
    },
    {
      _tag: "Download",
      id: "file-error",
      title: "Download its files of messages",
      manifestOf: "status-everything",
      list: "error",
      auth: "bearer",
      headers: plain
    }
  ]
}
