/** The documents that the rows come from, and how a place in them is named. */
import type { Source } from "../Requirement.ts"

/** The anchor that the IG's publisher makes of a heading; `nth` counts earlier headings with the same words. */
const anchor = (heading: string, nth: number): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, "")
    .replaceAll(" ", "-") + (nth === 0 ? "" : `-${nth}`)

const igAt =
  (version: string, path: string) =>
  (page: string, section: string, nth = 0): Source => ({
    document: "bulk-data",
    version,
    section,
    url: `https://hl7.org/fhir/uv/bulkdata/${path}/${page}.html#${anchor(section, nth)}`
  })

/** A place in STU2 of the Bulk Data Access IG, the edition BCDA follows. */
export const stu2 = igAt("2.0.0", "STU2")
/** A place in STU3, for what STU2 does not have. */
export const stu3 = igAt("3.0.0", "STU3")
/** A place in the STU4 ballot, for what only the ballot has. */
export const ballot = igAt("4.0.0-ballot", "4.0.0-202609-ballot")

/** A place in SMART App Launch 2.2, of which Backend Services is a part. STU1 of the Bulk Data IG had a page of its own on this. */
export const smart = (
  page: "backend-services" | "client-confidential-asymmetric" | "conformance",
  section: string
): Source => ({
  document: "smart",
  version: "2.2.0",
  section,
  url: `https://hl7.org/fhir/smart-app-launch/STU2.2/${page}.html`
})

/** A heading of the page "How to Access Claims Data", as it was when its example of metadata named release r231. */
export const accessPage = (section: string): Source => ({
  document: "page",
  version: "2024-09, release r231",
  section,
  url: "https://bcda.cms.gov/api-documentation/access-claims-data.html"
})

const commit = "35f8adcbde417d90a2ddf31d59cc44b4339c59f2"

/** A part of BCDA's own source, read at one commit. */
export const bcdaSource = (section: string, path: string): Source => ({
  document: "bcda",
  version: `CMSgov/bcda-app ${commit.slice(0, 8)}`,
  section,
  url: `https://github.com/CMSgov/bcda-app/blob/${commit}/${path}`
})
