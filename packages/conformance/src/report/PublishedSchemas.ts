/**
 * The JSON Schemas that are published with the package, for readers and writers in other languages and for editors: of what the suite writes,
 * and of the files that it reads, in which a member it does not know is an error.
 */
import { Schema } from "effect"
import { ExpectedFailures } from "../ExpectedFailures.ts"
import { Proof } from "../prove/Proof.ts"
import { ResultLine } from "../Result.ts"
import { TargetFile } from "../TargetDescriptor.ts"

type JsonSchema = { readonly [key: string]: unknown }

const of = (title: string, schema: Schema.Top, onExcessProperty: "error" | "ignore"): JsonSchema => {
  const document = Schema.toJsonSchemaDocument(schema, { onExcessProperty })
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    ...document.schema,
    ...(Object.keys(document.definitions).length > 0 && { $defs: document.definitions })
  }
}

/** By the name of their files. */
export const publishedSchemas: Readonly<Record<string, () => JsonSchema>> = {
  "results.schema.json": () => of("A line of results.jsonl of @bcda-kit/conformance, format 1", ResultLine, "ignore"),
  "prove.schema.json": () => of("prove.json of @bcda-kit/conformance, format 1", Proof, "ignore"),
  "target.schema.json": () => of("A target file of @bcda-kit/conformance", TargetFile, "error"),
  "expected.schema.json": () =>
    of("A list of expected failures of @bcda-kit/conformance, format 1", ExpectedFailures, "error")
}
