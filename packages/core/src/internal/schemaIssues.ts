import { SchemaIssue } from "effect"

const unexpected = "is not expected"

/** What may be wrong, in words of our own: those of a schema's author may quote the value. */
const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: ({ _tag }) => {
    if (_tag === "MissingKey") return "is missing"
    if (_tag === "UnexpectedKey") return unexpected
    return _tag === "InvalidType" ? "has another type" : "has a value that does not fit"
  },
  checkHook: () => "does not pass a check"
})

/** Most places that are named. */
const most = 5

/**
 * Where a value does not fit a schema and in what way, with nothing of the value. Keys are shown if they look like FHIR's, and as a question mark
 * otherwise: where anything may be a key, it may be somebody's number.
 */
export const whereIn = (issue: SchemaIssue.Issue): string =>
  shown(
    format(issue).issues.map(({ message, path = [] }) => {
      const keys = path.map((key) => (typeof key === "object" ? key.key : key))
      return [message === unexpected ? [...keys.slice(0, -1), "?"] : keys, message]
    })
  )

/** The same for places that another validator names, whose words may quote the value. */
export const whereAt = (paths: ReadonlyArray<ReadonlyArray<PropertyKey>>): string =>
  shown(paths.map((path) => [path, "does not fit"]))

const shown = (places: ReadonlyArray<readonly [ReadonlyArray<PropertyKey>, string]>): string => {
  const texts = places.map(([path, words]) => `${path.map(keyText).join(".") || "the resource"} ${words}`)
  const different = [...new Set(texts)]
  return different.slice(0, most).join("; ") + (different.length > most ? "; and more" : "")
}

const keyText = (key: PropertyKey): string => {
  const text = String(key)
  return /^(\d{1,9}|_?[a-z][A-Za-z]{0,63})$/.test(text) ? text : "?"
}
