/** What shows when time has passed: dead tokens, old jobs. */
import { assertion, citing, errorStatus, get, jsonOf, list, refused, status } from "../Assertion.ts"
import type { Check } from "../Check.ts"
import { finished } from "./StatusChecks.ts"

export const laterChecks: ReadonlyArray<Check> = [
  {
    id: "token/expired-refused",
    title: "A token past its life opens nothing",
    requirements: ["smart#resource-checks-expiry", "SEED-14"],
    steps: ["file-expired-token", "status-expired-token"],
    also: ["status"],
    judge: (view) => {
      const isOpen = view
        .all("status")
        .slice(-1)
        .some((done) => get(jsonOf(done), ["requiresAccessToken"]) === false)
      return (isOpen ? ["status-expired-token"] : ["file-expired-token", "status-expired-token"]).flatMap((step) => [
        ...citing(["smart#resource-checks-expiry"], refused(view.one(step))),
        ...citing(["SEED-14"], status(view.one(step), [401]))
      ])
    }
  },
  {
    id: "file/new-token",
    title: "A token got later opens the files of an earlier job",
    requirements: ["SEED-43"],
    steps: ["file-new-token"],
    judge: (view) => [status(view.one("file-new-token"), [200])]
  },
  {
    id: "status/outlasts-token",
    title: "A job goes on when the token that started it expires",
    requirements: ["SEED-07"],
    steps: ["status-long"],
    judge: (view) => {
      const done = finished(view, "status-long")
      return "excuse" in done ? done : [status(done, [200])]
    }
  },
  {
    id: "file/lives-a-day",
    title: "A file can be fetched until its job is a day old",
    requirements: ["SEED-44"],
    steps: ["file-after-23-hours", "status-after-23-hours"],
    judge: (view) => [status(view.one("file-after-23-hours"), [200]), status(view.one("status-after-23-hours"), [200])]
  },
  {
    id: "file/gone-after-days",
    title: "A job that is days old has to be started anew, and is still listed",
    requirements: ["SEED-45", "SEED-24"],
    steps: ["status", "status-after-2-days", "file-after-3-days", "jobs-after-3-days"],
    judge: (view) => {
      const jobs = view.one("jobs-after-3-days")
      const number = view.one("status").request.url.split("/").at(-1)
      const listed = list(jsonOf(jobs), ["entry"]).some(
        (entry) => get(entry, ["resource", "identifier", 0, "value"]) === number
      )
      return [
        ...citing(
          ["SEED-45"],
          errorStatus(view.one("status-after-2-days")),
          errorStatus(view.one("file-after-3-days"))
        ),
        ...citing(
          ["SEED-24"],
          assertion(jobs, "body $.entry", `an entry for job ${number}`, listed ? "it is there" : undefined, listed)
        )
      ]
    }
  }
]
