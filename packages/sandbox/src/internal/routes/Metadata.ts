import { Effect } from "effect"
import { json, origin } from "../Http.ts"
import { rfc3339Seconds } from "../Time.ts"
import { systemType } from "../TypeFilter.ts"
import type { Exchange, Handler } from "../World.ts"

const bulkData = "http://hl7.org/fhir/uv/bulkdata"
const upstream = "https://prod.bfd.cms.gov"

/** BCDA's words about itself. */
const description =
  "The Beneficiary Claims Data API (BCDA) enables healthcare organizations participating in the Medicare Shared Savings " +
  "Program or a CMS Innovation Model to retrieve Medicare Part A, Part B, and Part D claims data for their prospectively " +
  "assigned or assignable beneficiaries."

/** Claims BCDA's metadata makes about its security; the CORS it claims does not exist. */
const security = (base: string) => ({
  cors: true,
  service: [
    {
      coding: [
        {
          system: "http://terminology.hl7.org/CodeSystem/restful-security-service",
          code: "OAuth",
          display: "OAuth"
        }
      ],
      text: "OAuth"
    }
  ],
  extension: [
    {
      url: "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
      extension: [{ url: "token", valueUri: `${base}/auth/token` }]
    }
  ]
})

/** Neither exists. */
const interaction = [{ code: "batch" }, { code: "search-system" }]

const definition = (name: string) => `${bulkData}/OperationDefinition/${name}`

const parameter = (name: string, type: string, documentation: string) => ({ name, type, documentation })

/** What v3 says of an export: the operation, its parameters, and what it leaves out unless asked. */
const exportResource = (type: "Patient" | "Group", since: string) => {
  const scope = type.toLowerCase()
  return {
    type,
    operation: [
      {
        name: "export",
        definition: definition(`${scope}-export`),
        documentation:
          `By default, the ${scope} $export will return ExplanationOfBenefit resources with a meta.tag with a system of ` +
          `'${systemType}' and code of either NationalClaimsHistory or DDPS. In order to return ExplanationOfBenefit ` +
          "resources with other system types (like SharedSystem), use the _typeFilter parameter."
      }
    ],
    searchParam: [
      parameter("_since", "date", `Return resources updated after the date provided for existing ${since}`),
      parameter(
        "_type",
        "string",
        "Comma-delimited list of FHIR resource types to include in the export. By default, all supported resource types " +
          "are returned."
      ),
      parameter("_typeFilter", "string", `Use a URL-encoded FHIR subquery to further-refine ${scope} export results.`)
    ]
  }
}

const claimsResource = {
  type: "ExplanationOfBenefit",
  searchParam: [
    parameter(
      "_tag",
      "token",
      "Filter ExplanationOfBenefit by the meta.tag element. Pass full token as <system>|<code>. Supported codes in the " +
        `'${systemType}' system are: 'SharedSystem', 'NationalClaimsHistory', and 'DDPS'. By Default, only ` +
        "NationalClaimsHistory and DDPS claims will be returned."
    ),
    parameter(
      "outcome",
      "token",
      "Filter ExplanationOfBenefit by the outcome element. Supported values: 'partial' and 'complete'."
    ),
    parameter(
      "service-date",
      "date",
      "Filter ExplanationOfBenefit based on the claim's service date. The service date is the date that the care " +
        "occurred within a billable period. This is a FHIR date param format (ex. `gt2026-01-14`)"
    )
  ]
}

/** v1 lists operations for the whole server; v2 and v3 list them by resource, and v3 adds its search parameters. */
const operations = ({ version }: Exchange): object => {
  if (version === "v1") {
    const operation = ["patient-export", "group-export"].map((name) => ({
      name,
      definition: { reference: definition(name) }
    }))
    return { operation }
  }
  if (version === "v2") {
    const resource = (type: string, name: string) => ({ type, operation: [{ name, definition: definition(name) }] })
    return { resource: [resource("Patient", "patient-export"), resource("Group", "group-export")] }
  }
  return {
    resource: [
      exportResource("Patient", "and newly attributed enrollees."),
      exportResource("Group", "enrollees and all resources for newly attributed enrollees."),
      claimsResource
    ]
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
      implementation: { description, url: base },
      fhirVersion: version === "v1" ? "3.0.1" : "4.0.1",
      ...(version === "v1" ? { acceptUnknown: "extensions" } : {}),
      format: ["application/json", "application/fhir+json"],
      rest: [{ mode: "server", security: security(base), interaction, ...operations(exchange) }]
    })
  })
