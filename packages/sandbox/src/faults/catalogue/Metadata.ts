import { header } from "../../internal/Http.ts"
import { versionOfPath } from "../../internal/Judge.ts"
import { outcome } from "../../internal/OperationOutcome.ts"
import { editFirst, editing, editJson, editText, type Json, objectsOf, withHeader, without } from "../Edit.ts"
import { type Changes, fault, isRecord } from "../Fault.ts"

const where = ["metadata"] as const

const broken = (title: string, change: (statement: Json) => unknown) =>
  fault({ title, where, strike: () => editing(change) })

const rest = (title: string, change: (rest: Json) => unknown) =>
  broken(title, (statement) => editFirst(statement, "rest", change))

/** The whole text, for what stands deep inside. */
const words = (change: (text: string) => string): Changes => ({
  reply: (reply) => {
    const changed = editText(reply, change)
    return changed.body === reply.body ? reply : changed
  }
})

const inside = (statement: Json, name: string, change: (part: Json) => Json): Json => {
  const part = statement[name]
  return isRecord(part) ? { ...statement, [name]: change(part) } : statement
}

/** The CapabilityStatement. */
export const metadataFaults = {
  "metadata-without-instantiates": broken("metadata names no canonical of the bulk data guide", (statement) =>
    without(statement, "instantiates")
  ),
  "metadata-without-export": rest("metadata names no export operation", (rest) => {
    const { resource, ...others } = without(rest, "operation")
    if (!Array.isArray(resource)) return others
    return { ...others, resource: resource.filter(isRecord).map((one) => without(one, "operation")) }
  }),
  "metadata-operation-unknown": fault({
    title: "metadata names its operations export-everything",
    where,
    strike: () =>
      words((text) => text.replaceAll(/"name":"(?:(?:patient|group)-)?export"/g, '"name":"export-everything"'))
  }),
  "metadata-definition-wrong": fault({
    title: "metadata defines its operations elsewhere than the guide",
    where,
    strike: () =>
      words((text) => text.replaceAll("/uv/bulkdata/OperationDefinition/", "/uv/somewhere/OperationDefinition/"))
  }),
  "operation-named-export": fault({
    kind: "variant",
    title: "metadata names its operations export, as v3 does",
    where,
    strike: () => words((text) => text.replaceAll(/"name":"(?:patient|group)-export"/g, '"name":"export"'))
  }),
  "operation-named-patient-export": fault({
    kind: "variant",
    title: "metadata names its operations patient-export and group-export, as v1 and v2 do",
    where,
    strike: () =>
      words((text) =>
        text.replaceAll(
          /"name":"export","definition":"([^"]*\/)(patient|group)-export"/g,
          '"name":"$2-export","definition":"$1$2-export"'
        )
      )
  }),
  "metadata-needs-token": fault({
    title: "metadata is not shown without a token",
    where,
    strike: () => ({
      instead: ({ received }) =>
        header(received, "authorization") === ""
          ? outcome(versionOfPath(received.path), 401, "forbidden", "Invalid Token")
          : undefined
    })
  }),
  "metadata-not-statement": broken("metadata is no CapabilityStatement", (statement) => ({
    ...statement,
    resourceType: "Conformance"
  })),
  "metadata-retired": broken("metadata calls itself retired", (statement) => ({ ...statement, status: "retired" })),
  "metadata-fhir-version-wrong": broken("metadata says FHIR 5.0.0", (statement) => ({
    ...statement,
    fhirVersion: "5.0.0"
  })),
  "metadata-format-missing": broken("metadata names no formats", (statement) => without(statement, "format")),
  "metadata-release-wrong": broken("the software of metadata has a version that is no release", (statement) =>
    inside(statement, "software", (software) => ({ ...software, version: "next" }))
  ),
  "metadata-release-date-future": fault({
    title: "the software of metadata was released next week",
    where,
    strike: () => ({
      reply: (reply, { now }) =>
        editJson(reply, (statement) =>
          inside(statement, "software", (software) => ({
            ...software,
            releaseDate: new Date(now / 1000 + 7 * 24 * 3_600_000).toISOString()
          }))
        )
    })
  }),
  "metadata-software-wrong": broken("the software of metadata has another name", (statement) =>
    inside(statement, "software", (software) => ({ ...software, name: "Somebody's API" }))
  ),
  "metadata-url-wrong": broken("metadata says that it is on another host", (statement) =>
    inside(statement, "implementation", (implementation) => ({ ...implementation, url: "https://elsewhere.invalid" }))
  ),
  "metadata-token-url-wrong": fault({
    title: "metadata says that tokens come from another host",
    where,
    strike: () =>
      words((text) => text.replace(/"valueUri":"[^"]*"/, '"valueUri":"https://elsewhere.invalid/auth/token"'))
  }),
  "metadata-security-missing": rest("metadata says nothing about security", (rest) => without(rest, "security")),
  "metadata-mode-client": rest("metadata says that this is a client", (rest) => ({ ...rest, mode: "client" })),
  "metadata-interactions-missing": rest("metadata names no interactions", (rest) => without(rest, "interaction")),
  "metadata-without-rest": broken("metadata has no rest", (statement) =>
    objectsOf(statement, "rest").length === 0 ? statement : without(statement, "rest")
  ),
  "metadata-fhir-json": fault({
    kind: "variant",
    title: "metadata is sent as application/fhir+json",
    where,
    strike: () => ({ reply: (reply) => withHeader(reply, "Content-Type", "application/fhir+json") })
  })
}
