/** Finds what looks like a secret in a configuration: files like it are committed, mailed and shown. What is found is never repeated. */

/** Members that other programs keep secrets in. `secrets` and its members name variables, and are looked at by their values. */
const secretName =
  /^(?:.*[_-])?(?:client[_-]?secret|secret|password|passwd|passphrase|token|access[_-]?token|private[_-]?key|api[_-]?key|key|pem|jwk|jwks|credentials)$/i

/** Members whose values may well be long and random, and are no secrets. */
const known = new Set(["group", "keyId", "typeFilter", "type", "since", "$schema", "tokenScope"])

const looksSecret = (text: string): boolean =>
  /-----BEGIN [A-Z ]+-----/.test(text) ||
  /^(?:Basic|Bearer)\s+\S/i.test(text) ||
  /^ey[\w-]+\.[\w-]+\./.test(text) ||
  /^\s*\{.*"(?:d|kty|keys)"/s.test(text) ||
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s]*:[^/\s]*@/i.test(text) ||
  // Long, of one piece, letters and digits mixed: as CMS's client secrets are.
  (/^[A-Za-z0-9+/=_-]{32,}$/.test(text) &&
    (text.match(/\d/g) ?? []).length >= 4 &&
    /[A-Za-z]/.test(text) &&
    !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))

/** Where the first of them is, as a path such as `targets.acme.clientSecret`. */
export const findSecret = (value: unknown, path: ReadonlyArray<string> = []): string | undefined => {
  const name = path.at(-1) ?? ""
  if (typeof value === "string") return !known.has(name) && looksSecret(value) ? path.join(".") : undefined
  if (typeof value !== "object" || value === null) return undefined
  const areNames = name === "secrets"
  for (const [member, inner] of Object.entries(value)) {
    // A target, a preset and a variable may be called as they like.
    const isFree = areNames || (path.length === 1 && (name === "targets" || name === "presets"))
    if (!isFree && secretName.test(member)) return [...path, member].join(".")
    const found = findSecret(inner, [...path, member])
    if (found !== undefined) return found
  }
  return undefined
}
