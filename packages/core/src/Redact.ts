/** Eleven characters in the shape of a Medicare Beneficiary Identifier, with or without its dashes. */
const mbi = /(?<![A-Z0-9])[1-9][A-Z][A-Z0-9][0-9]-?[A-Z][A-Z0-9][0-9]-?[A-Z]{2}[0-9]{2}(?![A-Z0-9])/gi
const jwt = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g

/**
 * Blanks what must not leave this machine in a message or a log: words shaped like an MBI, and tokens.
 * BCDA puts real MBIs into the texts of its error files.
 */
export const redact = (text: string): string => text.replace(mbi, "[MBI]").replace(jwt, "[token]")

/** A server's text as part of a message: redacted, on one line, not longer than 500 characters. */
export const quote = (text: string): string => redact(text).replace(/\s+/g, " ").trim().slice(0, 500)
