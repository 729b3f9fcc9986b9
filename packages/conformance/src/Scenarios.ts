/**
 * The scenarios of this version, in the order in which they run. Together they start two jobs, ask for one token (and show one wrong
 * secret once), and send some thirty requests; what a request provokes that it should not have, such as a job, is cancelled at the end.
 */
import { nights } from "./NightScenario.ts"
import type { Keep, Scenario } from "./Scenario.ts"

/** Both headers that BCDA requires of a kick-off. */
const kickOff = { accept: "application/fhir+json", prefer: "respond-async" }
const fhir = { accept: "application/fhir+json" }
const json = { accept: "application/json" }

const keepUrl = (name: string): Keep => ({ name, status: 202, from: { header: "content-location" }, as: "url" })

const metadata: Scenario = {
  id: "metadata",
  title: "What the server says it is",
  smoke: true,
  steps: [
    {
      _tag: "Request",
      id: "metadata",
      title: "Read the CapabilityStatement without a token",
      method: "GET",
      url: "{api}/metadata",
      auth: "none",
      headers: fhir,
      body: "text",
      keep: []
    }
  ]
}

const token: Scenario = {
  id: "token",
  title: "Getting a token",
  smoke: true,
  steps: [
    {
      _tag: "Request",
      id: "token",
      title: "Ask for a token",
      onlyWithAuth: true,
      method: "POST",
      url: "{tokenUrl}",
      auth: "client",
      headers: json,
      body: "text",
      keep: [{ name: "token", status: 200, from: { json: ["access_token"] }, as: "token" }]
    },
    {
      _tag: "Request",
      id: "token-wrong-secret",
      title: "Ask for a token with a wrong secret",
      hazard: "refusal",
      onlyWithAuth: true,
      method: "POST",
      url: "{tokenUrl}",
      auth: "wrong-secret",
      headers: json,
      body: "text",
      keep: []
    }
  ]
}

const refusals: Scenario = {
  id: "refusals",
  title: "Kick-offs that should be refused",
  steps: [
    {
      _tag: "Request",
      id: "kickoff-no-token",
      title: "Start an export without a token",
      hazard: "refusal",
      onlyWithAuth: true,
      method: "GET",
      url: "{export}?_type={types}",
      auth: "none",
      headers: kickOff,
      body: "text",
      keep: []
    },
    {
      _tag: "Request",
      id: "kickoff-made-up-token",
      title: "Start an export with a token nobody issued",
      hazard: "refusal",
      onlyWithAuth: true,
      method: "GET",
      url: "{export}?_type={types}",
      auth: "made-up-bearer",
      headers: kickOff,
      body: "text",
      keep: []
    },
    {
      _tag: "Request",
      id: "kickoff-unknown-type",
      title: "Start an export of a type that does not exist",
      hazard: "refusal",
      method: "GET",
      url: "{export}?_type=NoSuchType",
      auth: "bearer",
      headers: kickOff,
      body: "text",
      keep: []
    },
    {
      _tag: "Request",
      id: "kickoff-future-since",
      title: "Start an export of what will change tomorrow",
      hazard: "refusal",
      method: "GET",
      url: "{export}?_type={types}&_since={future}",
      auth: "bearer",
      headers: kickOff,
      body: "text",
      keep: []
    },
    {
      _tag: "Request",
      id: "kickoff-no-prefer",
      title: "Start an export without a Prefer header",
      hazard: "refusal",
      method: "GET",
      url: "{export}?_type={types}",
      auth: "bearer",
      headers: fhir,
      body: "text",
      keep: []
    },
    {
      _tag: "Request",
      id: "jobs-no-token",
      title: "List jobs without a token",
      onlyOn: { bcda: true },
      hazard: "refusal",
      onlyWithAuth: true,
      method: "GET",
      url: "{api}/jobs",
      auth: "none",
      headers: kickOff,
      body: "text",
      keep: []
    }
  ]
}

const exporting: Scenario = {
  id: "export",
  title: "An export from kick-off to files",
  steps: [
    {
      _tag: "Request",
      id: "kickoff",
      title: "Start an export of the types chosen",
      startsJob: true,
      method: "GET",
      url: "{export}?_type={types}",
      auth: "bearer",
      headers: kickOff,
      body: "text",
      keep: [keepUrl("statusUrl")]
    },
    {
      _tag: "Request",
      id: "status-no-token",
      title: "Ask for the job's status without a token",
      hazard: "refusal",
      onlyWithAuth: true,
      method: "GET",
      url: "{statusUrl}",
      auth: "none",
      headers: fhir,
      body: "text",
      keep: []
    },
    {
      _tag: "Poll",
      id: "status",
      title: "Follow the job to its end",
      url: "{statusUrl}",
      headers: fhir,
      keep: [{ name: "fileUrl", status: 200, from: { json: ["output", 0, "url"] }, as: "url" }]
    },
    {
      _tag: "Download",
      id: "file",
      title: "Download the first file of each type",
      manifestOf: "status",
      auth: "bearer",
      headers: { "accept-encoding": "identity" }
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
      _tag: "Request",
      id: "file-no-token",
      title: "Download a file without a token",
      hazard: "refusal",
      onlyWithAuth: true,
      method: "GET",
      url: "{fileUrl}",
      auth: "none",
      headers: { "accept-encoding": "identity" },
      body: "file",
      keep: []
    },
    {
      _tag: "Request",
      id: "status-again",
      title: "Ask once more for the status of the finished job",
      method: "GET",
      url: "{statusUrl}",
      auth: "bearer",
      headers: fhir,
      body: "text",
      keep: []
    },
    {
      _tag: "Request",
      id: "status-unknown-job",
      title: "Ask for a job that does not exist",
      onlyOn: { bcda: true },
      hazard: "refusal",
      method: "GET",
      url: "{api}/jobs/{unknownJob}",
      auth: "bearer",
      headers: fhir,
      body: "text",
      keep: []
    }
  ]
}

/** The first thing asked with the token. */
const attribution: Scenario = {
  id: "attribution",
  title: "Attribution status",
  smoke: true,
  steps: [
    {
      _tag: "Request",
      id: "attribution",
      title: "Read the attribution status",
      onlyOn: { bcda: true },
      method: "GET",
      url: "{api}/attribution_status",
      auth: "bearer",
      headers: json,
      body: "text",
      keep: []
    }
  ]
}

const lists: Scenario = {
  id: "lists",
  title: "Job history",
  steps: [
    {
      _tag: "Request",
      id: "jobs",
      title: "List all jobs",
      onlyOn: { bcda: true },
      method: "GET",
      url: "{api}/jobs",
      auth: "bearer",
      headers: kickOff,
      body: "text",
      keep: []
    },
    {
      _tag: "Request",
      id: "jobs-none",
      title: "List jobs that failed and expired, of which there should be none",
      onlyOn: { bcda: true },
      method: "GET",
      url: "{api}/jobs?_status=FailedExpired",
      auth: "bearer",
      headers: kickOff,
      body: "text",
      keep: []
    }
  ]
}

const opinion: Scenario = {
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

const cancel: Scenario = {
  id: "cancel",
  title: "Cancelling a job",
  steps: [
    {
      _tag: "Request",
      id: "cancel",
      title: "Cancel the job that fhir-kit-client started",
      hazard: "cancel",
      method: "DELETE",
      url: "{cancelUrl}",
      auth: "bearer",
      headers: fhir,
      body: "text",
      keep: []
    },
    {
      _tag: "Request",
      id: "cancelled-status",
      title: "Ask for the status of the cancelled job",
      method: "GET",
      url: "{cancelUrl}",
      auth: "bearer",
      headers: fhir,
      body: "text",
      keep: []
    }
  ]
}

/** Every scenario, in running order; those marked `smoke` come first. */
export const scenarios: ReadonlyArray<Scenario> = [
  metadata,
  token,
  attribution,
  nights,
  refusals,
  exporting,
  lists,
  opinion,
  cancel
]
