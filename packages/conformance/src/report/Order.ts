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

/** What each verdict says, in a few words. */
export const meanings: Readonly<Record<VerdictKind, string>> = {
  "engine-error": "a fault of the suite itself",
  fail: "a SHALL or a promise is broken",
  blocked: "something before it failed",
  warn: "a recommendation is missed, or what is known of the server has changed",
  info: "what a server may do is done otherwise",
  "expected-fail": "a breach that was listed beforehand",
  pass: "every assertion held",
  "not-applicable": "the server has no such thing",
  "not-run": "not chosen, not done to this server, or not due yet"
}
