import type { Scenario } from "../Scenario.ts"
import { follow, keepUrl, kickOff, plain } from "./Requests.ts"

const extra = { hazard: "extra-job", startsJob: true } as const

/** Exports that differ in their parameters. Each is a job of its own, so only servers of one's own are asked. */
export const parameters: Scenario = {
  id: "parameters",
  title: "What parameters do to an export",
  steps: [
    ...(["application/fhir+ndjson", "application/ndjson", "ndjson"] as const).map((format) =>
      kickOff(
        `kickoff-format-${format.replaceAll(/[/+]/g, "-")}`,
        `Start an export in ${format}`,
        `{export}?_type={types}&_outputFormat=${encodeURIComponent(format)}`,
        extra
      )
    ),
    kickOff(
      "kickoff-unknown-parameter",
      "Start an export with a parameter nobody knows",
      "{export}?_type={types}&no-such=1",
      {
        ...extra,
        onlyOn: { bcda: true }
      }
    ),
    kickOff("kickoff-repeated-type", "Start an export with a _type for each type", "{export}?{repeatedTypes}", {
      ...extra,
      keep: [keepUrl("repeatedTypeUrl")]
    }),
    follow("status-repeated-type", "Follow that job to its end", "{repeatedTypeUrl}", {
      after: "kickoff-repeated-type"
    }),
    kickOff(
      "kickoff-since",
      "Start an export of what changed since the first one",
      "{export}?_type={types}&_since={transactionTime}",
      { ...extra, keep: [keepUrl("sinceUrl")] }
    ),
    follow("status-since", "Follow that job to its end", "{sinceUrl}", { after: "kickoff-since" }),
    {
      _tag: "Download",
      id: "file-since",
      title: "Download what changed",
      after: "status-since",
      manifestOf: "status-since",
      auth: "bearer",
      headers: plain
    },
    kickOff(
      "kickoff-type-filter",
      "Start an export of the claims of a far future",
      "{export}?_type=ExplanationOfBenefit&_typeFilter=ExplanationOfBenefit%3Fservice-date%3Dgt2999-01-01",
      { ...extra, onlyOn: { bcda: true, apiVersion: "v3" }, keep: [keepUrl("filteredUrl")] }
    ),
    follow("status-type-filter", "Follow that job to its end", "{filteredUrl}", { after: "kickoff-type-filter" }),
    kickOff(
      "kickoff-unknown-filter",
      "Start an export filtered by what claims do not have",
      "{export}?_type=ExplanationOfBenefit&_typeFilter=ExplanationOfBenefit%3Fno-such%3D1",
      { hazard: "refusal", weekly: "Sunday", onlyOn: { bcda: true, apiVersion: "v3" } }
    ),
    kickOff(
      "kickoff-sorting-filter",
      "Start an export filtered by how claims are sorted",
      "{export}?_type=ExplanationOfBenefit&_typeFilter=ExplanationOfBenefit%3F_sort%3Dservice-date",
      { hazard: "refusal", weekly: "Sunday", onlyOn: { bcda: true, apiVersion: "v3" } }
    ),
    kickOff(
      "kickoff-patient-filter",
      "Start an export filtered by what patients are",
      "{export}?_type=Patient&_typeFilter=Patient%3Fgender%3Dfemale",
      { hazard: "refusal", weekly: "Sunday", onlyOn: { bcda: true, apiVersion: "v3" } }
    )
  ]
}

/** What a server does that limits the jobs of a client, and one that does not. It provokes a 429, so only servers of one's own are asked. */
export const repeating: Scenario = {
  id: "repeating",
  title: "The same export again while it runs",
  steps: [
    kickOff("kickoff-first", "Start an export once more", "{export}?_type={types}", {
      ...extra,
      keep: [keepUrl("firstUrl")]
    }),
    kickOff("kickoff-same", "Start the same export while that one runs", "{export}?_type={types}", {
      hazard: "load",
      startsJob: true,
      after: "kickoff-first",
      keep: [
        {
          name: "putOff",
          status: 429,
          from: { header: "retry-after" },
          as: "text",
          mayLack: "the server did not put the same export off"
        }
      ]
    }),
    { _tag: "Wait", id: "wait-put-off", title: "Wait as long as it says", retryAfter: "{putOff}" },
    kickOff("kickoff-put-off", "Start the same export after that time", "{export}?_type={types}", {
      hazard: "load",
      startsJob: true,
      after: "wait-put-off"
    }),
    follow("status-first", "Follow the first of these jobs to its end", "{firstUrl}", { after: "kickoff-first" })
  ]
}
