/** Starting an export, and the ways in which that is refused. */
import {
  accepted,
  bodyless,
  citing,
  errorStatus,
  get,
  header,
  headerOf,
  isAbsoluteUrl,
  jsonOf,
  mediaType,
  noJob,
  operationOutcome,
  refused,
  status
} from "../Assertion.ts"
import { type Check, notApplicable } from "../Check.ts"

export const kickOffChecks: ReadonlyArray<Check> = [
  {
    id: "kickoff/accepted",
    title: "An export is started with 202",
    requirements: [
      "export#kickoff-async",
      "export#kickoff-get",
      "export#kickoff-post",
      "export#ep-group",
      "export#kickoff-202",
      "SEED-08",
      "SEED-18"
    ],
    steps: ["kickoff"],
    judge: (view) => {
      const kickOff = view.one("kickoff")
      const byPost = kickOff.request.method === "POST"
      const others = ["export#kickoff-async", "export#ep-group", "export#kickoff-202", "SEED-08", "SEED-18"]
      return citing([byPost ? "export#kickoff-post" : "export#kickoff-get", ...others], status(kickOff, [202]))
    }
  },
  {
    id: "kickoff/content-location",
    title: "The kick-off names an absolute status URL",
    requirements: ["export#kickoff-content-location", "SEED-18", "TODAY-34"],
    steps: ["kickoff"],
    judge: (view) => [header(view.one("kickoff"), "content-location", "an absolute URL", isAbsoluteUrl)]
  },
  {
    id: "kickoff/content-location-shape",
    title: "The status URL is the jobs URL of the same host and version, ending in a number",
    requirements: ["SEED-19"],
    steps: ["kickoff"],
    judge: (view) => {
      const prefix = view.target.api("jobs/")
      return [
        header(
          view.one("kickoff"),
          "content-location",
          `${prefix}NUMBER`,
          (value) => value !== undefined && value.startsWith(prefix) && /^\d+$/.test(value.slice(prefix.length))
        )
      ]
    }
  },
  {
    id: "kickoff/body",
    title: "Beside a 202 there is no body, or an OperationOutcome",
    requirements: ["export#kickoff-body"],
    steps: ["kickoff"],
    judge: (view) => {
      const kickOff = view.one("kickoff")
      return accepted(kickOff) ? [bodyless(kickOff)] : notApplicable("the kick-off was not accepted")
    }
  },
  {
    id: "kickoff/needs-token",
    title: "An export without a token is refused",
    requirements: ["export#sec-limit-to-authorized", "SEED-12"],
    steps: ["kickoff-no-token"],
    judge: (view) => [refused(view.one("kickoff-no-token")), noJob(view.one("kickoff-no-token"))]
  },
  {
    id: "kickoff/needs-valid-token",
    title: "An export with a token nobody issued is refused",
    requirements: ["export#sec-limit-to-authorized", "SEED-13", "TODAY-09"],
    steps: ["kickoff-made-up-token"],
    judge: (view) => {
      const answer = view.one("kickoff-made-up-token")
      return [refused(answer), ...citing(["export#sec-limit-to-authorized", "SEED-13"], noJob(answer))]
    }
  },
  {
    id: "kickoff/missing-token-401",
    title: "Without a token the answer is 401, at every protected address",
    requirements: ["SEED-12"],
    steps: ["kickoff-no-token", "jobs-no-token", "status-no-token", "file-no-token"],
    judge: (view) =>
      ["kickoff-no-token", "jobs-no-token", "status-no-token", "file-no-token"].map((step) =>
        status(view.one(step), [401])
      )
  },
  {
    id: "kickoff/refusals-explain",
    title: "A refused kick-off explains itself in an OperationOutcome",
    requirements: ["export#kickoff-error-code", "export#kickoff-error-oo"],
    steps: ["kickoff-no-token", "kickoff-made-up-token", "kickoff-unknown-type"],
    judge: (view) => {
      const refusals = ["kickoff-no-token", "kickoff-made-up-token", "kickoff-unknown-type"]
        .map((step) => view.one(step))
        // what should have been refused and was not is the matter of other checks
        .filter((exchange) => exchange.response?.status !== 202)
      if (refusals.length === 0) return notApplicable("no kick-off was refused")
      return refusals.flatMap((refusal) => [errorStatus(refusal), ...operationOutcome(refusal)])
    }
  },
  {
    id: "kickoff/error-content-type",
    title: "An OperationOutcome about a kick-off is sent as application/fhir+json",
    requirements: ["bcda#errors-fhir-json"],
    steps: ["kickoff-no-token", "kickoff-made-up-token", "kickoff-unknown-type"],
    judge: (view) => {
      const outcomes = ["kickoff-no-token", "kickoff-made-up-token", "kickoff-unknown-type"]
        .map((step) => view.one(step))
        .filter((exchange) => get(jsonOf(exchange), ["resourceType"]) === "OperationOutcome")
      return outcomes.length === 0
        ? notApplicable("no kick-off was answered with an OperationOutcome")
        : outcomes.map((exchange) => mediaType(exchange, ["application/fhir+json"]))
    }
  },
  {
    id: "kickoff/unknown-type-refused",
    title: "A type that does not exist is refused",
    requirements: ["export#type-unknown", "smart#unsupported-type"],
    steps: ["kickoff-unknown-type"],
    judge: (view) => {
      const answer = view.one("kickoff-unknown-type")
      return [errorStatus(answer), noJob(answer)]
    }
  },
  {
    id: "kickoff/future-since-refused",
    title: "A _since in the future is refused with an OperationOutcome",
    requirements: ["bcda#since-future-refused"],
    steps: ["kickoff-future-since"],
    judge: (view) => {
      const answer = view.one("kickoff-future-since")
      return [status(answer, [400]), ...operationOutcome(answer)]
    }
  },
  {
    id: "kickoff/missing-prefer",
    title: "Without Prefer an export is either refused or started, nothing else",
    requirements: ["export#hdr-prefer", "export#kickoff-error-code", "SEED-16"],
    steps: ["kickoff-no-prefer"],
    judge: (view) => {
      const answer = view.one("kickoff-no-prefer")
      if (headerOf(answer, "content-location") !== undefined)
        return citing(["export#hdr-prefer", "SEED-16"], status(answer, [202]))
      return [
        ...citing(["export#kickoff-error-code", "SEED-16"], status(answer, [400, 406, 412, 422])),
        ...citing(["export#hdr-prefer", "SEED-16"], ...operationOutcome(answer))
      ]
    }
  }
]
