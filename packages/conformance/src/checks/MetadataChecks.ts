/** What the server says it is. */
import {
  assertion,
  citing,
  clockSkewMillis,
  get,
  isAbsoluteUrl,
  isText,
  jsonOf,
  list,
  mediaType,
  member,
  oneDocument,
  status
} from "../Assertion.ts"
import type { Check, View } from "../Check.ts"
import { exportPaths } from "../TargetDescriptor.ts"

const igCapability = "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"
const igOperations = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"
const apiName = "Beneficiary Claims Data API"
const oauthUris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"

/** FHIR releases by API version: v1 is STU3, the others R4. */
const fhirVersions = { v1: "3.0.1", v2: "4.0.1", v3: "4.0.1", fhir: "4.0.1" } as const

/** A level of export, and the type that has it in R4. */
type Level = keyof ReturnType<typeof exportPaths>
const types: Readonly<Record<Level, string | undefined>> = { group: "Group", patient: "Patient", system: undefined }

/** The levels that the server is declared to have. */
const levelsOf = ({ descriptor }: View): ReadonlyArray<Level> => {
  const paths = exportPaths(descriptor)
  return (["patient", "group", "system"] as const).filter((level) => paths[level] !== undefined)
}

/** Both spellings of the operation's name are out there: STU2's first package said `patient-export`, later text says `export`. */
const namesOf = (level: Level) => ["export", `${level}-export`]

const nameOf = (operation: unknown): string => String(get(operation, ["name"]))

/** The level of an operation under `rest` itself: STU3 of FHIR has all of them there, told apart by their names. */
const levelByName = (operation: unknown): Level =>
  nameOf(operation).startsWith("group") ? "group" : nameOf(operation).startsWith("patient") ? "patient" : "system"

/** Operations as [level, operation]: by type as R4 has it, and by name under `rest`. */
const operationsOf = (rest: unknown): ReadonlyArray<readonly [Level | undefined, unknown]> =>
  list(rest).flatMap((entry) => [
    ...list(entry, ["operation"]).map((operation) => [levelByName(operation), operation] as const),
    ...list(entry, ["resource"]).flatMap((resource) => {
      const type = get(resource, ["type"])
      const level = type === "Group" ? "group" : type === "Patient" ? "patient" : undefined
      return list(resource, ["operation"]).map((operation) => [level, operation] as const)
    })
  ])

const operationsAt = (rest: unknown, level: Level): ReadonlyArray<unknown> =>
  operationsOf(rest)
    .filter(([at]) => at === level)
    .map(([, operation]) => operation)

const declares = (rest: unknown, level: Level): boolean =>
  operationsAt(rest, level).some((operation) => namesOf(level).includes(nameOf(operation)))

/** STU3 of FHIR has a Reference where R4 has a canonical, which may end in a version. */
const definitionOf = (operation: unknown): string => {
  const definition = get(operation, ["definition"])
  return String(isText(definition) ? definition : get(definition, ["reference"])).replace(/\|.*$/, "")
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
    title: "Metadata declares the export operations that the server has",
    requirements: ["export#capability-accurate", "SEED-83", "SEED-84"],
    steps: ["metadata"],
    judge: (view) =>
      levelsOf(view).flatMap((level) => {
        const promised = { patient: ["SEED-83"], group: ["SEED-84"], system: [] }[level]
        const owner = types[level] ?? "the server"
        return citing(
          ["export#capability-accurate", ...promised],
          member(view.one("metadata"), ["rest"], `an operation ${namesOf(level).join(" or ")} for ${owner}`, (rest) =>
            declares(rest, level)
          )
        )
      })
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
    requirements: ["SEED-04", "SEED-77", "bcda#v1-is-stu3"],
    steps: ["metadata"],
    judge: (view) => {
      const expected = fhirVersions[view.target.apiVersion]
      const { apiVersion } = view.target
      const said = apiVersion === "v1" ? ["bcda#v1-is-stu3"] : ["SEED-77", ...(apiVersion === "v2" ? ["SEED-04"] : [])]
      return citing(
        said,
        member(view.one("metadata"), ["fhirVersion"], expected, (value) => value === expected)
      )
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
  },
  {
    id: "metadata/operation-definitions",
    title: "Metadata defines its export operations by the IG's canonicals, over http",
    requirements: ["export#capability-op-name", "TODAY-32"],
    steps: ["metadata"],
    judge: (view) => {
      const metadata = view.one("metadata")
      const rest = get(jsonOf(metadata), ["rest"])
      return levelsOf(view).map((level) => {
        const found = operationsAt(rest, level).map(definitionOf)
        const wanted = `${igOperations}${level === "system" ? "export" : `${level}-export`}`
        return assertion(metadata, "body $.rest", wanted, found, found.includes(wanted))
      })
    }
  },
  {
    id: "metadata/operation-names",
    title: "Metadata names its export operations as BCDA does: export on version 3, by their level before",
    requirements: ["TODAY-32"],
    steps: ["metadata"],
    judge: (view) => {
      const metadata = view.one("metadata")
      const rest = get(jsonOf(metadata), ["rest"])
      return (["patient", "group"] as const).map((level) => {
        const wanted = view.target.apiVersion === "v3" ? "export" : `${level}-export`
        const found = operationsAt(rest, level).map(nameOf)
        return assertion(metadata, "body $.rest", `${wanted} on ${types[level]}`, found, found.includes(wanted))
      })
    }
  },
  {
    id: "metadata/instantiates-bfd",
    title: "Metadata says that it is built on BFD and on the Bulk Data IG",
    requirements: ["SEED-81"],
    steps: ["metadata"],
    judge: (view) => {
      const metadata = view.one("metadata")
      const named = list(jsonOf(metadata), ["instantiates"]).map(String)
      // the page writes https where the IG's canonical has http; metadata/instantiates-ig is strict about it
      const bulk = named.some((url) => url.replace(/^https:/, "http:") === igCapability)
      const bfd = named.some((url) => isAbsoluteUrl(url) && /\/metadata\/?$/.test(new URL(url).pathname))
      return [
        assertion(metadata, "body $.instantiates", "the metadata of BFD", named, bfd),
        assertion(metadata, "body $.instantiates", "the CapabilityStatement of the IG", named, bulk)
      ]
    }
  },
  {
    id: "metadata/release",
    title: "Metadata names the release of the API",
    requirements: ["SEED-78"],
    steps: ["metadata"],
    judge: (view) => [
      // "latest" is what a BCDA says that somebody built for themselves
      member(
        view.one("metadata"),
        ["software", "version"],
        "an r with a number, or latest",
        (value) => isText(value) && /^(r\d+|latest)$/.test(value)
      )
    ]
  },
  {
    id: "metadata/software",
    title: "Metadata names the software, and when it was released",
    requirements: ["SEED-87"],
    steps: ["metadata"],
    judge: (view) => {
      const metadata = view.one("metadata")
      const latest = Date.parse(metadata.at) + clockSkewMillis
      return [
        member(metadata, ["software", "name"], apiName, (value) => value === apiName),
        member(
          metadata,
          ["software", "releaseDate"],
          `a time not after ${metadata.at}`,
          (value) => isText(value) && Date.parse(value) <= latest
        )
      ]
    }
  },
  {
    id: "metadata/formats",
    title: "Metadata lists both names of the JSON format",
    requirements: ["SEED-79"],
    steps: ["metadata"],
    judge: (view) =>
      ["application/json", "application/fhir+json"].map((format) =>
        member(view.one("metadata"), ["format"], format, (value) => list(value).includes(format))
      )
  },
  {
    id: "metadata/base-url",
    title: "Metadata names the base URL it was read from",
    requirements: ["SEED-80"],
    steps: ["metadata"],
    judge: (view) => {
      const { baseUrl } = view.target
      return [member(view.one("metadata"), ["implementation", "url"], baseUrl, (value) => value === baseUrl)]
    }
  },
  {
    id: "metadata/interactions",
    title: "Metadata is that of a server and lists its interactions",
    requirements: ["SEED-82"],
    steps: ["metadata"],
    judge: (view) => {
      const metadata = view.one("metadata")
      const codes = list(jsonOf(metadata), ["rest", 0, "interaction"]).map((one) => get(one, ["code"]))
      return [
        member(metadata, ["rest", 0, "mode"], "server", (value) => value === "server"),
        ...["batch", "search-system"].map((code) =>
          assertion(metadata, "body $.rest[0].interaction", code, codes, codes.includes(code))
        )
      ]
    }
  },
  {
    id: "metadata/security-service",
    title: "Metadata says that CORS is on and that tokens come by OAuth",
    requirements: ["SEED-86"],
    steps: ["metadata"],
    judge: (view) => {
      const metadata = view.one("metadata")
      const services = list(jsonOf(metadata), ["rest", 0, "security", "service"])
      const codes = services.flatMap((service) => list(service, ["coding"]).map((coding) => get(coding, ["code"])))
      return [
        member(metadata, ["rest", 0, "security", "cors"], "true", (value) => value === true),
        assertion(metadata, "body $.rest[0].security.service", "OAuth", codes, codes.includes("OAuth"))
      ]
    }
  }
]
