/** The files of an export of everything, and those in which a server says what did not go well. */
import { assertion, citing, fact, get, isAbsoluteUrl, jsonOf, list, mediaType, status } from "../Assertion.ts"
import { blocked, type Check, notApplicable } from "../Check.ts"

export const messageChecks: ReadonlyArray<Check> = [
  {
    id: "file/everything-sound",
    title: "Files of every type are NDJSON of the type they are labelled with",
    requirements: ["export#f-ndjson", "export#f-ctype", "export#m-one-type", "SEED-48", "SEED-52"],
    steps: ["file-everything"],
    judge: (view) =>
      view.all("file-everything").flatMap((file) => [
        ...citing(["export#f-ndjson", "SEED-48"], status(file, [200])),
        ...citing(["export#f-ctype", "SEED-48"], mediaType(file, ["application/fhir+ndjson"])),
        ...citing(
          ["export#f-ndjson", "SEED-48"],
          fact(file, "bad lines", "none", ({ badLines, blankLines, complete }) => ({
            actual: badLines + blankLines,
            holds: complete && badLines + blankLines === 0
          }))
        ),
        ...citing(
          ["export#m-one-type", "SEED-52"],
          fact(file, "types", `${file.declared?.type || "a labelled type"} only`, ({ types }) => ({
            actual: types,
            holds: Object.keys(types).join() === file.declared?.type
          }))
        )
      ])
  },
  {
    id: "file/messages",
    title: "Files in error are NDJSON of OperationOutcomes",
    requirements: ["export#m-error-files", "SEED-51"],
    steps: ["file-error"],
    judge: (view) =>
      view.all("file-error").flatMap((file) => [
        status(file, [200]),
        mediaType(file, ["application/fhir+ndjson"]),
        fact(file, "bad lines", "none", ({ badLines, blankLines, complete }) => ({
          actual: badLines + blankLines,
          holds: complete && badLines + blankLines === 0
        })),
        fact(file, "types", "OperationOutcome only", ({ types }) => ({
          actual: types,
          holds: Object.keys(types).join() === "OperationOutcome"
        }))
      ])
  },
  {
    id: "file/warnings",
    title: "An export of claims from version 3 comes with a file of warnings, and of nothing graver",
    requirements: ["TODAY-28"],
    steps: ["status-everything"],
    also: ["file-error"],
    judge: (view) => {
      if (view.target.apiVersion !== "v3") return notApplicable("only version 3 warns of claims")
      const done = view.last("status-everything")
      if (done.response?.status !== 200) return blocked("the job without _type did not end well")
      const urls = list(jsonOf(done), ["error"]).map((item) => get(item, ["url"]))
      return [
        assertion(done, "body $.error", "a file", urls, urls.some(isAbsoluteUrl)),
        ...view.all("file-error").map((file) =>
          fact(file, "severities", "warning or information", ({ severities }) => ({
            actual: severities,
            holds:
              Object.keys(severities).length > 0 &&
              Object.keys(severities).every((one) => one === "warning" || one === "information")
          }))
        )
      ]
    }
  }
]
