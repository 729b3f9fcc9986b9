/** What parameters do to an export. */
import {
  assertion,
  citing,
  errorStatus,
  fact,
  get,
  headerOf,
  isAbsoluteUrl,
  jsonOf,
  list,
  member,
  noJob,
  operationOutcome,
  status
} from "../Assertion.ts"
import { blocked, type Check, notApplicable, type View } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"
import { asked, bcdaTypes, knownTypes } from "./ManifestChecks.ts"
import { finished } from "./StatusChecks.ts"

const formats = ["application-fhir-ndjson", "application-ndjson", "ndjson"].map((name) => `kickoff-format-${name}`)

const started = (exchange: Exchange) => [
  status(exchange, [202]),
  assertion(
    exchange,
    "header content-location",
    "an absolute URL",
    headerOf(exchange, "content-location"),
    isAbsoluteUrl(headerOf(exchange, "content-location"))
  )
]

const digests = (view: View, step: string): ReadonlyArray<string> =>
  view.all(step).flatMap(({ response }) => (response?.body.kind === "file" ? [response.body.sha256] : []))

const typesIn = (manifest: Exchange): ReadonlyArray<unknown> =>
  list(jsonOf(manifest), ["output"]).map((item) => get(item, ["type"]))

export const parameterChecks: ReadonlyArray<Check> = [
  {
    id: "kickoff/output-formats",
    title: "NDJSON can be asked for under each of its three names",
    requirements: ["export#of-required", "export#of-spellings"],
    steps: ["kickoff-format-application-fhir-ndjson", "kickoff-format-application-ndjson", "kickoff-format-ndjson"],
    judge: (view) => formats.flatMap((step) => started(view.one(step)))
  },
  {
    id: "kickoff/unknown-parameter-ignored",
    title: "A parameter that nobody knows is ignored",
    requirements: ["TODAY-22"],
    steps: ["kickoff-unknown-parameter"],
    judge: (view) => started(view.one("kickoff-unknown-parameter"))
  },
  {
    id: "kickoff/since-taken",
    title: "An export of what changed since an earlier one can be started",
    requirements: ["export#since-required"],
    steps: ["kickoff-since"],
    judge: (view) => started(view.one("kickoff-since"))
  },
  {
    id: "manifest/since-effect",
    title: "What changed since a moment ago is not everything",
    requirements: ["export#since-effect"],
    steps: ["file", "status-since"],
    also: ["file-since"],
    judge: (view) => {
      const done = view.last("status-since")
      if (done.response?.status !== 200) return blocked("the job with _since did not end well")
      const before = digests(view, "file")
      if (before.length === 0) return blocked("the first export gave no files to compare with")
      const again = digests(view, "file-since").filter((one) => before.includes(one))
      const seen = again.length === 0 ? "other files, or none" : `${again.length} of the files of before`
      return [status(done, [200]), assertion(done, "body $.output", "other files, or none", seen, again.length === 0)]
    }
  },
  {
    id: "manifest/nothing-new",
    title: "An export of what nobody changed has an output all the same: an empty one, or files with lines",
    requirements: ["export#m-output-empty"],
    steps: ["status-since"],
    also: ["file-since"],
    judge: (view) => {
      const done = view.last("status-since")
      if (done.response?.status !== 200) return blocked("the job with _since did not end well")
      return [
        member(done, ["output"], "an array", Array.isArray),
        // what is not given out at all is the matter of other checks
        ...view
          .all("file-since")
          .filter(({ response }) => response?.body.kind === "file")
          .map((file) => fact(file, "lines", "at least one", ({ lines }) => ({ actual: lines, holds: lines > 0 })))
      ]
    }
  },
  {
    id: "manifest/repeated-type",
    title: "A _type for each type means the same as one _type with commas",
    requirements: ["export#kickoff-repeat"],
    steps: ["kickoff", "status", "status-repeated-type"],
    judge: (view) => {
      if (asked(view).length < 2) return notApplicable("one type was asked for")
      const [list, repeated] = [view.last("status"), view.last("status-repeated-type")]
      if (list.response?.status !== 200) return blocked("the job with commas did not end well")
      if (repeated.response?.status !== 200) return blocked("the job with a _type for each did not end well")
      const [expected, found] = [list, repeated].map((done) =>
        [...new Set(typesIn(done).map(String))].toSorted().join(", ")
      )
      return [assertion(repeated, "body $.output", expected ?? "", found, expected === found)]
    }
  },
  {
    id: "manifest/type-filter-effect",
    title: "A _typeFilter that no claim fits leaves no claims",
    requirements: ["export#tf-effect"],
    steps: ["kickoff-type-filter", "status-type-filter"],
    judge: (view) => {
      const done = finished(view, "status-type-filter")
      if ("excuse" in done) return done
      const types = typesIn(done)
      return [
        status(view.one("kickoff-type-filter"), [202]),
        status(done, [200]),
        assertion(done, "body $.output", "no ExplanationOfBenefit", types, !types.includes("ExplanationOfBenefit"))
      ]
    }
  },
  {
    id: "kickoff/unknown-filter-refused",
    title: "A _typeFilter that the server cannot run is refused with an OperationOutcome",
    requirements: ["export#tf-unsupported"],
    steps: ["kickoff-unknown-filter"],
    judge: (view) => {
      const answer = view.one("kickoff-unknown-filter")
      return [errorStatus(answer), noJob(answer), ...operationOutcome(answer)]
    }
  },
  {
    id: "kickoff/sorting-filter-refused",
    title: "A _typeFilter about the order of the result is refused",
    requirements: ["export#tf-no-result-params"],
    steps: ["kickoff-sorting-filter"],
    judge: (view) => {
      const answer = view.one("kickoff-sorting-filter")
      return [errorStatus(answer), noJob(answer)]
    }
  },
  {
    id: "kickoff/patient-filter-refused",
    title: "A _typeFilter of anything but claims is refused with an OperationOutcome",
    requirements: ["TODAY-19"],
    steps: ["kickoff-patient-filter"],
    judge: (view) => {
      const answer = view.one("kickoff-patient-filter")
      return [status(answer, [400]), noJob(answer), ...operationOutcome(answer)]
    }
  },
  {
    id: "kickoff/patient-level",
    title: "An export of all patients can be started",
    requirements: ["export#ep-patient", "SEED-08"],
    steps: ["kickoff-everything"],
    judge: (view) => started(view.one("kickoff-everything"))
  },
  {
    id: "manifest/everything",
    title: "An export that names no type has every type there is",
    requirements: ["export#type-default-all", "SEED-09", "SEED-33"],
    steps: ["status-everything"],
    judge: (view) => {
      const done = view.last("status-everything")
      if (done.response?.status !== 200) return blocked("the job without _type did not end well")
      const wanted = knownTypes(view)
      if (wanted.length === 0) return notApplicable("which types the server has is not declared")
      const found = typesIn(done)
      if (found.length === 0) return notApplicable("the export is empty")
      return wanted.flatMap((type) =>
        citing(
          ["export#type-default-all", "SEED-09", ...(bcdaTypes.includes(type) ? ["SEED-33"] : [])],
          assertion(done, "body $.output", `an item of type ${type}`, [...new Set(found)], found.includes(type))
        )
      )
    }
  }
]
