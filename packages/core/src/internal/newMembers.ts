import type { Scope } from "../ExportRequest.ts"

/**
 * What exports of what is new never bring, for people; `undefined` where nothing is missing. BCDA adds the whole history of people who are new
 * on the list to `Group/all` alone, and FHIR Bulk Data (`_since`) allows it for groups alone.
 */
export const newMembersMiss = (scope: Scope): string | undefined => {
  if (scope !== "patient" && scope !== "runout") return undefined
  const [where, otherwise] =
    scope === "patient"
      ? ["Patient", "A group can give them: on BCDA, Group/all. Or export everything anew when the list has changed."]
      : ["Group/runout", "Export everything anew when its list has changed."]
  return `Of people who come new onto the list of members, ${where} gives with since only what changed after it, as of all others: what they had before is in no export. ${otherwise}`
}
