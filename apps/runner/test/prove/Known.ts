import type { FaultName } from "@bcda-kit/sandbox"

/** What the suite cannot do yet. Each list only gets shorter: an entry that is no longer true turns the tests red, and so does one that is missing. */

/** Faults that no check sees. */
export const survivors: ReadonlyArray<FaultName> = []

/** Checks that no fault of the catalogue turns red; a mutation of the suite's own tests does. */
export const unkilled: ReadonlyArray<string> = [
  "assertion/validated",
  "assertion/once",
  "assertion/client-known",
  "assertion/key-known",
  "assertion/refusals-by-oauth",
  "assertion/taken"
]

/** Verdicts that should not be, as `SERVER VERDICT CHECK`: here it is the check that is wrong. */
export const falseAlarms: ReadonlyArray<string> = []
