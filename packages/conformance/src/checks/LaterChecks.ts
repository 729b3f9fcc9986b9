/** What shows when time has passed, in the run itself or over several nights: dead tokens, old jobs. */
import { assertion, citing, errorStatus, fact, get, jsonOf, list, refused, status } from "../Assertion.ts"
import type { Check } from "../Check.ts"
import { finished } from "./StatusChecks.ts"

const elsewhere = [
  "dead-token-file",
  "dead-token-attribution",
  "dead-token-jobs",
  "dead-token-kickoff",
  "dead-token-cancel"
]

export const laterChecks: ReadonlyArray<Check> = [
  {
    id: "token/expired-refused",
    title: "A token past its life opens nothing",
    requirements: ["smart#resource-checks-expiry", "SEED-14"],
    steps: ["dead-token-status"],
    also: elsewhere,
    judge: (view) =>
      ["dead-token-status", ...elsewhere]
        .flatMap(view.all)
        .flatMap((answer) => [
          ...citing(["smart#resource-checks-expiry"], refused(answer)),
          ...citing(["SEED-14"], status(answer, [401]))
        ])
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
    title: "A file can be fetched until its job is a day old, also with a token got later",
    requirements: ["SEED-43", "SEED-44"],
    steps: ["night-file", "night-status"],
    judge: (view) => {
      const file = view.one("night-file")
      return [
        status(file, [200]),
        fact(file, "end", "the whole body", ({ complete, problem }) => ({
          actual: problem ?? "the whole body",
          holds: complete
        })),
        status(view.one("night-status"), [200])
      ]
    }
  },
  {
    id: "file/gone-after-days",
    title: "A job that is days old has to be started anew, and is still listed",
    requirements: ["SEED-45", "SEED-24"],
    steps: ["night-gone-status", "night-gone-file"],
    also: ["night-gone-jobs"],
    judge: (view) => {
      const old = view.one("night-gone-status")
      const number = old.request.url.split("/").at(-1)
      const isIn = (entry: unknown) => get(entry, ["resource", "identifier", 0, "value"]) === number
      return [
        ...citing(["SEED-45"], errorStatus(old), errorStatus(view.one("night-gone-file"))),
        ...citing(
          ["SEED-24"],
          ...view.all("night-gone-jobs").map((jobs) => {
            const listed = list(jsonOf(jobs), ["entry"]).some(isIn)
            return assertion(
              jobs,
              "body $.entry",
              `an entry for job ${number}`,
              listed ? "it is there" : undefined,
              listed
            )
          })
        )
      ]
    }
  }
]
