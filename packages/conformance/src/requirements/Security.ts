/** Who may have what, and over which kind of connection. */
import type { Requirement } from "../Requirement.ts"
import { editions, inside, noRequest, otherCredentials, permission, rowsFor, takesTime, wouldBurden } from "./Rows.ts"
import { stu2, stu3 } from "./Sources.ts"

const { may, shall, should, shouldNot } = rowsFor("security")
const from2 = { igVersions: editions.fromStu2 }
const from3 = { igVersions: editions.fromStu3 }

const security = stu2("export", "Privacy and Security Considerations")
const security3 = stu3("export", "Privacy and Security Considerations")
const roles = stu2("export", "Roles")

export const securityRows: ReadonlyArray<Requirement> = [
  shall(
    "export#sec-tls12",
    security,
    "No exchange is possible over anything older than TLS 1.2.",
    noRequest(
      "It takes handshakes with old protocol versions; the transport offers none, and a server on loopback speaks plain HTTP."
    )
  ),
  may(
    "export#sec-mtls",
    security,
    "A server may ask for a client certificate.",
    permission("A server that wants a client certificate is as right as one that does not.")
  ),
  should(
    "export#sec-oauth",
    security,
    "Access is managed by OAuth 2.0 as SMART Backend Services has it.",
    inside("How tokens are got is told to the suite by its target, not found out; BCDA wants a client id and a secret.")
  ),
  shall(
    "export#sec-status-same-auth",
    security,
    "A job's status is told only to those who could have started the job.",
    {
      ...from2,
      onlyIf: "smart"
    }
  ),
  shall(
    "export#sec-files-same-auth",
    security,
    "Files with requiresAccessToken true are given only to those who could have started the job.",
    { ...from2, onlyIf: "smart" }
  ),
  may("export#sec-originator-only", security, "Status and files may be kept for the client that started the job.", {
    ...from2,
    ...permission("Another client of the same rights may be served or refused.")
  }),
  may(
    "export#sec-other-schemes",
    security,
    "Some endpoints may be protected by signed URLs or certificates in place of OAuth.",
    permission("Signed URLs and certificates are a server's own choice.")
  ),
  should("export#sec-group-read", security3, "Only those who may read a Group may export it.", {
    ...from3,
    ...otherCredentials("It takes a client that may export and may not read one Group; BCDA's clients cannot read any.")
  }),
  shall("export#sec-group-business-rules", security3, "Access to a Group follows the rules of whoever keeps it.", {
    ...from3,
    ...inside("The rules are a matter between a server's operator and its clients.")
  }),
  shouldNot(
    "export#sec-no-delete-active-download",
    security,
    "A file that is being downloaded stays, even past its expiry.",
    takesTime("A download would have to last until the file expires, which is a day at BCDA.")
  ),
  shall("export#sec-limit-to-authorized", security, "Nobody is given data without being authorized for it."),
  should("export#sec-privacy-wishes", security, "People who do not want to share their data are left out.", {
    ...from2,
    ...inside("Who has opted out is known to the server alone; their absence looks like anybody's.")
  }),
  should(
    "export#sec-dos",
    security,
    "A flood of requests does not bring the server down.",
    wouldBurden("To show it one has to flood the server.")
  ),
  shall("export#role-auth-server", roles, "Somewhere a valid request for a token is given one.", from2),
  shall(
    "export#role-resource-server",
    roles,
    "Kick-offs are taken, a job's status is told, a manifest is given.",
    from2
  ),
  shall("export#role-file-server", roles, "Whatever URLs the manifest names, a GET on them gives files.", from2)
]
