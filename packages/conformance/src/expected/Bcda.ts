/**
 * What BCDA is known to break today, as far as a check looks at it. Each entry has its place in BCDA's source, read at one commit; the
 * registry's `TODAY-…` rows say the same from the server's side. To be looked at again when CMS releases, and by the dates given.
 */
import type { ExpectedFailure } from "../ExpectedFailures.ts"
import type { ProfileId } from "../Profile.ts"
import { bcdaSource } from "../requirements/Sources.ts"

const at = (path: string): string => bcdaSource("", path).url ?? ""

const review = "2027-03-31"

/** A BCDA has its habits whoever judges it: every profile in which the IG or OAuth count. */
const igProfiles: readonly [ProfileId, ...Array<ProfileId>] = ["bcda-today", "ig-stu2", "ig-stu3", "ig-stu4-ballot"]

/** By the IG and by OAuth. The page says nothing of these, or says the same. */
const byTheIg: ReadonlyArray<ExpectedFailure> = [
  {
    check: "token/expires-in-number",
    verdict: "warn",
    at: ["body $.expires_in"],
    profiles: igProfiles,
    reason: "BCDA's token service writes expires_in as a string; clients have come to live with it.",
    link: "https://github.com/CMSgov/bcda-ssas-app/blob/main/ssas/service/public/api.go",
    review
  },
  {
    check: "status/retry-after",
    verdict: "warn",
    at: ["header retry-after"],
    profiles: igProfiles,
    reason: "BCDA sends no Retry-After while a job runs; the IG recommends it.",
    link: at("bcda/api/requests.go"),
    review
  },
  {
    check: "status/expires",
    verdict: "warn",
    at: ["header expires"],
    profiles: igProfiles,
    reason: "BCDA writes Expires as Go prints a time, which is no HTTP date.",
    link: at("bcda/api/requests.go"),
    review
  },
  {
    check: "manifest/repeated-type",
    verdict: "fail",
    at: ["body $.output"],
    profiles: ["bcda-today", "ig-stu2", "ig-stu3"],
    reason: "Of several _type parameters BCDA reads the first only, and says nothing of the others.",
    link: at("bcda/web/middleware/validation.go"),
    review
  },
  {
    check: "metadata/group-read",
    verdict: "warn",
    at: ["status", "body $.resourceType"],
    profiles: igProfiles,
    reason: "BCDA has two groups, whose ids stand in its documentation; they can be exported and not read.",
    link: at("bcda/web/router.go"),
    review
  }
]

/** By the page. */
const byThePage: ReadonlyArray<ExpectedFailure> = [
  {
    check: "status/progress-literal",
    verdict: "fail",
    at: ["header x-progress"],
    profiles: ["bcda-today", "bcda-page"],
    reason: "The page shows In Progress, 80%; BCDA writes In Progress (80%).",
    link: at("bcda/models/models.go"),
    review
  },
  {
    check: "jobs/none-404",
    verdict: "fail",
    at: ["body", "body $.resourceType", "body $.issue"],
    profiles: ["bcda-today", "bcda-page"],
    reason: "When there is nothing to list, BCDA goes on after its 404 and writes an empty Bundle behind it.",
    link: at("bcda/api/requests.go"),
    review
  }
]

/** Every entry for a BCDA. */
export const bcdaExpected: ReadonlyArray<ExpectedFailure> = [...byTheIg, ...byThePage]
