import type { Scenario } from "../Scenario.ts"
import { get, jobList, keepUrl, remove } from "./Requests.ts"

export const opinion: Scenario = {
  id: "second-opinion",
  title: "The same server through a client that nobody here wrote",
  steps: [
    {
      _tag: "Opinion",
      id: "opinion-metadata",
      title: "Read the CapabilityStatement through fhir-kit-client",
      call: "capabilityStatement",
      keep: []
    },
    {
      _tag: "Opinion",
      id: "opinion-jobs",
      title: "List all jobs through fhir-kit-client",
      onlyOn: { bcda: true },
      call: "jobs",
      keep: []
    },
    {
      _tag: "Opinion",
      id: "opinion-export",
      title: "Start an export through fhir-kit-client",
      startsJob: true,
      call: "export",
      keep: [keepUrl("cancelUrl")]
    }
  ]
}

export const cancel: Scenario = {
  id: "cancel",
  title: "Cancelling a job",
  steps: [
    remove("cancel-no-token", "Cancel the job that fhir-kit-client started, without a token", "{cancelUrl}", {
      hazard: "refusal",
      onlyWithAuth: true,
      auth: "none"
    }),
    remove("cancel", "Cancel that job", "{cancelUrl}", { hazard: "cancel" }),
    get("cancelled-status", "Ask for the status of the cancelled job", "{cancelUrl}", { after: "cancel" }),
    remove("cancel-again", "Cancel it once more", "{cancelUrl}", {
      hazard: "cancel",
      weekly: "Saturday",
      after: "cancel"
    }),
    jobList("jobs-cancelled", "List all jobs after that", "{api}/jobs", { onlyOn: { bcda: true }, after: "cancel" }),
    remove("cancel-unknown-job", "Cancel a job that does not exist", "{api}/jobs/{unknownJob}", {
      onlyOn: { bcda: true },
      hazard: "refusal",
      weekly: "Friday"
    })
  ]
}
