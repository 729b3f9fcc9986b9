/** Starting an export: where, by which method, with which headers, and what resources are meant. */
import type { Requirement } from "../Requirement.ts"
import { editions, noFeature, permission, rowsFor, unknownData } from "./Rows.ts"
import { ballot, stu2, stu3 } from "./Sources.ts"

const { may, shall, should } = rowsFor("kick-off")
const from2 = { igVersions: editions.fromStu2 }
const from3 = { igVersions: editions.fromStu3 }

const kickOff = stu2("export", "Bulk Data Kick-off Request")
const headers = stu2("export", "Headers")
const headers3 = stu3("export", "Headers")

const methods: ReadonlyArray<Requirement> = [
  shall(
    "export#kickoff-async",
    kickOff,
    "An export is asked for once, then followed at a status URL until it is done."
  ),
  shall("export#kickoff-get", kickOff, "A kick-off is taken as a GET.", {
    strengthIn: { "stu4-ballot": "SHALL NOT" }
  }),
  may("export#kickoff-post", kickOff, "A kick-off is taken as a POST of a Parameters resource.", {
    ...from2,
    strengthIn: { "stu4-ballot": "SHALL" }
  }),
  shall("export#kickoff-repeat", kickOff, "A parameter that is repeated means the same as one list with commas.", {
    igVersions: editions.stu2And3
  })
]

const endpoints: ReadonlyArray<Requirement> = [
  shall(
    "export#ep-patient",
    stu2("export", "Endpoint - All Patients"),
    "Patient/$export starts an export of all patients."
  ),
  shall(
    "export#ep-group",
    stu2("export", "Endpoint - Group of Patients"),
    "Group/[id]/$export starts an export of the group's members."
  ),
  shall(
    "export#ep-system",
    stu2("export", "Endpoint - System Level Export"),
    "$export at the base URL starts an export of everything, where that is offered.",
    noFeature("BCDA has no export of the whole system, and the scenarios ask for none.")
  ),
  should(
    "export#group-read-search",
    stu2("export", "Endpoint - Group of Patients"),
    "A server that exports groups lets clients read and search Group."
  )
]

const resources: ReadonlyArray<Requirement> = [
  should(
    "export#compartment",
    kickOff,
    "The patient compartment is where one looks up what belongs in an export.",
    unknownData("It guides who builds a server; which resources of a compartment exist there is not known outside.")
  ),
  should("export#patient-resources", kickOff, "An export about patients has their Patient resources.", from2),
  may(
    "export#extra-resources",
    kickOff,
    "Resources outside the compartment that help to read the data may come along.",
    permission("More than was asked for by type is the matter of type-filter; helpful extras are free.")
  ),
  shall("export#binary-as-docref", kickOff, "A Binary about a patient comes as a DocumentReference.", {
    ...from2,
    ...unknownData("Claims have no Binary, and a server would have to hold one about a patient.")
  }),
  may("export#binary-system", kickOff, "A Binary about nobody may come in an export of the whole system.", {
    ...from2,
    ...permission("It may as well be left out.")
  }),
  may(
    "export#references",
    kickOff,
    "References are relative, or absolute below the server's base URL.",
    unknownData("References are values of resources, and a recorded file keeps no values.")
  )
]

const kickOffHeaders: ReadonlyArray<Requirement> = [
  may("export#hdr-accept", headers, "A kick-off without Accept is an error, or taken for application/fhir+json.", {
    ...from2
  }),
  may("export#hdr-prefer", headers, "A kick-off without Prefer is an error, or taken as asynchronous.", from2),
  shall(
    "export#hdr-separate-status",
    headers3,
    "Prefer: separate-export-status, where understood, is confirmed in Preference-Applied together with respond-async.",
    { ...from3, ...noFeature("No kick-off prefers separate-export-status, and BCDA does not know it.") }
  ),
  shall(
    "export#hdr-separate-status-semantics",
    headers3,
    "After that a poll's status is about the poll, and X-Export-Status beside a 200 is about the job.",
    { ...from3, ...noFeature("It takes a job that was started with separate-export-status.") }
  ),
  shall(
    "async#prefer-support",
    ballot("async", "Headers"),
    "Prefer is understood along with an interaction's own headers, and Accept and _outputFormat if possible.",
    {
      igVersions: editions.ballot,
      ...noFeature("Only the ballot has it, and no profile judges by the ballot: it forbids the kick-off by GET.")
    }
  )
]

export const kickOffEndpoints: ReadonlyArray<Requirement> = [...methods, ...endpoints, ...resources, ...kickOffHeaders]
