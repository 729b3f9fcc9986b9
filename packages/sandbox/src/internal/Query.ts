/**
 * Query strings as Go's `net/url` reads them, which is not how the WHATWG URL does: pairs with a semicolon or a bad
 * escape are dropped as if they were absent, and `+` is a space.
 */
export interface Query {
  /** Pairs in the order of the request. */
  readonly pairs: ReadonlyArray<readonly [name: string, value: string]>
  /** First value of a name, or undefined. */
  readonly first: (name: string) => string | undefined
  /** All values of a name. */
  readonly all: (name: string) => ReadonlyArray<string>
}

const decoder = new TextDecoder()

/** Go's `url.QueryUnescape`: undefined for a bad escape. */
export const queryUnescape = (text: string): string | undefined => {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined
  const spaced = text.replaceAll("+", " ")
  if (!spaced.includes("%")) return spaced
  const bytes: Array<number> = []
  const encoded = new TextEncoder().encode(spaced)
  for (let at = 0; at < encoded.length; at++) {
    const byte = encoded[at] ?? 0
    if (byte === 0x25) {
      bytes.push(Number.parseInt(String.fromCharCode(encoded[at + 1] ?? 0, encoded[at + 2] ?? 0), 16))
      at += 2
    } else bytes.push(byte)
  }
  return decoder.decode(Uint8Array.from(bytes))
}

/** Reads a raw query (without its `?`). */
export const parseQuery = (raw: string): Query => {
  const pairs: Array<readonly [string, string]> = []
  for (const pair of raw.split("&")) {
    if (pair === "" || pair.includes(";")) continue
    const equals = pair.indexOf("=")
    const name = queryUnescape(equals === -1 ? pair : pair.slice(0, equals))
    const value = queryUnescape(equals === -1 ? "" : pair.slice(equals + 1))
    if (name !== undefined && value !== undefined) pairs.push([name, value])
  }
  const all = (name: string) => pairs.filter(([key]) => key === name).map(([, value]) => value)
  return { pairs, all, first: (name) => all(name)[0] }
}
