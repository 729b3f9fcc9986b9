/** What fhir-kit-client makes of the server. */
import { CapabilityTool } from "fhir-kit-client"
import {
  type Assertion,
  assertion,
  citing,
  fact,
  get,
  header,
  isAbsoluteUrl,
  jsonOf,
  list,
  status
} from "../Assertion.ts"
import { blocked, type Check, notRun, type View } from "../Check.ts"
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

/** Of the files that a manifest lists. */
const typesIn = (manifest: Exchange): ReadonlyArray<string> =>
  list(jsonOf(manifest), ["output"])
    .map((item) => String(get(item, ["type"])))
    .toSorted()

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
    id: "second-opinion/status",
    title: "fhir-kit-client can ask how a job is doing",
    requirements: ["export#status-202", "SEED-27"],
    steps: ["opinion-status"],
    judge: (view) => {
      const asked = view.one("opinion-status")
      if (asked.response?.status === 429) return notRun("the server asks to come again later")
      // a quick server is done by then
      return [taken(asked), status(asked, [202, 200])]
    }
  },
  {
    id: "second-opinion/manifest",
    title: "fhir-kit-client reads the manifest, and it lists the files that we were told of",
    requirements: ["export#status-200", "export#status-body", "SEED-28"],
    steps: ["opinion-manifest", "status"],
    judge: (view) => {
      const [read, done] = [view.one("opinion-manifest"), view.last("status")]
      if (done.response?.status !== 200) return blocked("the job did not end well")
      if (read.response?.status === 429) return notRun("the server asks to come again later")
      const ours = typesIn(done).join(", ")
      const theirs = typesIn(read).join(", ")
      return [taken(read), status(read, [200]), assertion(read, "body $.output", ours, theirs, theirs === ours)]
    }
  },
  {
    id: "second-opinion/file",
    title: "fhir-kit-client gets the same lines of a file as we do",
    requirements: ["export#f-get", "export#f-200", "SEED-41"],
    steps: ["opinion-file", "file"],
    judge: (view) => {
      const [theirs, ours] = [view.one("opinion-file"), view.one("file")]
      const own = ours.response?.body.kind === "file" ? ours.response.body : undefined
      const types = JSON.stringify(own?.types)
      // it reads JSON, and one line alone comes out of it in its own spelling: lines and types are what can be compared
      return [
        status(theirs, [200]),
        fact(theirs, "lines", String(own?.lines), ({ lines }) => ({ actual: lines, holds: lines === own?.lines })),
        fact(theirs, "types", types, (facts) => ({ actual: facts.types, holds: JSON.stringify(facts.types) === types }))
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
