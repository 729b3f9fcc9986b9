/** The parameters of a kick-off, and what each does to the export. */
import type { Requirement } from "../Requirement.ts"
import { editions, inside, noFeature, noRequest, opposed, permission, rowsFor, unknownData } from "./Rows.ts"
import { ballot, stu2, stu3 } from "./Sources.ts"

const { may, shall, shallNot, should } = rowsFor("parameters", { igVersions: editions.fromStu2 })
const every = { igVersions: editions.every }
const from3 = { igVersions: editions.fromStu3 }
const inBallot = { igVersions: editions.ballot }

const query = stu2("export", "Query Parameters")
const query3 = stu3("export", "Query Parameters")
const typeFilter = stu2("export", "_typeFilter Experimental Query Parameter")
const typeFilter3 = stu3("export", "_typeFilter Query Parameter")

const format: ReadonlyArray<Requirement> = [
  shall("export#of-required", query, "A kick-off with _outputFormat is understood."),
  shall("export#of-ndjson", query, "NDJSON is to be had, and is what comes when no format is named.", every),
  shall("export#of-spellings", query, "application/fhir+ndjson, application/ndjson and ndjson all name that format.", {
    ...every
  }),
  may("export#of-others", query, "Other formats may be to be had as well.", {
    ...every,
    ...permission("A server with NDJSON alone is complete.")
  }),
  shall(
    "export#of-triggers-async",
    ballot("async", "Parameters"),
    "Where both asynchronous patterns exist, _outputFormat chooses the one with bulk files.",
    { ...inBallot, ...noFeature("It binds servers with two asynchronous patterns, and only the ballot says so.") }
  )
]

const time: ReadonlyArray<Requirement> = [
  shall("export#since-required", query, "A kick-off with _since, an instant, is understood."),
  shall("export#since-effect", query, "What changed after that instant is in the export.", {
    ...every
  }),
  may(
    "export#since-group-extra",
    query,
    "A group's export may have older data of people who joined it since, and documents that.",
    permission("Older data of new members may come or stay away.")
  ),
  may(
    "export#since-referenced",
    query,
    "What an exported resource refers to may come along, however old.",
    permission("Old resources that others refer to are free to come.")
  ),
  may(
    "export#since-no-lastupdated",
    query,
    "Resources without a date of change may come along.",
    permission("A resource without meta.lastUpdated breaks no filter by date.")
  ),
  may("export#until", query3, "_until bounds an export from above as _since does from below.", {
    ...from3,
    ...noFeature("BCDA does not have _until, and no kick-off sends it.")
  })
]

const types: ReadonlyArray<Requirement> = [
  shall("export#type-filter", query, "An export with _type has resources of the listed types only.", every),
  shall("export#type-default-all", query, "An export without _type has every type the client may see.", {
    ...every
  }),
  may("export#type-subset", query, "A server may export only the part of FHIR that a profile names.", {
    ...every,
    ...permission("How much of FHIR a server covers is its own affair.")
  }),
  should(
    "export#type-extra-documented",
    query,
    "Resources beyond the types asked for are described in the documentation.",
    inside("Whether an extra resource is documented is not said in the answer that has it.")
  ),
  should("export#type-unsupported-param", query, "A server without _type refuses it with an OperationOutcome.", {
    ...every,
    ...noFeature("It binds servers that cannot filter by type; BCDA can.")
  }),
  should("export#type-unknown", query, "A type the server does not have is refused with an OperationOutcome.", every),
  should(
    "export#type-outside-compartment",
    query,
    "Types that all lie outside the patient compartment are refused with an OperationOutcome."
  ),
  may(
    "export#lenient",
    query,
    "With Prefer: handling=lenient a wrong parameter may be overlooked.",
    permission("A server may insist on its error all the same.")
  )
]

const elements: ReadonlyArray<Requirement> = [
  should(
    "export#elements-omit",
    query,
    "With _elements, optional elements that it does not list stay away.",
    noFeature(
      "It binds servers with _elements; the one kick-off that has it is to be refused, as BCDA does, and nothing is fetched."
    )
  ),
  should(
    "export#elements-form",
    query,
    "An element is written with or without its resource type.",
    noFeature("A server without _elements, as BCDA is, refuses both forms alike.")
  ),
  shall(
    "export#elements-root",
    query,
    "Only elements at the root of a resource can be listed.",
    noFeature("A server without _elements refuses an element below another one as it refuses any; BCDA has none.")
  ),
  should(
    "export#elements-all-types",
    query,
    "An element without a type is meant for every type that has it.",
    noFeature("It shows in exports of two types with one _elements, which BCDA refuses.")
  ),
  should(
    "export#elements-mandatory",
    query,
    "Mandatory elements come whether they are listed or not.",
    noFeature("It binds servers with _elements, and takes their profiles to know what is mandatory.")
  ),
  should(
    "export#elements-subsetted",
    query,
    "A resource that was trimmed is tagged SUBSETTED.",
    noFeature("Trimmed resources come only from servers with _elements; tags would have to be recorded.")
  ),
  should("export#elements-unsupported", query, "A server without _elements refuses it with an OperationOutcome.")
]

const patients: ReadonlyArray<Requirement> = [
  shallNot(
    "export#patient-param-filter",
    query,
    "An export with patient has nothing from other people's compartments.",
    noFeature("The parameter goes with a POST, which BCDA does not take.")
  ),
  should(
    "export#patient-param-unknown",
    query,
    "A patient that is not there or not in the group is refused with an OperationOutcome.",
    noFeature("It binds servers that take a POST with patients.")
  ),
  should(
    "export#patient-param-unsupported",
    query,
    "A server without patient refuses it with an OperationOutcome.",
    opposed(
      "kickoff/unknown-parameter-ignored holds BCDA to ignoring what it does not know, and patient goes with a POST, which it has not."
    )
  )
]

const associated: ReadonlyArray<Requirement> = [
  shall(
    "export#iad-effect",
    query,
    "includeAssociatedData adds or leaves out the set that its value names.",
    noFeature("Claims have no Provenance, and BCDA does not know the parameter.")
  ),
  should(
    "export#iad-unsupported",
    query,
    "A value the server does not have is refused with an OperationOutcome.",
    opposed(
      "includeAssociatedData is one of the parameters that BCDA does not know, and kickoff/unknown-parameter-ignored holds it to ignoring those."
    )
  ),
  shall(
    "export#iad-conflict",
    query,
    "Of values that contradict each other the one with the most data wins.",
    noFeature("It takes a server with both Provenance values, and a kick-off with both.")
  ),
  may(
    "export#iad-custom",
    query,
    "A server may have values of its own, beginning with an underscore.",
    permission("Values of a server's own are nobody else's matter.")
  ),
  shall(
    "export#provenance-default",
    query,
    "With nothing said about it, all Provenance within the export's scope comes along.",
    unknownData("It takes a server that is known to hold Provenance about the people exported.")
  )
]

const filters: ReadonlyArray<Requirement> = [
  shall("export#tf-effect", query, "_typeFilter keeps of the types it names only what its query finds."),
  shall(
    "export#tf-or",
    typeFilter,
    "Several queries for one type are alternatives.",
    noRequest("It takes a kick-off with two queries; BCDA is known to take one only.")
  ),
  shallNot(
    "export#tf-no-result-params",
    query,
    "Parameters about the result, such as _include and _sort, have no place in _typeFilter."
  ),
  shall("export#tf-context", typeFilter3, "A query searches one resource type.", {
    ...from3,
    ...noRequest("It takes a _typeFilter across types or within a compartment.")
  }),
  should("export#tf-unsupported", query, "A query the server cannot run is refused with an OperationOutcome.")
]

const shaping: ReadonlyArray<Requirement> = [
  shall(
    "export#organize",
    query3,
    "organizeOutputBy groups a file by instances of one type, each under a header; without it each file has one type.",
    { ...from3, ...noFeature("It takes a server that organizes by some type, and BCDA has no organizeOutputBy.") }
  ),
  should("export#organize-unsupported", query3, "A type it cannot organize by is refused with an OperationOutcome.", {
    ...from3,
    ...opposed(
      "To BCDA organizeOutputBy is unknown, and by kickoff/unknown-parameter-ignored it may refuse nothing that is."
    )
  }),
  may(
    "export#partial-manifests",
    query3,
    "With allowPartialManifests there may be several manifests, the first ones while the job runs.",
    { ...from3, ...noFeature("No kick-off allows partial manifests, and BCDA has none.") }
  ),
  should(
    "async#min-file-size",
    ballot("async", "Parameters"),
    "_minimumFileSize is reached unless that breaks the maximum.",
    { ...inBallot, ...noFeature("Sizes can be asked for in the ballot only; no kick-off does.") }
  ),
  shall(
    "async#max-file-size",
    ballot("async", "Parameters"),
    "_maximumFileSize is kept, except for the last file or one huge resource; bounds are documented.",
    { ...inBallot, ...noFeature("An upper bound for files exists in the ballot only; no kick-off sets one.") }
  )
]

export const kickOffParameters: ReadonlyArray<Requirement> = [
  ...format,
  ...time,
  ...types,
  ...elements,
  ...patients,
  ...associated,
  ...filters,
  ...shaping
]
