/** Eleven characters in the shape of a Medicare Beneficiary Identifier, with or without its dashes. */
const mbi = /(?<![A-Z0-9])[1-9][A-Z][A-Z0-9][0-9]-?[A-Z][A-Z0-9][0-9]-?[A-Z]{2}[0-9]{2}(?![A-Z0-9])/gi
const jwt = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g

/** Secrets and tokens of this process that have no shape of their own, the latest last. */
const known = new Set<string>()
// A client gets a token every 18 minutes: those of a day.
const most = 100
// A shorter one would blank words.
const shortest = 8

/**
 * Remembers a secret that was sent, so that `redact` blanks it wherever it comes back: a server or a proxy may quote a request in its error.
 *
 * @internal
 */
export const remember = (secret: string): void => {
  if (secret.length < shortest) return
  known.delete(secret)
  known.add(secret)
  const [oldest] = known
  if (known.size > most && oldest !== undefined) known.delete(oldest)
}

/**
 * Blanks what must not leave this machine in a message or a log: words shaped like an MBI, tokens, and the secrets of this process.
 * BCDA puts real MBIs into the texts of its error files.
 */
export const redact = (text: string): string => {
  const open = [...known].reduce((blanked, secret) => blanked.replaceAll(secret, "[secret]"), text)
  return open.replace(mbi, "[MBI]").replace(jwt, "[token]")
}

/** A server's text as part of a message: redacted, on one line, not longer than 500 characters. */
export const quote = (text: string): string => redact(text).replace(/\s+/g, " ").trim().slice(0, 500)
