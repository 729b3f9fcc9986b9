import type { VerdictKind, VerdictLine } from "../Result.ts"

/** What needs a look first. */
export const order: ReadonlyArray<VerdictKind> = [
  "engine-error",
  "fail",
  "blocked",
  "warn",
  "info",
  "expected-fail",
  "pass",
  "not-applicable",
  "not-run"
]

/** Verdicts that a person should look at. */
export const troubles: ReadonlySet<VerdictKind> = new Set(["engine-error", "fail", "blocked", "warn", "info"])

/** The gravest first, otherwise as they were decided. */
export const byGravity = (verdicts: ReadonlyArray<VerdictLine>): ReadonlyArray<VerdictLine> =>
  verdicts.toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
