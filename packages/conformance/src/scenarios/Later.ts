import type { Scenario } from "../Scenario.ts"
import { follow, get, jobList, json, keepUrl, kickOff, plain, remove } from "./Requests.ts"

const hours = (count: number): number => count * 60

/** While the files of a job can be fetched. */
const inItsDay = { atLeast: 0, below: hours(24) }
/** Almost the whole day. */
const atItsEnd = { atLeast: hours(23), below: hours(24) }
/** After the clean-up, which comes twelve hours after the day at the latest. */
const cleanedUp = { atLeast: hours(37) }

/** Shows a token whose life is over. */
const dead = { onlyWithAuth: true, hazard: "refusal", auth: "dead-bearer" } as const

/**
 * What shows when time has passed. Nothing here says whose doing that is: on a server that others use too it takes nights, and a run looks at
 * what earlier ones left (see `State`); where the clock can be moved, `Advance` lets the same time pass, and the run looks at its own job. So
 * each check is there once, and each is proven in both ways.
 */
export const later: Scenario = {
  id: "later",
  title: "A finished job and a used token when time has passed",
  steps: [
    kickOff("kickoff-long", "Start an export that outlasts the token", "{export}?_type={types}", {
      onlyWithClock: true,
      hazard: "extra-job",
      startsJob: true,
      keep: [keepUrl("longUrl")]
    }),
    { _tag: "Advance", id: "after-25-minutes", title: "Let 25 minutes pass", minutes: 25 },
    get("dead-token-status", "Ask for a job's status with a dead token", "{earlierStatusUrl}", {
      ...dead,
      night: inItsDay
    }),
    get("dead-token-file", "Download a file with it", "{earlierGuardedFileUrl}", {
      ...dead,
      night: inItsDay,
      headers: plain,
      body: "file"
    }),
    get("dead-token-attribution", "Ask for the attribution status with it", "{api}/attribution_status", {
      ...dead,
      onlyOn: { bcda: true },
      headers: json
    }),
    jobList("dead-token-jobs", "List jobs with it", "{api}/jobs", {
      ...dead,
      onlyWithClock: true,
      onlyOn: { bcda: true }
    }),
    kickOff("dead-token-kickoff", "Start an export with it", "{export}?_type={types}", {
      ...dead,
      onlyWithClock: true
    }),
    remove("dead-token-cancel", "Cancel a job with it", "{longUrl}", { ...dead, onlyWithClock: true }),
    follow("status-long", "Follow the job that outlasted its token", "{longUrl}", { after: "after-25-minutes" }),
    {
      _tag: "Advance",
      id: "after-23-hours",
      title: "Let time pass until the job is 23 hours old",
      minutes: hours(22) + 50
    },
    get("night-file", "Download a file of a job that is 23 hours old, with a token got later", "{earlierFileUrl}", {
      night: atItsEnd,
      headers: plain,
      body: "file"
    }),
    get("night-status", "Ask for that job's status", "{earlierStatusUrl}", { night: atItsEnd }),
    {
      _tag: "Advance",
      id: "after-2-days",
      title: "Let another day pass, and the clean-up with it",
      minutes: hours(25)
    },
    get("night-gone-status", "Ask for the status of a job that is days old", "{earlierStatusUrl}", {
      night: cleanedUp
    }),
    get("night-gone-file", "Download a file of that job", "{earlierFileUrl}", {
      night: cleanedUp,
      headers: plain,
      body: "file"
    }),
    jobList("night-gone-jobs", "List all jobs then", "{api}/jobs", { night: cleanedUp, onlyOn: { bcda: true } })
  ]
}
