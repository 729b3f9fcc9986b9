/** The files of a finished job, and what their resources attach. */
import type { Requirement } from "../Requirement.ts"
import { editions, noFeature, permission, rowsFor, unknownData } from "./Rows.ts"
import { stu2, stu3 } from "./Sources.ts"

const { may, shall, should } = rowsFor("files")
const from2 = { igVersions: editions.fromStu2 }
const from3 = { igVersions: editions.fromStu3 }

const request = stu2("export", "Bulk Data Output File Request")
const request3 = stu3("export", "Bulk Data Output File Request")
const success = stu2("export", "Response - Success", 2)
const success3 = stu3("export", "Response - Success", 2)
const attachments = stu2("export", "Attachments")

export const fileRows: ReadonlyArray<Requirement> = [
  shall("export#f-get", stu2("export", "Endpoint", 2), "A file is fetched by a GET on the URL of its item."),
  shall("export#f-token", request, "Where requiresAccessToken is true, a file is not given out without a valid token."),
  shall("export#f-capability-url", request3, "Where it is false, the URL alone opens the file, for a limited time.", {
    ...from3
  }),
  may("export#f-renewed-links", request3, "A manifest that is read again may have new URLs and a new Expires.", {
    ...from3,
    ...permission("URLs that stay the same are fine too, and status/stays-done expects them where there are no pages.")
  }),
  shall("export#f-latest-version", request, "Of each resource there is the latest version only."),
  may(
    "export#f-meta",
    request,
    "Whether resources have meta is the server's choice.",
    permission("Lines with meta and lines without are equally good.")
  ),
  shall(
    "export#f-encoding",
    stu3("export", "Headers", 1),
    "A file comes plain, or in an encoding that was accepted.",
    from3
  ),
  shall("export#f-content-encoding", success3, "A compressed file says so in Content-Encoding.", from3),
  shall("export#f-200", success, "A file that can be fetched is answered 200."),
  shall("export#f-ctype", success, "An NDJSON file is sent as application/fhir+ndjson."),
  shall("export#f-ndjson", success, "A file is NDJSON: one FHIR resource on each line."),
  shall("export#f-error", stu2("export", "Response - Error"), "A file that is not given out is answered 4XX or 5XX."),
  shall(
    "export#f-organized-blocks",
    stu3("export", "Bulk Data Output File Organization"),
    "In an organized file a header comes before each instance and what refers to it, again where a block goes on.",
    { ...from3, ...noFeature("No job here asks for organized files.") }
  ),
  should("export#att-type", attachments, "An attachment has its contentType, and its data or a URL.", {
    ...from2,
    ...unknownData("Claims attach nothing, and recorded files would not show it.")
  }),
  shall("export#att-url", attachments, "An attachment's URL is absolute and leads to its content.", {
    ...from2,
    ...unknownData("It takes a DocumentReference among the data, which BCDA does not have.")
  }),
  shall(
    "export#att-auth",
    attachments,
    "It opens with the token where files want one, and without where they do not.",
    {
      ...from2,
      ...unknownData("There is no attachment to fetch with the token and without it.")
    }
  )
]
