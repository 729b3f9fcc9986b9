/**
 * Redaction at capture: everything recorded passes through here first, so that no later step can leak what was never stored.
 *
 * Known secrets (the client secret, the Basic value, every token a server hands out) are replaced by stable tags. Unknown ones are caught
 * by their shape: JWTs, signatures in URL queries, Medicare identifiers. Tags are numbered, so that what was the same can be told from what
 * was not. Cookies go entirely.
 */

import type { FileFacts, Spot } from "../Exchange.ts"

/** A shorter string would turn up by chance inside ordinary words and URLs. */
const shortest = 6

const jwt = /eyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*/g
// with or without its dashes, and also right behind an escaped character of a URL
const mbi =
  /(?:(?<![A-Z0-9])|(?<=%[0-9A-F]{2}))[1-9][A-Z][A-Z0-9][0-9]-?[A-Z][A-Z0-9][0-9]-?[A-Z]{2}[0-9]{2}(?![A-Z0-9])/gi
const signedQuery =
  /([?&](?:X-Amz-[\w-]+|X-Goog-[\w-]+|Signature|sig|access_token|token|Key-Pair-Id|Policy)=)(?!\[)([^&"\s]+)/gi
const secretMembers = new Set(["access_token", "refresh_token", "id_token", "client_secret", "client_assertion"])
const secretHeaders = new Set(["proxy-authorization", "cookie", "set-cookie", "x-amz-security-token", "x-api-key"])

/** Names as FHIR writes them. A server that puts something else there has it left out: it may be anything. */
const typeName = /^[A-Za-z][A-Za-z0-9]{0,63}$/
const memberName = /^[A-Za-z_][\w.-]{0,63}$/

export interface Redactor {
  /** Registers a secret under a tag such as `client-secret`; the same secret keeps its first tag. */
  readonly hide: (name: string, secret: string) => string
  readonly text: (text: string) => string
  /** The text of a body. Every secret member in it is registered first, so that this and all later texts are clean. */
  readonly body: (body: string) => string
  readonly headers: (headers: Readonly<Record<string, string>>) => Record<string, string>
  /** A `resourceType`, or what a manifest says is one. */
  readonly type: (type: string) => string
  /** The facts of a file, without what is not a name where names belong. */
  readonly facts: (facts: FileFacts) => FileFacts
}

export const makeRedactor = (): Redactor => {
  const tags = new Map<string, string>()
  /** Tags of what is known by its shape: found by it, so never looked for. */
  const shaped = new Map<string, string>()
  const counters = new Map<string, number>()

  const next = (name: string): string => {
    const count = (counters.get(name) ?? 0) + 1
    counters.set(name, count)
    return `[${name}#${count}]`
  }

  const hide = (name: string, secret: string): string => {
    const known = tags.get(secret)
    if (known !== undefined) return known
    const tag = next(name)
    if (secret.length >= shortest) for (const form of formsOf(secret)) tags.set(form, tag)
    return tag
  }

  const tagOf = (name: string, value: string): string => {
    const tag = shaped.get(value) ?? next(name)
    shaped.set(value, tag)
    return tag
  }

  const text = (input: string): string => {
    let out = input
    // longest first: a secret may contain another one
    for (const [secret, tag] of [...tags].toSorted(([a], [b]) => b.length - a.length)) out = out.replaceAll(secret, tag)
    return out
      .replace(signedQuery, (_, name: string, value: string) => name + tagOf("signature", value))
      .replace(jwt, (value) => tagOf("jwt", value))
      .replace(mbi, (value) => tagOf("mbi", value.replaceAll("-", "").toUpperCase()))
  }

  const hideMembers = (body: string): void => {
    let value: unknown
    try {
      value = JSON.parse(body)
    } catch {
      return
    }
    // no recursion: how deep it goes is the server's choice
    const open = [value]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (typeof node !== "object" || node === null) continue
      for (const [name, member] of Object.entries(node)) {
        if (secretMembers.has(name) && typeof member === "string" && member !== "") hide("token", member)
        else open.push(member)
      }
    }
  }

  const body = (input: string): string => {
    hideMembers(input)
    return text(unescaped(input))
  }

  const headers = (input: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(input)
        .map(([name, value]) => [text(name).toLowerCase(), value] as const)
        .filter(([name]) => name !== "authorization")
        .map(([name, value]) => [name, secretHeaders.has(name) ? "[hidden]" : text(value)])
    )

  const type = (value: string): string => (value === "" || typeName.test(value) ? text(value) : "[no type name]")

  const facts = (input: FileFacts): FileFacts => {
    const types: Record<string, number> = {}
    for (const [name, count] of Object.entries(input.types)) types[type(name)] = (types[type(name)] ?? 0) + count
    const firsts: Record<string, Spot> = {}
    for (const [name, spot] of Object.entries(input.spots.types)) firsts[type(name)] ??= spot
    const named = { ...input, types, spots: { ...input.spots, types: firsts } }
    if (input.first === undefined) return named
    const members = input.first.members.map((name) => (memberName.test(name) ? text(name) : "[no member name]"))
    return { ...named, first: { ...input.first, members } }
  }

  return { hide, text, body, headers, type, facts }
}

/** How a secret may stand in a URL, a form or a JSON string. */
const formsOf = (secret: string): ReadonlySet<string> => {
  const encoded = encodeURIComponent(secret)
  const lower = encoded.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())
  return new Set([secret, encoded, lower, encoded.replaceAll("%20", "+"), JSON.stringify(secret).slice(1, -1)])
}

/**
 * JSON without the escapes that it could do without: `\u0026` as Go writes `&`, `\/` as PHP writes `/`. Behind them a secret would not be
 * recognized, and be itself again once the text is parsed. Only what stays the same JSON is replaced.
 */
const unescaped = (text: string): string =>
  text.replace(/\\(?:u00([2-7][0-9a-f])|(.))/gi, (escape, hex: string | undefined, other: string | undefined) => {
    if (other !== undefined) return other === "/" ? "/" : escape
    const character = String.fromCharCode(Number.parseInt(hex ?? "", 16))
    return character === '"' || character === "\\" ? escape : character
  })
