/** The manifest of a finished job, member by member. */
import type { Requirement } from "../Requirement.ts"
import { editions, noFeature, noRequest, permission, rowsFor, unknownData } from "./Rows.ts"
import { ballot, stu2, stu3 } from "./Sources.ts"

const { may, shall, shallNot, should, shouldNot } = rowsFor("manifest")
const from2 = { igVersions: editions.fromStu2 }
const from3 = { igVersions: editions.fromStu3 }
const until3 = { igVersions: editions.untilStu3 }

const fields = stu2("export", "Response - Complete Status")
const fields3 = stu3("export", "Response - Output Manifest")

const about: ReadonlyArray<Requirement> = [
  shall("export#m-transactionTime", fields, "transactionTime is there, and is a FHIR instant."),
  shouldNot(
    "export#m-transactionTime-upper",
    fields,
    "Nothing that changed after transactionTime is in the files.",
    unknownData("Dates of change are values of resources, and recorded files keep none.")
  ),
  shall(
    "export#m-transactionTime-lower",
    fields,
    "All that had changed by transactionTime is in the files.",
    unknownData("It takes writing to the server's source and looking for what was written.")
  ),
  shall("export#m-request", fields, "request is there, and is the whole URL of the kick-off.", until3),
  shall("export#m-rat", fields, "requiresAccessToken is there, and is a boolean."),
  shall("export#m-rat-true", fields, "It is true where API and files both want a bearer token."),
  may(
    "export#m-rat-false",
    fields,
    "It may be false where files are protected in another way.",
    permission("A server with other protection may still say true.")
  )
]

const output: ReadonlyArray<Requirement> = [
  shall("export#m-output", fields, "output is there, an array with an item for each file.", {
    strengthIn: { "stu4-ballot": "MAY" }
  }),
  should("export#m-output-empty", fields, "With no data to export it is empty.", {
    ...until3
  }),
  shall("export#m-item-type", fields, "An item of output names its resource type."),
  shall("export#m-item-url", fields, "An item of output has an absolute URL.", from2),
  should("export#m-item-url-format", fields, "The file is of the format that was asked for."),
  shall("export#m-one-type", fields, "A file has resources of one type, which its item names."),
  may(
    "export#m-many-files",
    fields,
    "A type may be spread over several files of any size.",
    permission("One file for each type or many: both are fine.")
  ),
  shouldNot("export#m-no-empty-item", fields, "A type without data has no item.", { igVersions: editions.stu1And2 }),
  may("export#m-contained", fields, "A resource may contain others of other types.", {
    igVersions: editions.stu1And2,
    ...permission("Only the resource at the root of a line has to be of the file's type.")
  }),
  shall("export#m-count", fields, "count of an item, where given, is the number of its file's resources as a number."),
  shall(
    "export#m-organized-by",
    fields3,
    "A manifest of organized files says so in outputOrganizedBy, has no type in its items, and links parts of a block.",
    { ...from3, ...noFeature("Organized files come only when organizeOutputBy asked for them.") }
  )
]

const deleted: ReadonlyArray<Requirement> = [
  should(
    "export#m-deleted",
    fields,
    "deleted, where given, is an array of files of Bundles; with _since it is filled.",
    from2
  ),
  shallNot("export#m-deleted-exclusive", fields, "A resource listed as deleted is not in output too.", {
    ...from2,
    ...unknownData("It takes something that was deleted since an earlier export, and ids from both files.")
  }),
  shall("export#m-deleted-bundle", fields, "A line there is a transaction Bundle of DELETE requests with URLs.", {
    ...from2,
    ...noFeature("BCDA lists no deleted files, so there is none to fetch.")
  })
]

const messages: ReadonlyArray<Requirement> = [
  shall("export#m-error", fields, "error is there, an array of files with messages.", until3),
  should("export#m-error-messages", fields, "Messages stand there and never in output; with none it is empty."),
  shall("export#m-error-files", fields, "Its files hold OperationOutcomes, in the format of the other files."),
  should("export#m-error-lenient", fields, "A parameter that was overlooked has an OperationOutcome there.", {
    ...from2,
    ...noRequest("No kick-off asks for lenient handling of a wrong parameter.")
  })
]

const more: ReadonlyArray<Requirement> = [
  shall(
    "export#m-link",
    fields3,
    "link leads from one page of a manifest to the next, whose other members are the same.",
    { ...from3, ...noFeature("A manifest has pages only when partial ones were allowed.") }
  ),
  shall(
    "export#m-extension",
    fields,
    "extension, where given, is an object with a server's own data; in the ballot an array of Extensions."
  ),
  may(
    "export#m-stu4-new",
    ballot("async", "Response - Output Manifest"),
    "manifestType, outputFormat, fileSize and countSeverity tell more.",
    { igVersions: editions.ballot, ...permission("They are new in the ballot, and none of them has to be there.") }
  )
]

export const manifestRows: ReadonlyArray<Requirement> = [...about, ...output, ...deleted, ...messages, ...more]
