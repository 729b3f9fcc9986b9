import type { Scenario } from "../Scenario.ts"
import { get, jobList, keepUrl, plain, remove } from "./Requests.ts"

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
      id: "opinion-manifest",
      title: "Read the manifest of the finished job through fhir-kit-client",
      after: "status",
      call: "request",
      url: "{statusUrl}",
      keep: []
    },
    {
      _tag: "Opinion",
      id: "opinion-file",
      title: "Download its first file through fhir-kit-client",
      call: "file",
      url: "{fileUrl}",
      keep: []
    },
    // last, so that its job still runs when it is cancelled
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
    jobList("jobs-waiting", "List all jobs while that one waits or runs", "{api}/jobs", {
      onlyOn: { bcda: true },
      weekly: "Thursday",
      after: "opinion-export"
    }),
    remove("cancel-no-token", "Cancel the job that fhir-kit-client started, without a token", "{cancelUrl}", {
      hazard: "refusal",
      onlyWithAuth: true,
      auth: "none"
    }),
    remove("cancel-made-up-token", "Cancel it with a token nobody issued", "{cancelUrl}", {
      hazard: "refusal",
      weekly: "Sunday",
      onlyWithAuth: true,
      auth: "made-up-bearer"
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

/** What shows when other jobs have run meanwhile, and how a job ends that is no longer wanted. */
export const afterwards: Scenario = {
  id: "afterwards",
  title: "A cancelled job later on, and a finished one that is deleted",
  steps: [
    get("cancelled-status-later", "Ask for the status of the cancelled job again", "{cancelUrl}", { after: "cancel" }),
    remove("delete-finished", "Delete the job of everything, which is done", "{everythingUrl}", {
      hazard: "cancel",
      weekly: "Tuesday",
      after: "file-everything"
    }),
    get("deleted-status", "Ask for its status after that", "{everythingUrl}", { after: "delete-finished" }),
    get("deleted-file", "Download its first file after that", "{everythingFileUrl}", {
      after: "delete-finished",
      headers: plain,
      body: "file"
    })
  ]
}
