import type { Persona } from "../Personas.ts"

/**
 * Medicare's beneficiary identifiers, real and made-up ones, with or without dashes, also right behind a percent-encoded
 * character.
 */
const mbi = /(?:(?<![a-z0-9])|(?<=%[0-9a-f]{2}))[1-9][a-z][a-z0-9]\d-?[a-z][a-z0-9]\d-?[a-z]{2}\d{2}(?![a-z0-9])/gi

/** Text without beneficiary identifiers. */
export const withoutMbis = (text: string): string => text.replace(mbi, "mbi")

const jwt = /eyJ[\w-]+\.[\w-]+\.[\w-]*/g

/** `client_secret=…` in a query or form, `"client_secret":"…"` in JSON. */
const named =
  /("?\b(?:client_secret|client_assertion|password|access_token|refresh_token|secret|token)"?\s*[=:]\s*"?)([^"&\s,}]+)/gi

const secretHeader = /authorization|cookie|api-?key|token|secret|password/i

/** A scheme that says nothing secret; whatever else comes first may be the secret itself. */
const scheme = /^(basic|bearer|digest|negotiate|token)(\s+)(.*)$/is

/** How many secrets of a kind are told apart; the oldest are forgotten first. */
const mostNames = 10_000

/** Gives each value a name that stands for it, `token#1`, `token#2`, and the same one when the value comes again. */
const makeNames = (kind: string) => {
  const names = new Map<string, string>()
  let count = 0
  return {
    known: (value: string) => names.get(value),
    of: (value: string): string => {
      const name = names.get(value) ?? `${kind}#${++count}`
      names.set(value, name)
      const [oldest] = names.keys()
      if (names.size > mostNames && oldest !== undefined) names.delete(oldest)
      return name
    }
  }
}

/** Takes secrets out of what is kept, and leaves names by which a test can tell them apart. */
export interface Redactor {
  /** A token that the sandbox just issued. */
  readonly issued: (token: string) => string
  /** A header line's value. */
  readonly header: (name: string, value: string) => string
  /** Paths, queries and bodies. */
  readonly text: (text: string) => string
}

const decodeBasic = (encoded: string): readonly [string, string] | undefined => {
  try {
    const pair = atob(encoded)
    const colon = pair.indexOf(":")
    return colon === -1 ? undefined : [pair.slice(0, colon), pair.slice(colon + 1)]
  } catch {
    return undefined
  }
}

export const makeRedactor = (personas: ReadonlyArray<Persona>): Redactor => {
  const tokens = makeNames("token")
  const unknownTokens = makeNames("unknown-token")
  const clients = makeNames("client")
  const hidden = makeNames("secret")
  const clientIds = new Set(personas.map(({ clientId }) => clientId))
  const secrets = personas
    .flatMap(({ clientSecret }) => [clientSecret, encodeURIComponent(clientSecret)])
    .filter((secret) => secret !== "")

  const token = (value: string) => tokens.known(value) ?? unknownTokens.of(value)

  const text = (whole: string): string => {
    let rest = whole.replace(jwt, token)
    for (const secret of secrets) rest = rest.replaceAll(secret, () => hidden.of(secret))
    // What was replaced above is a name by now, and stays.
    rest = rest.replace(named, (all, before: string, value: string) =>
      /^[a-z-]+#\d+$/.test(value) ? all : `${before}${hidden.of(value)}`
    )
    return withoutMbis(rest)
  }

  const basic = (encoded: string): string => {
    const pair = decodeBasic(encoded)
    if (pair === undefined) return hidden.of(encoded)
    const [clientId, secret] = pair
    return `${clientIds.has(clientId) ? clientId : clients.of(clientId)}:${hidden.of(secret)}`
  }

  const authorization = (value: string): string => {
    const [, word = "", space = "", rest = ""] = scheme.exec(value) ?? []
    if (word === "") return value === "" ? "" : hidden.of(value)
    if (word.toLowerCase() === "basic") return `${word}${space}${basic(rest)}`
    return `${word}${space}${rest.replace(/\S+/g, token)}`
  }

  return {
    issued: (value) => tokens.of(value),
    header: (name, value) => {
      if (name.toLowerCase() === "authorization") return authorization(value)
      return secretHeader.test(name) ? hidden.of(value) : text(value)
    },
    text
  }
}
