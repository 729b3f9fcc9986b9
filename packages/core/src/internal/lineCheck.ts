import { isAt } from "./bytes.ts"
import type { Engine } from "./engine.ts"
import {
  backslash,
  closeBrace,
  closeBracket,
  colon,
  openBrace,
  openBracket,
  quote,
  typeKey,
  utf8
} from "./jsonBytes.ts"
import { isJsonOfType } from "./jsonLine.ts"

/** What is wrong with a line. `detail` must not quote it: lines hold patient data. */
export interface LineFault {
  readonly detail: string
  /** Whether the beginning of a good line would look like this. */
  readonly torn: boolean
}

/** Looks at one line, without its line feed. */
export type LineCheck = (line: Uint8Array) => LineFault | undefined

/**
 * Each line parses as JSON and is an object whose `resourceType` is `type`. `onResource` sees every one of them; without it, only lines are parsed that a look at
 * JSON's grammar is not sure of.
 *
 * JSON's white space around the object is fine, and so is the carriage return that some servers put before the line feed. A line without
 * anything in it and a byte order mark are not: BCDA sends neither, and both are signs that something between has rewritten the file.
 */
export const jsonOfType = (
  engine: Engine,
  type: string,
  onResource?: (resource: { readonly [key: string]: unknown }) => void
): LineCheck => {
  const isSurelyGood = isJsonOfType(type)
  return (line) => {
    const fault = faultOfText(engine, line)
    if (fault !== undefined) return fault
    if (onResource === undefined && isSurelyGood(line)) return undefined
    let value: unknown
    try {
      value = JSON.parse(engine.toText(line))
    } catch {
      // The error's own message quotes the line.
      return { detail: "the line is not JSON", torn: true }
    }
    if (!isRecord(value)) return { detail: "the line is not a JSON object", torn: false }
    if (value["resourceType"] !== type) return otherType(type)
    onResource?.(value)
    return undefined
  }
}

/**
 * A look at the bytes alone, at many times the speed: each line is UTF-8, begins and ends as an object does, and names `type`, and no other
 * type outside of what it contains, as its `resourceType`. What lies between is not looked at: a line with a comma too many passes, and
 * one whose only `resourceType` belongs to something within it, other than what is `contained`.
 */
export const bytesOfType = (engine: Engine, type: string): LineCheck => {
  const named = utf8(`"resourceType":"${type}"`)
  return (line) => {
    const fault = faultOfText(engine, line)
    if (fault !== undefined) return fault
    let start = 0
    let end = line.length - 1
    while (isSpace(line[start])) start++
    while (isSpace(line[end])) end--
    if (line[start] !== openBrace) return { detail: "the line is not a JSON object", torn: false }
    if (end === start || line[end] !== closeBrace) return { detail: "the line is not a whole JSON object", torn: true }
    if (namesOnly(engine, line, named)) return undefined
    const types = nextTypeKey(engine, line, 0) === -1 ? [] : ownTypes(engine, line)
    return types.length > 0 && types.every((own) => own === type) ? undefined : otherType(type)
  }
}

/** How every line of a file can be checked: `json` parses each, `bytes` looks at the bytes alone. */
export type Verify = "json" | "bytes"

const otherType = (type: string): LineFault => ({ detail: `the line's resourceType is not ${type}`, torn: false })

const faultOfText = ({ isUtf8 }: Engine, line: Uint8Array): LineFault | undefined => {
  if (line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf) {
    return { detail: "the line starts with a byte order mark", torn: false }
  }
  if (!isUtf8(line)) return { detail: "the line is not UTF-8", torn: true }
  return line.length <= longestBlank && line.every(isSpace) ? { detail: "the line is empty", torn: false } : undefined
}

// Longer ones have something else wrong with them.
const longestBlank = 16

const typeKeyTail = utf8('Type"')
const containedKey = utf8('"contained":[')

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0d || byte === 0x09

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * Whether a line names the type, and no other, outside of its `contained`. It needs a look at the bytes in there alone, where `ownTypes` needs
 * one at all of them; no for strange lines, which may be fine all the same.
 */
const namesOnly = (engine: Engine, line: Uint8Array, named: Uint8Array): boolean => {
  let isNamed = false
  // Up to here it is known what lies in `contained`.
  let known = 0
  for (let at = nextTypeKey(engine, line, 0); at !== -1; ) {
    const inside = engine.indexOf(line.subarray(known, at), containedKey, 0)
    if (inside !== -1) {
      known = endOfList(line, known + inside + containedKey.length)
      if (at < known) at = nextTypeKey(engine, line, known)
      continue
    }
    if (!isAt(line, named, at)) return false
    isNamed = true
    known = at
    at = nextTypeKey(engine, line, at + named.length)
  }
  return isNamed
}

/** The index of the first `typeKey` at or after `from`, or -1. Its capital is rare in claims, and looking for that three times as fast as for the quote. */
const nextTypeKey = ({ indexOf }: Engine, line: Uint8Array, from: number): number => {
  for (let tail = indexOf(line, typeKeyTail, from); tail !== -1; tail = indexOf(line, typeKeyTail, tail + 1)) {
    const at = tail + typeKeyTail.length - typeKey.length
    if (at >= from && isAt(line, typeKey, at)) return at
  }
  return -1
}

/** The index after the list whose first element begins at `start`. */
const endOfList = (line: Uint8Array, start: number): number => {
  let depth = 1
  let at = start
  while (depth > 0 && at < line.length) {
    const byte = line[at]
    if (byte === quote) at = endOfString(line, at)
    else {
      if (byte === openBrace || byte === openBracket) depth++
      else if (byte === closeBrace || byte === closeBracket) depth--
      at++
    }
  }
  return at
}

/** The values of `resourceType` in the outermost object: for lines that name more than one, or put spaces in between. */
const ownTypes = ({ toText }: Engine, line: Uint8Array): ReadonlyArray<string> => {
  const types: Array<string> = []
  let depth = 0
  for (let at = 0; at < line.length; at++) {
    const byte = line[at]
    if (byte === openBrace || byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) depth--
    else if (byte === quote) {
      const end = endOfString(line, at)
      if (depth === 1 && end - at === typeKey.length && isAt(line, typeKey, at)) {
        let next = end
        while (isSpace(line[next])) next++
        if (line[next] === colon) {
          next++
          while (isSpace(line[next])) next++
          const valueEnd = line[next] === quote ? endOfString(line, next) : next
          types.push(toText(line.subarray(next + 1, Math.max(next + 1, valueEnd - 1))))
          at = Math.max(at, valueEnd - 1)
          continue
        }
      }
      at = end - 1
    }
  }
  return types
}

/** The index after the string that begins at `start`. */
const endOfString = (line: Uint8Array, start: number): number => {
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === backslash) at++
    else if (line[at] === quote) return at + 1
  }
  return line.length
}
