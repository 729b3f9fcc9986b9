import { Option } from "effect"
import { Flag } from "effect/cli"
import * as Flags from "./Flags.ts"

/** By what to judge: flags of a run and of judging it again. */
export const judgingFlags = {
  profile: Flag.Literals("profile", ["bcda-today", "bcda-page", "ig-stu2", "ig-stu3", "ig-stu4-ballot"]).pipe(
    Flag.withDescription(
      "Against whose statements to judge. Default: bcda-today, and the target's edition of the IG where it is no BCDA"
    ),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  ),
  expected: Flags.path(
    "expected",
    "FILE|none",
    "Known breaches, which do not count and turn the run red once they are mended. Default: what BCDA is known to break"
  ),
  only: Flags.list("only", "ID,ID", "Checks such as manifest/output, or areas such as manifest. Default: all")
}
