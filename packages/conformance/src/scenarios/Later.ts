import type { Scenario } from "../Scenario.ts"
import { follow, get, getToken, jobList, keepUrl, kickOff, plain } from "./Requests.ts"

/** What shows when a token has died and a job has become old. Only where the server's clock can be moved. */
export const later: Scenario = {
  id: "later",
  title: "The same job when time has passed",
  steps: [
    kickOff("kickoff-long", "Start an export that outlasts the token", "{export}?_type={types}", {
      hazard: "extra-job",
      startsJob: true,
      keep: [keepUrl("longUrl")]
    }),
    {
      _tag: "Advance",
      id: "after-25-minutes",
      title: "Let 25 minutes pass",
      after: "kickoff-long",
      minutes: 25
    },
    get("file-expired-token", "Download a file with the token of before", "{fileUrl}", {
      onlyWithAuth: true,
      hazard: "refusal",
      after: "after-25-minutes",
      headers: plain,
      body: "file"
    }),
    get("status-expired-token", "Ask for the job's status with it", "{statusUrl}", {
      onlyWithAuth: true,
      hazard: "refusal",
      after: "after-25-minutes"
    }),
    getToken("token-again", "Ask for another token", { after: "after-25-minutes" }),
    get("file-new-token", "Download the file with the new token", "{fileUrl}", {
      after: "after-25-minutes",
      headers: plain,
      body: "file"
    }),
    follow("status-long", "Follow the job that outlasted its token", "{longUrl}", { after: "after-25-minutes" }),
    {
      _tag: "Advance",
      id: "after-23-hours",
      title: "Let time pass until the first job is 23 hours old",
      after: "after-25-minutes",
      minutes: 22 * 60 + 30
    },
    getToken("token-after-23-hours", "Ask for a token then", { after: "after-23-hours" }),
    get("file-after-23-hours", "Download the file then", "{fileUrl}", {
      after: "after-23-hours",
      headers: plain,
      body: "file"
    }),
    get("status-after-23-hours", "Ask for the job's status then", "{statusUrl}", { after: "after-23-hours" }),
    {
      _tag: "Advance",
      id: "after-2-days",
      title: "Let another day pass, and the clean-up with it",
      after: "after-23-hours",
      minutes: 25 * 60
    },
    getToken("token-after-2-days", "Ask for a token then", { after: "after-2-days" }),
    get("status-after-2-days", "Ask for the job's status then", "{statusUrl}", { after: "after-2-days" }),
    { _tag: "Advance", id: "after-3-days", title: "Let one more day pass", after: "after-2-days", minutes: 24 * 60 },
    getToken("token-after-3-days", "Ask for a token then", { after: "after-3-days" }),
    get("file-after-3-days", "Download the file then", "{fileUrl}", {
      after: "after-3-days",
      headers: plain,
      body: "file"
    }),
    jobList("jobs-after-3-days", "List all jobs then", "{api}/jobs", { after: "after-3-days", onlyOn: { bcda: true } })
  ]
}
