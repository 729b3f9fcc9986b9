import { isAt } from "./bytes.ts"
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

// JSON's grammar over bytes. `JSON.parse` makes objects of everything, which takes more than twice as long as looking, and most lines are only looked at.

const comma = 0x2c
const minus = 0x2d
const zero = 0x30

/** FHIR's resources have some ten levels. A line with more than this is for the parser. */
const deepest = 128

const words = [utf8("true"), utf8("false"), utf8("null")]
const escapes = utf8('"\\/bfnrt')

/**
 * A look at a line of UTF-8 that says whether it is surely one JSON object, of which every `resourceType` of its own is `type`, and there is one. If it says no, that means nothing: a
 * parser must say what is wrong, if anything is.
 */
export const isJsonOfType = (type: string): ((line: Uint8Array) => boolean) => {
  const named = utf8(JSON.stringify(type))
  const isObject = new Uint8Array(deepest)
  let depth = 0
  let isNamed = false
  /** The index of the value whose key begins at `at`; -1 if there is none, or it is not the type. */
  const takeKey = (line: Uint8Array, at: number): number => {
    const value = afterKey(line, at)
    if (value === -1 || depth > 1) return value
    const isType = isTypeKey(line, at)
    if (isType === false) return value
    isNamed = true
    return isType === true && isAt(line, named, value) ? value : -1
  }
  return (line) => {
    depth = 0
    isNamed = false
    let at = afterSpace(line, 0)
    if (line[at] !== openBrace) return false
    for (;;) {
      // A value begins here.
      const byte = line[at]
      if (byte === quote) at = afterString(line, at)
      else if (byte === openBrace || byte === openBracket) {
        if (depth === deepest) return false
        isObject[depth++] = byte === openBrace ? 1 : 0
        at = afterSpace(line, at + 1)
        if (line[at] !== (byte === openBrace ? closeBrace : closeBracket)) {
          if (byte === openBracket) continue
          at = takeKey(line, at)
          if (at === -1) return false
          continue
        }
        at++
        depth--
      } else at = byte === minus || isDigit(byte) ? afterNumber(line, at) : afterWord(line, at)
      if (at === -1) return false
      // A value has ended here.
      for (;;) {
        at = afterSpace(line, at)
        if (depth === 0) return at === line.length && isNamed
        const next = line[at]
        const inObject = isObject[depth - 1] === 1
        if (next === comma) {
          at = afterSpace(line, at + 1)
          if (inObject) at = takeKey(line, at)
          if (at === -1) return false
          break
        }
        if (next !== (inObject ? closeBrace : closeBracket)) return false
        at++
        depth--
      }
    }
  }
}

const afterSpace = (line: Uint8Array, at: number): number => {
  while (at < line.length) {
    const byte = line[at]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a) break
    at++
  }
  return at
}

/** The index after the string that begins at `at`, or -1. */
const afterString = (line: Uint8Array, at: number): number => {
  at++
  for (;;) {
    let byte = line[at]
    while (byte !== undefined && byte >= 0x20 && byte !== quote && byte !== backslash) byte = line[++at]
    if (byte === quote) return at + 1
    if (byte !== backslash) return -1
    const escape = line[at + 1] ?? 0
    if (escape === 0x75) {
      for (let digit = at + 2; digit < at + 6; digit++) if (!isHex(line[digit])) return -1
      at += 6
    } else if (escapes.includes(escape)) at += 2
    else return -1
  }
}

/** The index of the value whose key begins at `at`, or -1. */
const afterKey = (line: Uint8Array, at: number): number => {
  if (line[at] !== quote) return -1
  const end = afterString(line, at)
  if (end === -1) return -1
  const next = afterSpace(line, end)
  return line[next] === colon ? afterSpace(line, next + 1) : -1
}

/** Whether a key is `resourceType`; `undefined` where it could be, spelt in another way. */
const isTypeKey = (line: Uint8Array, at: number): boolean | undefined => {
  for (let next = at + 1; line[next] !== quote; next++) if (line[next] === backslash) return undefined
  return isAt(line, typeKey, at)
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= 0x39

const isHex = (byte: number | undefined): boolean =>
  isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)

const afterDigits = (line: Uint8Array, at: number): number => {
  if (!isDigit(line[at])) return -1
  while (isDigit(line[at])) at++
  return at
}

const afterNumber = (line: Uint8Array, at: number): number => {
  if (line[at] === minus) at++
  at = line[at] === zero ? at + 1 : afterDigits(line, at)
  if (at !== -1 && line[at] === 0x2e) at = afterDigits(line, at + 1)
  if (at !== -1 && ((line[at] ?? 0) | 0x20) === 0x65) {
    const sign = line[at + 1]
    at = afterDigits(line, sign === 0x2b || sign === minus ? at + 2 : at + 1)
  }
  return at
}

const afterWord = (line: Uint8Array, at: number): number => {
  for (const word of words) if (isAt(line, word, at)) return at + word.length
  return -1
}
