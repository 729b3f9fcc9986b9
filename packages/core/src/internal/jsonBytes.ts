/** What of JSON is looked for in bytes. */
export const quote = 0x22
export const backslash = 0x5c
export const openBrace = 0x7b
export const closeBrace = 0x7d
export const openBracket = 0x5b
export const closeBracket = 0x5d
export const colon = 0x3a

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The key that says which type a resource is of. */
export const typeKey = utf8('"resourceType"')
