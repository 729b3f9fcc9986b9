/** What shows only on a later night: jobs of earlier runs at an age, and a token that is dead. See `State`. */
import type { Scenario } from "./Scenario.ts"

const fhir = { accept: "application/fhir+json" }
const plain = { "accept-encoding": "identity" }
const hours = (count: number): number => count * 60

/** Begins the night: it looks at what was left behind before anything new is started. */
export const nights: Scenario = {
  id: "nights",
  title: "What earlier nights left behind",
  steps: [
    {
      _tag: "Request",
      id: "night-file",
      title: "Download a file of a job that is 23 hours old, with tonight's token",
      night: { atLeast: hours(23), below: hours(24) },
      method: "GET",
      url: "{earlierFileUrl}",
      auth: "bearer",
      headers: plain,
      body: "file",
      keep: []
    },
    {
      _tag: "Request",
      id: "night-gone-status",
      title: "Ask for the status of a job that is more than a day old",
      night: { atLeast: hours(25) },
      method: "GET",
      url: "{earlierStatusUrl}",
      auth: "bearer",
      headers: fhir,
      body: "text",
      keep: []
    },
    {
      _tag: "Request",
      id: "night-gone-file",
      title: "Download a file of a job whose files have been cleaned up, twelve hours after their day at the latest",
      night: { atLeast: hours(37) },
      method: "GET",
      url: "{earlierFileUrl}",
      auth: "bearer",
      headers: plain,
      body: "file",
      keep: []
    },
    {
      _tag: "Request",
      id: "night-dead-token",
      title: "Ask for something with the token of an earlier night",
      onlyWithAuth: true,
      onlyOn: { bcda: true },
      hazard: "refusal",
      method: "GET",
      url: "{api}/attribution_status",
      auth: "dead-bearer",
      headers: { accept: "application/json" },
      body: "text",
      keep: []
    }
  ]
}
