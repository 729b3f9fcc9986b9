/** What the steps of the scenarios are written with. */
import type { Keep, PollStep, RequestStep } from "../Scenario.ts"

type Request = typeof RequestStep.Type
type Poll = typeof PollStep.Type

export const fhir = { accept: "application/fhir+json" }
export const json = { accept: "application/json" }
/** Both headers that BCDA requires of a kick-off and of its job list. */
export const asynchronous = { ...fhir, prefer: "respond-async" }
/** Asks for a file as it is. */
export const plain = { "accept-encoding": "identity" }

/** Keeps the status URL of a job that was started. */
export const keepUrl = (name: string): Keep => ({ name, status: 202, from: { header: "content-location" }, as: "url" })

/** A request with the run's token, unless `own` says otherwise. */
const request =
  (method: Request["method"], headers: Request["headers"]) =>
  (
    id: string,
    title: string,
    url: string,
    own: Partial<Omit<Request, "_tag" | "id" | "title" | "method" | "url">> = {}
  ): Request => ({ _tag: "Request", id, title, method, url, auth: "bearer", headers, body: "text", keep: [], ...own })

export const get = request("GET", fhir)
export const remove = request("DELETE", fhir)
export const post = request("POST", fhir)
/** The kick-off of an export. */
export const kickOff = request("GET", asynchronous)
/** The job list or a part of it. */
export const jobList = request("GET", asynchronous)

/** Follows a job to its end. */
export const follow = (
  id: string,
  title: string,
  url: string,
  own: Partial<Omit<Poll, "_tag" | "id" | "title" | "url">> = {}
): Poll => ({ _tag: "Poll", id, title, url, headers: fhir, keep: [], ...own })

/** Asks for a token and keeps it in place of the one before. */
export const getToken = (id: string, title: string): Request =>
  post(id, title, "{tokenUrl}", {
    onlyWithAuth: true,
    auth: "client",
    headers: json,
    keep: [{ name: "token", status: 200, from: { json: ["access_token"] }, as: "token" }]
  })
