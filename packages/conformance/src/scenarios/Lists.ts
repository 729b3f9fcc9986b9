import type { Scenario, Weekday } from "../Scenario.ts"
import { jobList } from "./Requests.ts"

const bcda = { onlyOn: { bcda: true } } as const

const filtered = (state: string, weekly: Weekday) =>
  jobList(`jobs-${state.toLowerCase()}`, `List the jobs that are ${state}`, `{api}/jobs?_status=${state}`, {
    ...bcda,
    weekly
  })

export const lists: Scenario = {
  id: "lists",
  title: "Job history",
  steps: [
    jobList("jobs", "List all jobs", "{api}/jobs", bcda),
    filtered("Completed", "Monday"),
    filtered("Archived", "Monday"),
    filtered("Expired", "Monday"),
    jobList(
      "jobs-none",
      "List jobs that failed and expired, of which there should be none",
      "{api}/jobs?_status=FailedExpired",
      bcda
    ),
    jobList("jobs-unknown-status", "List jobs in a state that does not exist", "{api}/jobs?_status=NoSuchState", {
      ...bcda,
      hazard: "refusal",
      weekly: "Wednesday"
    })
  ]
}
