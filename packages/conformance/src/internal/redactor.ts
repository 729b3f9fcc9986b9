/**
 * Redaction at capture: everything recorded passes through here first, so that no later step can leak what was never stored.
 *
 * Known secrets (the client secret, the Basic value, every token a server hands out) are replaced by stable tags. Unknown ones are caught
 * by their shape: JWTs, signatures in URL queries, Medicare identifiers. Cookies go entirely.
 */

/** A shorter string would turn up by chance inside ordinary words and URLs. */
const shortest = 6

const jwt = /\beyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*/g
const mbi = /\b[1-9][A-Z][A-Z0-9][0-9][A-Z][A-Z0-9][0-9][A-Z]{2}[0-9]{2}\b/g
const signedQuery =
  /([?&](?:X-Amz-[\w-]+|X-Goog-[\w-]+|Signature|sig|access_token|token|Key-Pair-Id|Policy)=)[^&"\s]+/gi
const secretMembers = new Set(["access_token", "refresh_token", "id_token", "client_secret", "client_assertion"])
const secretHeaders = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie"])

export interface Redactor {
  /** Registers a secret under a tag such as `client-secret`; the same secret keeps its first tag. */
  readonly hide: (name: string, secret: string) => string
  /** Registers every secret member of a JSON body, so that the text and all later ones are clean. */
  readonly hideMembers: (body: string) => void
  readonly text: (text: string) => string
  readonly headers: (headers: Readonly<Record<string, string>>) => Record<string, string>
}

export const makeRedactor = (): Redactor => {
  const tags = new Map<string, string>()
  const counters = new Map<string, number>()

  const hide = (name: string, secret: string): string => {
    const known = tags.get(secret)
    if (known !== undefined) return known
    const count = (counters.get(name) ?? 0) + 1
    counters.set(name, count)
    const tag = `[${name}#${count}]`
    if (secret.length >= shortest) {
      tags.set(secret, tag)
      const encoded = encodeURIComponent(secret)
      if (encoded !== secret) tags.set(encoded, tag)
    }
    return tag
  }

  const text = (input: string): string => {
    let out = input
    // longest first: a secret may contain another one
    for (const [secret, tag] of [...tags].toSorted(([a], [b]) => b.length - a.length)) out = out.replaceAll(secret, tag)
    return out.replace(jwt, "[jwt]").replace(signedQuery, "$1[signature]").replace(mbi, "[mbi]")
  }

  const hideMembers = (body: string): void => {
    let value: unknown
    try {
      value = JSON.parse(body)
    } catch {
      return
    }
    const visit = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return
      for (const [name, member] of Object.entries(node)) {
        if (secretMembers.has(name) && typeof member === "string" && member !== "") hide("token", member)
        else visit(member)
      }
    }
    visit(value)
  }

  const headers = (input: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(input)
        .map(([name, value]) => [name.toLowerCase(), value] as const)
        .filter(([name]) => name !== "authorization")
        .map(([name, value]) => [name, secretHeaders.has(name) ? "[hidden]" : text(value)])
    )

  return { hide, hideMembers, text, headers }
}
