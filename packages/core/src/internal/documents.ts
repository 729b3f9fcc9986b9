/** A body taken apart: the JSON documents at its start, one after the other, and whatever follows them. */
export interface Documents {
  readonly documents: ReadonlyArray<unknown>
  readonly rest: string
}

/**
 * Reads the objects and arrays at the start of a text. There are usually one or none, but BCDA writes two without a separator for an
 * archived job and for an empty job list, and an object followed by plain text for a file of an archived job.
 */
export const readDocuments = (text: string): Documents => {
  const documents: Array<unknown> = []
  let at = 0
  for (;;) {
    while (at < text.length && /\s/.test(text.charAt(at))) at++
    const end = endOfValue(text, at)
    if (end === undefined) break
    try {
      documents.push(JSON.parse(text.slice(at, end)))
    } catch {
      break
    }
    at = end
  }
  return { documents, rest: text.slice(at) }
}

/** The index after the object or array that begins at `start`; `undefined` if there is none or it does not close. */
const endOfValue = (text: string, start: number): number | undefined => {
  if (text[start] !== "{" && text[start] !== "[") return undefined
  let depth = 0
  let quoted = false
  for (let at = start; at < text.length; at++) {
    const char = text[at]
    if (quoted) {
      if (char === "\\") at++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === "{" || char === "[") depth++
    else if (char === "}" || char === "]") {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return undefined
}
