/**
 * HTML, SVG and XML put together from text that strangers wrote. Whatever is put into a template is text, unless it is markup itself: so nothing
 * that a server said can become an element, an attribute or a script.
 */

/** What is markup already. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A part of a template: text and numbers are escaped, markup is not, a list is its parts one after the other, and nothing is nothing. */
export type Part = Markup | string | number | undefined | false | ReadonlyArray<Part>

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

// What XML 1.0 cannot hold even when it is escaped: control characters, and halves of surrogate pairs.
const unwritable = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

/** Text as it may stand between tags and in quoted attributes, of HTML and of XML. */
export const escaped = (text: string): string =>
  text.replace(unwritable, "\ufffd").replace(/[&<>"']/g, (character) => escapes[character] ?? "")

const rendered = (part: Part): string => {
  if (part === undefined || part === false) return ""
  if (part instanceof Markup) return part.text
  return typeof part === "object" ? part.map(rendered).join("") : escaped(String(part))
}

/** A template of markup. Attributes that hold a part must be in quotes. */
export const markup = (strings: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Markup =>
  new Markup(strings.map((string, at) => string + rendered(parts[at])).join(""))
