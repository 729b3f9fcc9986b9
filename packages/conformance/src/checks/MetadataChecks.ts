/** What the server says it is. */
import { get, isText, jsonOf, list, mediaType, member, oneDocument, status } from "../Assertion.ts"
import type { Check } from "../Check.ts"

const igCapability = "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"
const oauthUris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"

/** FHIR releases by API version: v1 is STU3, the others R4. */
const fhirVersions = { v1: "3.0.1", v2: "4.0.1", v3: "4.0.1", fhir: "4.0.1" } as const

/** Both spellings of the operation's name are out there: STU2's first package said `patient-export`, later text says `export`. */
const namesOf = (type: "Patient" | "Group") => ["export", `${type.toLowerCase()}-export`]

const named = (operations: ReadonlyArray<unknown>, wanted: ReadonlyArray<string>): boolean =>
  operations.some((operation) => wanted.includes(String(get(operation, ["name"]))))

/** Operations under `rest.resource` of the type, and, as STU3 has it, under `rest` itself. */
const declares = (rest: unknown, type: "Patient" | "Group"): boolean => {
  const names = namesOf(type)
  return list(rest).some(
    (entry) =>
      named(list(entry, ["operation"]), names.slice(1)) ||
      list(entry, ["resource"]).some(
        (resource) => get(resource, ["type"]) === type && named(list(resource, ["operation"]), names)
      )
  )
}

export const metadataChecks: ReadonlyArray<Check> = [
  {
    id: "metadata/readable",
    title: "Metadata is a CapabilityStatement in JSON that anybody may read",
    requirements: ["SEED-74", "SEED-75"],
    steps: ["metadata"],
    judge: (view) => {
      const metadata = view.one("metadata")
      return [
        status(metadata, [200]),
        mediaType(metadata, ["application/json", "application/fhir+json"]),
        oneDocument(metadata),
        member(metadata, ["resourceType"], "CapabilityStatement", (value) => value === "CapabilityStatement")
      ]
    }
  },
  {
    id: "metadata/instantiates-ig",
    title: "Metadata names the Bulk Data IG's CapabilityStatement",
    requirements: ["index#instantiates"],
    steps: ["metadata"],
    judge: (view) => [
      member(
        view.one("metadata"),
        ["instantiates"],
        igCapability,
        (value) => Array.isArray(value) && value.includes(igCapability)
      )
    ]
  },
  {
    id: "metadata/declares-export",
    title: "Metadata declares export operations on Patient and Group",
    requirements: ["export#capability-accurate", "SEED-83", "SEED-84"],
    steps: ["metadata"],
    judge: (view) =>
      (["Patient", "Group"] as const).map((type) =>
        member(view.one("metadata"), ["rest"], `an operation ${namesOf(type).join(" or ")} for ${type}`, (rest) =>
          declares(rest, type)
        )
      )
  },
  {
    id: "metadata/active",
    title: "Metadata says that the API is active",
    requirements: ["SEED-76"],
    steps: ["metadata"],
    judge: (view) => [member(view.one("metadata"), ["status"], "active", (value) => value === "active")]
  },
  {
    id: "metadata/fhir-version",
    title: "Metadata names the FHIR release of the API version",
    requirements: ["SEED-77", "bcda#v1-is-stu3"],
    steps: ["metadata"],
    judge: (view) => {
      const expected = fhirVersions[view.target.apiVersion]
      return [member(view.one("metadata"), ["fhirVersion"], expected, (value) => value === expected)]
    }
  },
  {
    id: "metadata/token-url",
    title: "Metadata names the URL that tokens come from",
    requirements: ["SEED-85"],
    steps: ["metadata", "token"],
    judge: (view) => {
      const metadata = view.one("metadata")
      const named = list(jsonOf(metadata), ["rest"])
        .flatMap((rest) => list(rest, ["security", "extension"]))
        .filter((extension) => String(get(extension, ["url"])).replace(/^https:/, "http:") === oauthUris)
        .flatMap((extension) => list(extension, ["extension"]))
        .filter((extension) => get(extension, ["url"]) === "token")
        .map((extension) => get(extension, ["valueUri"]))
      const used = view.one("token").request.url
      return [
        member(metadata, ["rest"], `a token URL ${used}`, () => named.some((value) => isText(value) && value === used))
      ]
    }
  }
]
