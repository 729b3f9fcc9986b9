import { Effect } from "effect"
import { readJson } from "./JsonFile.ts"

/** The list that a flag names; absent, the suite takes the one it ships. */
export const expectedOf = Effect.fnUntraced(function* (file: string | undefined) {
  if (file === undefined) return undefined
  if (file === "none") return []
  const { ExpectedFailures } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
  const { expected } = yield* readJson(file, ExpectedFailures, {
    what: "The expected failures cannot be used",
    kind: "a list of expected failures",
    next: "An entry has a check, a verdict, a reason, a link and a date for review; see the README of @bcda-kit/conformance."
  })
  return expected
})
