import type { Scenario } from "../Scenario.ts"
import { asynchronous, fhir, get, jobList, json, kickOff, post } from "./Requests.ts"

const refusal = { hazard: "refusal" } as const
const guarded = { ...refusal, onlyWithAuth: true } as const
const bcda = { onlyOn: { bcda: true } } as const

export const refusals: Scenario = {
  id: "refusals",
  title: "Requests that should be refused",
  steps: [
    post("token-no-credentials", "Ask for a token without saying who asks", "{tokenUrl}", {
      ...guarded,
      weekly: "Monday",
      auth: "none",
      headers: json
    }),
    kickOff("kickoff-no-token", "Start an export without a token", "{export}?_type={types}", {
      ...guarded,
      auth: "none"
    }),
    kickOff("kickoff-made-up-token", "Start an export with a token nobody issued", "{export}?_type={types}", {
      ...guarded,
      auth: "made-up-bearer"
    }),
    kickOff("kickoff-unknown-type", "Start an export of a type that does not exist", "{export}?_type=NoSuchType", {
      ...refusal
    }),
    kickOff(
      "kickoff-outside-type",
      "Start an export of a type that patients do not have",
      "{export}?_type=Medication",
      {
        ...refusal,
        weekly: "Friday"
      }
    ),
    kickOff(
      "kickoff-future-since",
      "Start an export of what will change tomorrow",
      "{export}?_type={types}&_since={future}",
      refusal
    ),
    kickOff(
      "kickoff-bad-since",
      "Start an export of what changed since a time that is none",
      "{export}?_type={types}&_since=yesterday",
      { ...refusal, weekly: "Monday" }
    ),
    kickOff(
      "kickoff-unknown-format",
      "Start an export in a format that nobody has",
      "{export}?_type={types}&_outputFormat=application%2Fx-no-such-format",
      { ...refusal, weekly: "Tuesday" }
    ),
    kickOff("kickoff-no-prefer", "Start an export without a Prefer header", "{export}?_type={types}", {
      ...refusal,
      headers: fhir
    }),
    kickOff("kickoff-no-accept", "Start an export without an Accept header", "{export}?_type={types}", {
      ...refusal,
      weekly: "Tuesday",
      headers: { prefer: "respond-async" }
    }),
    kickOff("kickoff-unknown-group", "Start an export of a group that does not exist", "{group}-no-such/$export", {
      ...refusal,
      weekly: "Wednesday"
    }),
    kickOff("kickoff-elements", "Start an export of ids alone", "{export}?_type={types}&_elements=id", {
      ...refusal,
      weekly: "Thursday"
    }),
    get("kickoff-without-dollar", "Ask for the export without its dollar sign", "{plainExport}?_type={types}", {
      ...refusal,
      ...bcda,
      weekly: "Friday",
      headers: asynchronous
    }),
    post("kickoff-post", "Start an export by POST", "{export}?_type={types}", {
      ...refusal,
      ...bcda,
      weekly: "Saturday",
      headers: asynchronous
    }),
    jobList("jobs-no-token", "List jobs without a token", "{api}/jobs", { ...guarded, ...bcda, auth: "none" }),
    get("attribution-no-token", "Read the attribution status without a token", "{api}/attribution_status", {
      ...guarded,
      ...bcda,
      auth: "none",
      headers: json
    }),
    get(
      "attribution-other-scheme",
      "Read the attribution status with the token under another scheme",
      "{api}/attribution_status",
      { ...guarded, ...bcda, weekly: "Sunday", auth: "other-scheme", headers: json }
    )
  ]
}
