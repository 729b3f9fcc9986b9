/** What fhir-kit-client makes of the server. */
import { CapabilityTool } from "fhir-kit-client"
import { type Assertion, assertion, citing, get, header, isAbsoluteUrl, jsonOf, status } from "../Assertion.ts"
import type { Check, View } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"
import { exportPaths } from "../TargetDescriptor.ts"

/** fhir-kit-client took the answer: a status below 300 and a body that is empty or one JSON document. */
const taken = (exchange: Exchange): Assertion =>
  assertion(
    exchange,
    "fhir-kit-client",
    "an answer it takes",
    exchange.accepted === true ? "taken" : `refused (status ${exchange.response?.status ?? "none"})`,
    exchange.accepted === true
  )

/** The type that has the export that a run uses; undefined for the system's. */
const typeOf = ({ descriptor }: View): "Group" | "Patient" | undefined => {
  const { group, patient } = exportPaths(descriptor)
  return group === undefined ? (patient === undefined ? undefined : "Patient") : "Group"
}

/** Reads an operation out of the CapabilityStatement with that library's own tool: by type as in R4, by server as in STU3. */
const sees = (statement: unknown, resourceType: string | undefined): boolean => {
  const resource = get(statement, ["resourceType"])
  if (typeof statement !== "object" || statement === null || typeof resource !== "string") return false
  const tool = new CapabilityTool({ ...statement, resourceType: resource })
  const ofServer = tool.supportFor({ capabilityType: "operation" })
  return ofServer || (resourceType !== undefined && tool.supportFor({ resourceType, capabilityType: "operation" }))
}

export const opinionChecks: ReadonlyArray<Check> = [
  {
    id: "second-opinion/metadata",
    title: "fhir-kit-client reads the metadata and finds the export in it",
    requirements: ["export#capability-accurate", "SEED-75"],
    steps: ["opinion-metadata"],
    judge: (view) => {
      const metadata = view.one("opinion-metadata")
      const type = typeOf(view)
      const wanted = `an operation on ${type ?? "the server"}`
      const found = sees(jsonOf(metadata), type)
      return [
        ...citing(["SEED-75"], taken(metadata)),
        ...citing(
          ["export#capability-accurate"],
          assertion(metadata, "body $.rest", wanted, found ? wanted : "none", found)
        )
      ]
    }
  },
  {
    id: "second-opinion/export",
    title: "fhir-kit-client can start an export and find its status URL",
    requirements: ["export#role-resource-server", "SEED-18"],
    steps: ["opinion-export"],
    judge: (view) => {
      const started = view.one("opinion-export")
      return [
        taken(started),
        status(started, [202]),
        header(started, "content-location", "an absolute URL", isAbsoluteUrl)
      ]
    }
  },
  {
    id: "second-opinion/jobs",
    title: "fhir-kit-client reads the list of jobs as a Bundle",
    requirements: ["SEED-66"],
    steps: ["opinion-jobs"],
    judge: (view) => {
      const jobs = view.one("opinion-jobs")
      const type = get(jsonOf(jobs), ["resourceType"])
      return [taken(jobs), assertion(jobs, "body $.resourceType", "Bundle", type, type === "Bundle")]
    }
  }
]
