/**
 * Declared against actual: what a target's descriptor says of the server beside what its CapabilityStatement says. A difference judges
 * nobody; it tells a person that one of the two is wrong before they read seventy verdicts.
 */
import { Schema } from "effect"
import { get, isText, jsonOf, list } from "./Assertion.ts"
import type { Exchange } from "./Exchange.ts"
import { exportPaths, type TargetDescriptor, targetOf } from "./TargetDescriptor.ts"

/** One thing that the target is declared to have, beside what its CapabilityStatement says. */
export const ProbeLine = Schema.Struct({
  /** `fhirVersion`, `Patient $export`, … */
  what: Schema.String,
  declared: Schema.String,
  actual: Schema.String,
  agrees: Schema.Boolean
})
export type ProbeLine = typeof ProbeLine.Type

const names = (operations: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  operations.map((operation) => String(get(operation, ["name"])).toLowerCase())

/** The operations of a type, or of the server: names in lower case. STU3 of FHIR has them all on the server, named by their level. */
const operationsOn = (statement: unknown, type: "Group" | "Patient" | undefined): ReadonlyArray<string> => {
  const rest = list(statement, ["rest"])
  const ofServer = names(rest.flatMap((entry) => list(entry, ["operation"])))
  if (type === undefined) return ofServer.filter((name) => name === "export" || name === "system-export")
  const resources = rest.flatMap((entry) => list(entry, ["resource"]))
  const ofType = resources.filter((one) => get(one, ["type"]) === type).flatMap((one) => list(one, ["operation"]))
  const own = `${type.toLowerCase()}-export`
  return [...names(ofType), ...ofServer].filter((name) => name === own || (name === "export" && ofType.length > 0))
}

const authOf = (
  statement: unknown
): { readonly services: ReadonlyArray<string>; readonly tokenUrls: ReadonlyArray<string> } => {
  const security = list(statement, ["rest"]).map((entry) => get(entry, ["security"]))
  const services = security
    .flatMap((one) => list(one, ["service"]))
    .flatMap((service) => list(service, ["coding"]).map((coding) => get(coding, ["code"])))
    .filter(isText)
  const tokenUrls = security
    .flatMap((one) => list(one, ["extension"]))
    .flatMap((one) => list(one, ["extension"]))
    .filter((one) => get(one, ["url"]) === "token")
    .map((one) => get(one, ["valueUri"]))
    .filter(isText)
  return { services, tokenUrls }
}

const yesNo = (value: boolean): string => (value ? "yes" : "no")

const line = (what: string, declared: string, actual: string, agrees = declared === actual): ProbeLine => ({
  what,
  declared,
  actual,
  agrees
})

/** Compares a descriptor with the answer to `metadata`; empty if that is no CapabilityStatement. Pure. */
export const probeOf = (descriptor: TargetDescriptor, metadata: Exchange | undefined): ReadonlyArray<ProbeLine> => {
  const statement = metadata === undefined ? undefined : jsonOf(metadata)
  if (get(statement, ["resourceType"]) !== "CapabilityStatement") return []
  const paths = exportPaths(descriptor)
  const level = (what: string, declared: boolean, type: "Group" | "Patient" | undefined) =>
    line(what, yesNo(declared), yesNo(operationsOn(statement, type).length > 0))
  const { services, tokenUrls } = authOf(statement)
  const { tokenUrl } = targetOf(descriptor)
  const guarded = services.length > 0 || tokenUrls.length > 0
  const fhirVersion = get(statement, ["fhirVersion"])
  return [
    line("fhirVersion", descriptor.fhirVersion, isText(fhirVersion) ? fhirVersion : "nothing"),
    level("$export", paths.system !== undefined, undefined),
    level("Patient/$export", paths.patient !== undefined, "Patient"),
    level("Group/[id]/$export", paths.group !== undefined, "Group"),
    line("tokens", descriptor.auth, services.join(", ") || "nothing said", guarded === (descriptor.auth !== "none")),
    ...(descriptor.auth === "basic" ? [line("token URL", tokenUrl, tokenUrls.join(", ") || "nothing said")] : [])
  ]
}
