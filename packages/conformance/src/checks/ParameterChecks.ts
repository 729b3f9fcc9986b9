/** What parameters do to an export. */
import {
  assertion,
  citing,
  errorStatus,
  get,
  headerOf,
  isAbsoluteUrl,
  jsonOf,
  list,
  noJob,
  operationOutcome,
  status
} from "../Assertion.ts"
import { blocked, type Check, notApplicable, type View } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"
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

/** What a BCDA has files of; of other servers it has to be declared. */
const bcdaTypes = ["ExplanationOfBenefit", "Coverage", "Patient"]

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
      const { empty, types } = view.descriptor.data
      const declared = types.length > 0 || !view.target.isBcda ? types : bcdaTypes
      const wanted = declared.filter((type) => !empty.includes(type))
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
