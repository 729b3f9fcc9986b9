/** What a server says about itself: its CapabilityStatement and its documentation. */
import type { Requirement, Source } from "../Requirement.ts"
import { editions, inside, noRequest, rowsFor, unknownData } from "./Rows.ts"
import { stu2, stu3 } from "./Sources.ts"

const { should } = rowsFor("metadata", { igVersions: editions.fromStu2 })
const later = { igVersions: editions.fromStu3 }

const claiming = stu2("index", "Conformance")
const capability = stu2("export", "Server Capability Documentation")
const statement: Source = {
  document: "bulk-data",
  version: "2.0.0",
  section: "CapabilityStatement",
  url: "https://hl7.org/fhir/uv/bulkdata/STU2/CapabilityStatement-bulk-data.html"
}
const capability3 = stu3("export", "Server Capability Documentation")

export const declaring: ReadonlyArray<Requirement> = [
  should(
    "index#instantiates",
    claiming,
    "instantiates in the CapabilityStatement names the IG's own by its canonical, http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data."
  ),
  should(
    "export#capability-accurate",
    capability,
    "The CapabilityStatement declares the export operations that exist, and no others.",
    { strengthIn: { stu3: "SHALL", "stu4-ballot": "SHALL" } }
  ),
  should(
    "export#capability-op-name",
    capability,
    "Each export operation is declared with the canonical of the IG's OperationDefinition for its level."
  ),
  should(
    "export#capability-list-types",
    capability3,
    "rest.resource of the CapabilityStatement has an entry for every type that can be exported.",
    {
      ...later,
      ...unknownData("A run exports two types; which others a server could export is not to be seen from it.")
    }
  ),
  should(
    "export#capability-typefilter-params",
    capability3,
    "The searchParam lists of rest.resource name what _typeFilter understands.",
    { ...later, ...noRequest("No kick-off has a _typeFilter to hold against the search parameters declared.") }
  ),
  should(
    "export#capability-not-supported-ext",
    capability3,
    "What can be searched and not exported is marked with the operation-not-supported extension.",
    {
      ...later,
      ...noRequest("It takes reading the server's other FHIR API, which BCDA does not have and no scenario visits.")
    }
  ),
  should(
    "export#docs-topics",
    capability,
    "The documentation says which profiles, file sizes, extra resources, levels, parameters, formats, associated data and readings of _since there are.",
    inside("Documentation is prose on a web site; no exchange with the server shows it.")
  ),
  should(
    "artifacts#meet-capability-statement",
    statement,
    "A server that claims the IG's CapabilityStatement does what that statement asks for.",
    inside("It is the sum of all other rows: a run under an IG profile is its answer, and no single exchange.")
  )
]
