import { Schema } from "effect"
import { goJson, utf8 } from "../../internal/Http.ts"
import { type Json, without } from "../Edit.ts"
import { type Changes, type FaultKind, type FaultPlace, fault, faultWith, isRecord } from "../Fault.ts"
import { editEveryLine, editLines, editOneLine } from "../Lines.ts"
import { whole } from "../Option.ts"

type Places = readonly [FaultPlace, ...ReadonlyArray<FaultPlace>]

const where: Places = ["file", "error-file"]

/** Outcomes have no ids. */
const dataOnly: Places = ["file"]

const file = (change: NonNullable<Changes["file"]>, title: string, kind: FaultKind = "fault", places = where) =>
  fault({ kind, title, where: places, strike: () => ({ file: change }) })

const line = Schema.Struct({ line: whole(2, "number of the line, from 1; the last one when there are fewer") })

/** A change of one line. */
const one = (title: string, edit: (line: string, before: string | undefined) => string | Uint8Array, places = where) =>
  faultWith(line, { title, where: places, strike: ({ line }) => ({ file: editOneLine(line, edit) }) })

/** The resource of a line, if it (still) is one. */
const resourceOf = (line: string): Json | undefined => {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A change of the resource in one line. */
const oneResource = (title: string, edit: (resource: Json, before: Json | undefined) => Json, places = where) =>
  one(
    title,
    (line, before) => {
      const resource = resourceOf(line)
      const last = before === undefined ? undefined : resourceOf(before)
      return `${resource === undefined ? line : goJson(edit(resource, last))}\n`
    },
    places
  )

/** What is in a file. gzip stays whole, lengths and ranges fit. */
export const contentFaults = {
  "line-broken": one(
    "a line is cut in half, and the next one begins as usual",
    (line) => `${line.slice(0, line.length / 2)}\n`
  ),
  "line-not-object": one("a line is a list instead of an object", (line) => `[${line}]\n`),
  "line-blank": one("a blank line stands before a line", (line) => `\n${line}\n`),
  "line-over-several": one("a resource is printed over several lines", (line) => {
    const resource = resourceOf(line)
    return `${resource === undefined ? line : JSON.stringify(resource, null, 2)}\n`
  }),
  "line-keys-doubled": one(
    "a member of a resource stands there twice",
    (line) => `${line.replace("{", '{"resourceType":"Basic",')}\n`
  ),
  "line-not-utf8": one("a line has bytes that are no UTF-8", (line) => {
    const bytes = utf8(`${line}\n`)
    bytes.set([0xc3, 0x28], Math.floor(line.length / 2))
    return bytes
  }),
  "line-of-another-type": oneResource("one resource is of another type than the file", (resource) => ({
    ...resource,
    resourceType: "Organization"
  })),
  "id-twice": oneResource(
    "two resources of a file have the same id",
    (resource, before) => (before === undefined ? resource : { ...resource, id: before["id"] }),
    dataOnly
  ),
  "id-missing": oneResource("a resource has no id", (resource) => without(resource, "id"), dataOnly),
  "resource-type-missing": oneResource("a resource has no resourceType", (resource) =>
    without(resource, "resourceType")
  ),
  "file-truncated": file(
    editLines(async function* (lines) {
      let held: string | undefined
      for await (const line of lines) {
        if (held !== undefined) yield `${held}\n`
        held = line
      }
      if (held !== undefined) yield held.slice(0, held.length / 2)
    }),
    "a file ends in the middle of its last line, though everything was sent"
  ),
  "file-empty": file(
    editLines(async function* () {
      yield ""
    }),
    "a file has no lines"
  ),
  "file-not-ndjson": file(
    editLines(async function* (lines) {
      let separator = "["
      for await (const line of lines) {
        yield `${separator}${line}`
        separator = ","
      }
      yield "]"
    }),
    "a file is one JSON list instead of lines"
  ),
  "data-of-another-job": file(
    editEveryLine((line) => line.replaceAll(/("(?:id|reference)":"(?:Patient\/)?)([^"]*\d)"/g, '$1$29999999"')),
    "a file holds other people's data: ids and references that no other file of the job knows",
    "fault",
    dataOnly
  ),
  "patient-ids-positive": file(
    editEveryLine((line) => line.replaceAll(/("id":"|Patient\/)-(?=\d)/g, "$1")),
    "ids of people are not negative, as if they were real",
    "fault",
    dataOnly
  ),
  "file-bom": file(
    editLines(async function* (lines) {
      yield "\uFEFF"
      for await (const line of lines) yield `${line}\n`
    }),
    "a file begins with a byte order mark"
  ),
  "file-crlf": file(
    editLines(async function* (lines) {
      for await (const line of lines) yield `${line}\r\n`
    }),
    "lines end in CR LF",
    "variant"
  ),
  "file-without-last-newline": file(
    editLines(async function* (lines) {
      let separator = ""
      for await (const line of lines) {
        yield `${separator}${line}`
        separator = "\n"
      }
    }),
    "the last line of a file has no newline",
    "variant"
  ),
  "error-file-not-outcomes": fault({
    title: "lines of an error file are no OperationOutcomes",
    where: ["error-file"],
    strike: () => ({ file: editEveryLine((line) => line.replace('"OperationOutcome"', '"Basic"')) })
  }),
  "error-file-fatal": fault({
    title: "an error file reports something fatal",
    where: ["error-file"],
    strike: () => ({ file: editEveryLine((line) => line.replace(/"severity":"\w+"/, '"severity":"fatal"')) })
  })
}
