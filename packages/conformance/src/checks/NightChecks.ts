/** What shows only on a later night. */
import { errorStatus, fact, refused, status } from "../Assertion.ts"
import type { Check } from "../Check.ts"

export const nightChecks: ReadonlyArray<Check> = [
  {
    id: "nights/file-lives-a-day",
    title: "A file can be fetched until its job is a day old, also with a token got later",
    requirements: ["SEED-43", "SEED-44"],
    steps: ["night-file"],
    judge: (view) => {
      const file = view.one("night-file")
      return [
        status(file, [200]),
        fact(file, "end", "the whole body", ({ complete, problem }) => ({
          actual: problem ?? "the whole body",
          holds: complete
        }))
      ]
    }
  },
  {
    id: "nights/gone-after-a-day",
    title: "After a day a job's files are gone, and the job has to be started anew",
    requirements: ["SEED-45"],
    steps: ["night-gone-status", "night-gone-file"],
    judge: (view) => ["night-gone-status", "night-gone-file"].map((step) => errorStatus(view.one(step)))
  },
  {
    id: "nights/dead-token-refused",
    title: "A token whose life is over opens nothing",
    requirements: ["smart#resource-checks-expiry"],
    steps: ["night-dead-token"],
    judge: (view) => [refused(view.one("night-dead-token"))]
  },
  {
    id: "nights/dead-token-401",
    title: "With a token whose life is over the answer is 401",
    requirements: ["SEED-14"],
    steps: ["night-dead-token"],
    judge: (view) => [status(view.one("night-dead-token"), [401])]
  }
]
