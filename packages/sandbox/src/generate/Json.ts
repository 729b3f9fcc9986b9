import { Brand } from "effect"

/**
 * JSON text exactly as BCDA writes it.
 *
 * BCDA reads what it is given into Go maps and prints them again, so every line has its object keys in byte order at every depth, no
 * whitespace, the shortest numbers, and Go's escapes (`<`, `>` and `&` as `\u003c`, `\u003e`, `\u0026`, and U+2028/U+2029). Sorting and
 * escaping each line anew would cost more than everything else here, so shapes are sorted and printed once, as {@link template}s with holes.
 */

/** Text that is already JSON. Only this module makes it. */
export type Json = string & Brand.Brand<"Json">
const json = Brand.nominal<Json>()

/** What a shape may be made of; holes come from {@link template}. */
export type Shape =
  | string
  | number
  | boolean
  | Hole
  | Constant
  | ReadonlyArray<Shape>
  | { readonly [key: string]: Shape }

declare const filledWith: unique symbol
/** Stands for a value of type `A` inside a shape; a string, so that it can be part of a longer text. */
export type Marker<A> = string & { readonly [filledWith]: A }

/** A place for a value that is not text: a number, or printed JSON. */
export class Hole {
  readonly marker: string
  readonly optional: boolean
  constructor(marker: string, optional: boolean) {
    this.marker = marker
    this.optional = optional
  }
}

/** Printed JSON used as a part of a shape. */
export class Constant {
  readonly json: Json
  constructor(json: Json) {
    this.json = json
  }
}

/** Puts a number or printed JSON into a shape. */
export const raw = (marker: Marker<Json> | Marker<number> | Marker<Json | number>): Hole => new Hole(marker, false)

/** Like {@link raw}, for a member that is left out, with its key, when the value is `undefined`. Only for members of objects. */
export const optional = (marker: Marker<Json | undefined> | Marker<number | undefined>): Hole => new Hole(marker, true)

/** Puts printed JSON, known when the shape is made, into a shape. */
export const constant = (json: Json): Constant => new Constant(json)

const OPEN = "\uE000"
const CLOSE = "\uE001"
const MARKER = /\uE000([^\uE001]*)\uE001/
/** Anything but characters that Go prints as they are; lone and paired surrogates take the slow way. */
const UNSAFE = /[^ !#-%'-;=?-[\]-\u2027\u202a-\ud7ff\ue000-\uffff]/
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f"
}

const escapeAll = (text: string): string => {
  let out = ""
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (SHORT[char] !== undefined) out += SHORT[char]
    else if (code < 0x20 || char === "<" || char === ">" || char === "&" || code === 0x2028 || code === 0x2029) {
      out += `\\u${code.toString(16).padStart(4, "0")}`
    } else if (code >= 0xd800 && code <= 0xdfff) out += "\\ufffd"
    else out += char
  }
  return out
}

/** Escapes text for the inside of a JSON string, without the quotes. */
export const escapeText = (text: string): string => (UNSAFE.test(text) ? escapeAll(text) : text)

/** Text as a JSON string. */
export const quote = (text: string): Json => json(`"${escapeText(text)}"`)

/** A whole number. */
export const integer = (value: number): Json => json(String(value))

export const TRUE = json("true")

/** A JSON array of printed parts; those that are `undefined` are left out. */
export const list = (parts: ReadonlyArray<Json | undefined>): Json => {
  let out = ""
  for (const part of parts) if (part !== undefined) out += out === "" ? part : `,${part}`
  return json(`[${out}]`)
}

/** Prints a shape without holes. Slow, like {@link template}: for what is made once, when a module loads. */
export const print = (shape: Shape): Json => template<NoHoles>(() => shape)(noHoles)

interface NoHoles {
  readonly none?: string
}
const noHoles: NoHoles = {}

const TEXT = 0
const RAW = 1
const OPTIONAL = 2

interface Part {
  readonly name: string
  readonly kind: typeof TEXT | typeof RAW | typeof OPTIONAL
  /** For an optional member: what to print around its value. */
  readonly before: string
  readonly behind: string
  /** The fixed text that follows. */
  after: string
}

class Printer {
  first = ""
  readonly parts: Array<Part> = []

  text(text: string): void {
    const last = this.parts.at(-1)
    if (last === undefined) this.first += text
    else last.after += text
  }

  hole(marker: string, kind: Part["kind"], before = "", behind = ""): void {
    this.parts.push({ name: MARKER.exec(marker)?.[1] ?? "", kind, before, behind, after: "" })
  }

  shape(shape: Shape): void {
    if (typeof shape === "string") this.string(shape)
    else if (typeof shape === "number" || typeof shape === "boolean") this.text(String(shape))
    else if (shape instanceof Constant) this.text(shape.json)
    else if (shape instanceof Hole) this.hole(shape.marker, RAW)
    else if (isList(shape)) {
      this.text("[")
      for (const [index, part] of shape.entries()) {
        if (index > 0) this.text(",")
        this.shape(part)
      }
      this.text("]")
    } else this.object(shape)
  }

  private string(text: string): void {
    this.text('"')
    for (const [index, piece] of text.split(new RegExp(`(${MARKER.source.replace("(", "(?:")})`)).entries()) {
      if (index % 2 === 1) this.hole(piece, TEXT)
      else this.text(escapeText(piece))
    }
    this.text('"')
  }

  private object(object: { readonly [key: string]: Shape }): void {
    const members = Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const anchor = members.findIndex(([, value]) => !(value instanceof Hole && value.optional))
    if (anchor < 0 && members.length > 0) throw new Error("an object needs a member that is always there")
    this.text("{")
    for (const [index, [key, value]] of members.entries()) {
      const name = `${quote(key)}:`
      if (value instanceof Hole && value.optional) {
        this.hole(value.marker, OPTIONAL, index < anchor ? name : `,${name}`, index < anchor ? "," : "")
      } else {
        this.text(index > anchor ? `,${name}` : name)
        this.shape(value)
      }
    }
    this.text("}")
  }
}

const isList = (shape: ReadonlyArray<Shape> | { readonly [key: string]: Shape }): shape is ReadonlyArray<Shape> =>
  Array.isArray(shape)

/** The values a template may take: text, numbers, printed JSON; `undefined` only where the shape says {@link optional}. */
export type Values = { readonly [name: string]: string | number | undefined }

/**
 * Prepares a shape for printing. Keys may be written in any order; they come out sorted.
 *
 * @example
 * const money = template<{ value: number }>((at) => ({ value: raw(at.value), currency: "USD" }))
 * money({ value: 37.5 }) // {"currency":"USD","value":37.5}
 */
export const template = <V extends { readonly [K in keyof V]: string | number | undefined }>(
  build: (at: { readonly [K in keyof V]: Marker<V[K]> }) => Shape
): ((values: V) => Json) => {
  // Every name is there: asking for it gives its marker.
  const markers: { readonly [K in keyof V]: Marker<V[K]> } = new Proxy(Object.create(null), {
    get: (_, name) => `${OPEN}${String(name)}${CLOSE}`
  })
  const printer = new Printer()
  printer.shape(build(markers))
  const { first, parts } = printer
  return (values) => {
    const given = values as Values
    let out = first
    for (const part of parts) {
      const value = given[part.name]
      if (part.kind === TEXT) out += escapeText(String(value)) + part.after
      else if (part.kind === RAW) out += String(value) + part.after
      else if (value === undefined) out += part.after
      else out += part.before + String(value) + part.behind + part.after
    }
    return json(out)
  }
}
