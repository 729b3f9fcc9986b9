/**
 * A profile says against whose statements a server is judged: the same exchanges, other requirements.
 */
import { Schema } from "effect"
import { Document, IgVersion, type Requirement } from "./Requirement.ts"
import type { TargetDescriptor } from "./TargetDescriptor.ts"

/** Whose statements a server is judged by: BCDA's as it is, CMS's page, or an edition of the IG. */
export const ProfileId = Schema.Literals(["bcda-today", "bcda-page", "ig-stu2", "ig-stu3", "ig-stu4-ballot"])
export type ProfileId = typeof ProfileId.Type

/** A choice of requirements, and what their breach is worth. */
export const Profile = Schema.Struct({
  id: ProfileId,
  title: Schema.String,
  /** Whose statements count. */
  documents: Schema.Array(Document),
  /** The edition of the IG that counts, where the IG counts. */
  ig: Schema.optionalKey(IgVersion)
})
export type Profile = typeof Profile.Type

/**
 * The profiles of this version. Under the STU4 ballot kick-offs go by POST, since it forbids GET; on a target that declares no POST, BCDA
 * among them, nothing that takes a job is applicable.
 */
export const profiles: Readonly<Record<ProfileId, Profile>> = {
  "bcda-today": {
    id: "bcda-today",
    title: "BCDA as it is: the Bulk Data IG (STU2), what CMS promises, and what BCDA is known to do",
    documents: ["bulk-data", "smart", "page", "bcda"],
    ig: "stu2"
  },
  "bcda-page": { id: "bcda-page", title: "What CMS's public page on BCDA promises", documents: ["page"] },
  "ig-stu2": { id: "ig-stu2", title: "Bulk Data Access IG, STU2", documents: ["bulk-data", "smart"], ig: "stu2" },
  "ig-stu3": { id: "ig-stu3", title: "Bulk Data Access IG, STU3", documents: ["bulk-data", "smart"], ig: "stu3" },
  "ig-stu4-ballot": {
    id: "ig-stu4-ballot",
    title: "Bulk Data Access IG, ballot of STU4",
    documents: ["bulk-data", "smart"],
    ig: "stu4-ballot"
  }
}

/** What a target is judged by when nobody says: a BCDA as it is, any other server by its edition of the IG and by nothing of CMS's. */
export const profileFor = ({ apiVersion, ig }: Pick<TargetDescriptor, "apiVersion" | "ig">): ProfileId => {
  if (apiVersion !== "fhir") return "bcda-today"
  // STU1 has no profile; what it has and STU2 has not is next to nothing
  return ig === "stu1" ? "ig-stu2" : `ig-${ig}`
}

/** Whether a requirement counts under a profile. */
export const counts = (profile: Profile, requirement: Requirement): boolean =>
  profile.documents.includes(requirement.source.document) &&
  (requirement.igVersions.length === 0 || (profile.ig !== undefined && requirement.igVersions.includes(profile.ig)))
