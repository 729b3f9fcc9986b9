import type { ApiVersion } from "../DataSource.ts"
import { goJson, type Reply, utf8 } from "./Http.ts"

/**
 * OperationOutcomes of error answers. Each API version has its own shape, and its own way of leaving out an empty text:
 * v1 and unversioned paths have `diagnostics` only, v2 adds `details` with a coding and a text, v3 `details` with a text.
 */
export const operationOutcome = (version: ApiVersion, code: string, message: string): object => ({
  resourceType: "OperationOutcome",
  issue: [
    {
      severity: "error",
      code,
      ...(message === "" ? {} : { diagnostics: message }),
      ...details(version, message)
    }
  ]
})

const details = (version: ApiVersion, message: string): object => {
  const words = message === "" ? {} : { text: message }
  if (version === "v1") return {}
  if (version === "v3") return { details: words }
  const display = message === "" ? {} : { display: message }
  const system = "http://hl7.org/fhir/ValueSet/operation-outcome"
  return { details: { coding: [{ system, code: "Request Error", ...display }], ...words } }
}

/** The codes that BCDA uses, by how the error came about. */
export type IssueCode = "structure" | "forbidden" | "not-found" | "exception"

export const outcome = (
  version: ApiVersion,
  status: number,
  code: IssueCode,
  message = "",
  headers: Reply["headers"] = []
): Reply => ({
  status,
  headers: [["Content-Type", "application/fhir+json"], ...headers],
  body: utf8(goJson(operationOutcome(version, code, message)))
})
