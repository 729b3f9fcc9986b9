import { Effect } from "effect"
import { json, origin } from "../Http.ts"
import { rfc3339Seconds } from "../Time.ts"
import type { Exchange, Handler } from "../World.ts"

const bulkData = "http://hl7.org/fhir/uv/bulkdata"
const upstream = "https://prod.bfd.cms.gov"

/** Claims BCDA's metadata makes about its security; the CORS it claims does not exist. */
const security = (base: string, restfulSecurityService: string) => ({
  cors: true,
  service: [{ coding: [{ system: restfulSecurityService, code: "OAuth", display: "OAuth" }], text: "OAuth" }],
  extension: [
    {
      url: "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
      extension: [{ url: "token", valueUri: `${base}/auth/token` }]
    }
  ]
})

const interaction = [{ code: "batch" }, { code: "search-system" }]

const parameter = (name: string, type: string) => ({ name, type })
const exportParameters = [parameter("_since", "date"), parameter("_type", "string"), parameter("_typeFilter", "string")]

const definition = (name: string) => `${bulkData}/OperationDefinition/${name}`

/** v1 lists operations for the whole server; v2 and v3 list them by resource, and v3 adds its search parameters. */
const rest = ({ version }: Exchange, base: string) => {
  if (version === "v1") {
    const operation = ["patient-export", "group-export"].map((name) => ({
      name,
      definition: { reference: definition(name) }
    }))
    return {
      mode: "server",
      security: security(base, "http://hl7.org/fhir/ValueSet/restful-security-service"),
      interaction,
      operation
    }
  }
  const service = security(base, "http://terminology.hl7.org/CodeSystem/restful-security-service")
  const resource = (type: string, operation: string) =>
    version === "v2"
      ? { type, operation: [{ name: operation, definition: definition(operation) }] }
      : {
          type,
          searchParam: exportParameters,
          operation: [
            {
              name: "export",
              definition: definition(operation),
              documentation: `Starts a bulk export of the claims data of a ${type}.`
            }
          ]
        }
  const claims = {
    type: "ExplanationOfBenefit",
    searchParam: [parameter("_tag", "token"), parameter("outcome", "token"), parameter("service-date", "date")]
  }
  return {
    mode: "server",
    security: service,
    resource: [
      resource("Patient", "patient-export"),
      resource("Group", "group-export"),
      ...(version === "v3" ? [claims] : [])
    ],
    interaction
  }
}

/** `GET …/metadata`: a CapabilityStatement that calls itself as old as the request, as plain JSON. Needs no token. */
export const metadata: Handler = (exchange) =>
  Effect.sync(() => {
    const { now, received, version, world } = exchange
    const base = origin(received)
    const date = rfc3339Seconds(now)
    const statement = version === "v1" ? "baseDstu3/metadata/" : `${version}/fhir/metadata`
    return json(200, {
      resourceType: "CapabilityStatement",
      status: "active",
      date,
      publisher: "Centers for Medicare & Medicaid Services",
      kind: "instance",
      instantiates: [`${upstream}/${statement}`, `${bulkData}/CapabilityStatement/bulk-data`],
      software: { name: "Beneficiary Claims Data API", version: world.behaviour.release, releaseDate: date },
      implementation: {
        description: "A local look-alike of the Beneficiary Claims Data API with synthetic claims",
        url: base
      },
      fhirVersion: version === "v1" ? "3.0.1" : "4.0.1",
      ...(version === "v1" ? { acceptUnknown: "extensions" } : {}),
      format: ["application/json", "application/fhir+json"],
      rest: [rest(exchange, base)]
    })
  })
