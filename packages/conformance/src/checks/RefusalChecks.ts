/** Requests that a server should turn away, or is known to. */
import { accepted, citing, errorStatus, headerOf, noJob, operationOutcome, refused, status } from "../Assertion.ts"
import { type Check, notApplicable } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"

/** The request failed, and left no job behind. */
const turnedAway = (exchange: Exchange) => [errorStatus(exchange), noJob(exchange)]

export const refusalChecks: ReadonlyArray<Check> = [
  {
    id: "kickoff/missing-accept",
    title: "Without Accept an export is either refused or started, nothing else",
    requirements: ["export#hdr-accept", "export#kickoff-error-code"],
    steps: ["kickoff-no-accept"],
    judge: (view) => {
      const answer = view.one("kickoff-no-accept")
      if (headerOf(answer, "content-location") !== undefined)
        return citing(["export#hdr-accept"], status(answer, [202]))
      return [
        ...citing(["export#kickoff-error-code"], status(answer, [400, 406, 412, 422])),
        ...citing(["export#hdr-accept"], ...operationOutcome(answer))
      ]
    }
  },
  {
    id: "kickoff/outside-type-refused",
    title: "A type that no patient has is refused with an OperationOutcome",
    requirements: ["export#type-outside-compartment"],
    steps: ["kickoff-outside-type"],
    judge: (view) => {
      const answer = view.one("kickoff-outside-type")
      return [...turnedAway(answer), ...operationOutcome(answer)]
    }
  },
  {
    id: "kickoff/bad-since-refused",
    title: "A _since that is no instant is refused",
    requirements: ["export#since-required"],
    steps: ["kickoff-bad-since"],
    judge: (view) => turnedAway(view.one("kickoff-bad-since"))
  },
  {
    id: "kickoff/unknown-format-refused",
    title: "An output format that nobody has is refused",
    requirements: ["export#m-item-url-format"],
    steps: ["kickoff-unknown-format"],
    judge: (view) => turnedAway(view.one("kickoff-unknown-format"))
  },
  {
    id: "kickoff/unknown-group-refused",
    title: "A group that does not exist is not exported",
    requirements: ["export#ep-group"],
    steps: ["kickoff-unknown-group"],
    judge: (view) => turnedAway(view.one("kickoff-unknown-group"))
  },
  {
    id: "kickoff/elements-refused",
    title: "A server without _elements says so in an OperationOutcome",
    requirements: ["export#elements-unsupported", "TODAY-23"],
    steps: ["kickoff-elements"],
    judge: (view) => {
      const answer = view.one("kickoff-elements")
      if (accepted(answer) && !view.target.isBcda) return notApplicable("the server takes _elements")
      return [
        ...citing(["TODAY-23"], status(answer, [400])),
        ...citing(["export#elements-unsupported"], errorStatus(answer), ...operationOutcome(answer))
      ]
    }
  },
  {
    id: "kickoff/dollar-needed",
    title: "Without its dollar sign export is no operation",
    requirements: ["SEED-17"],
    steps: ["kickoff-without-dollar"],
    judge: (view) => turnedAway(view.one("kickoff-without-dollar"))
  },
  {
    id: "kickoff/post-not-taken",
    title: "A kick-off by POST is answered 405",
    requirements: ["TODAY-24"],
    steps: ["kickoff-post"],
    judge: (view) => {
      if (view.descriptor.methods.includes("POST")) return notApplicable("the target takes kick-offs by POST")
      const answer = view.one("kickoff-post")
      return [status(answer, [405]), noJob(answer)]
    }
  },
  {
    id: "token/other-scheme-refused",
    title: "The token is taken after the word Bearer only",
    requirements: ["SEED-15"],
    steps: ["attribution-other-scheme"],
    judge: (view) => [refused(view.one("attribution-other-scheme"))]
  },
  {
    id: "attribution/needs-token",
    title: "The attribution status is not told without a token",
    requirements: ["SEED-72"],
    steps: ["attribution-no-token"],
    judge: (view) => [refused(view.one("attribution-no-token"))]
  }
]
