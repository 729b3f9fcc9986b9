/** The JSON Schema of a line of `results.jsonl`, for readers in other languages; published with the package as `results.schema.json`. */
import { Schema } from "effect"
import { ResultLine } from "../Result.ts"

export const resultsSchema = (): { readonly [key: string]: unknown } => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(ResultLine)
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A line of results.jsonl of @bcda-kit/conformance, format 1",
    ...schema,
    ...(Object.keys(definitions).length > 0 && { $defs: definitions })
  }
}
