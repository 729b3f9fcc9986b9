/** What JSON on a page has to be: what the packages themselves would take it for. */
import { descriptorFromFile, ExpectedFailures, TargetFile } from "@bcda-kit/conformance"
import { decodeFaults } from "@bcda-kit/sandbox"
import { Effect, Result, Schema } from "effect"
import { ConfigFile } from "../../../apps/runner/src/config/ConfigFile.ts"

const strict = { onExcessProperty: "error" } as const
const decodeTarget = Schema.decodeUnknownSync(TargetFile, strict)

const schemas: Readonly<Record<string, (json: unknown) => unknown>> = {
  configuration: Schema.decodeUnknownSync(ConfigFile, strict),
  "expected failures": Schema.decodeUnknownSync(ExpectedFailures, strict),
  faults: (json) => Effect.runSync(decodeFaults(json)),
  target: (json) => Result.getOrThrow(descriptorFromFile(decodeTarget(json)))
}

/** What is wrong with the text, or nothing. */
export const wrongWith = (schema: string | undefined, text: string): string | undefined => {
  const check = schemas[schema ?? ""]
  if (check === undefined) return `JSON needs <!-- schema: NAME -->, one of ${Object.keys(schemas).join(", ")}`
  try {
    check(JSON.parse(text))
    return undefined
  } catch (error) {
    return String(error)
  }
}
