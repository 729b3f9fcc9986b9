import { header, type Received } from "./Http.ts"
import { type Micros, parseHttpDate, second } from "./Time.ts"

/** Dates of files are compared in whole seconds, which is all that HTTP dates have. */
const wholeSeconds = (at: Micros): Micros => Math.floor(at / second) * second

/** Whether a list of entity tags is met: files have no tags, so that only a star is, before the first tag. */
const isStar = (list: string): boolean => list.replace(/^[\s,]+/, "").startsWith("*")

/**
 * What Go's `http.ServeContent` answers before it looks at the file, or undefined to go on. A header about entity tags
 * takes the place of the one about dates.
 */
export const precondition = (received: Received, modified: Micros): 304 | 412 | undefined => {
  const changed = wholeSeconds(modified)
  const ifMatch = header(received, "if-match")
  if (ifMatch !== "") {
    if (!isStar(ifMatch)) return 412
  } else {
    const unmodifiedSince = parseHttpDate(header(received, "if-unmodified-since"))
    if (unmodifiedSince !== undefined && changed > unmodifiedSince) return 412
  }
  const ifNoneMatch = header(received, "if-none-match")
  if (ifNoneMatch !== "") return isStar(ifNoneMatch) ? 304 : undefined
  const modifiedSince = parseHttpDate(header(received, "if-modified-since"))
  return modifiedSince !== undefined && changed <= modifiedSince ? 304 : undefined
}

/** The Range header, unless `If-Range` says that the client knows another file: a tag, no date, or another date. */
export const rangeHeader = (received: Received, modified: Micros): string => {
  const range = header(received, "range")
  const ifRange = header(received, "if-range")
  return ifRange === "" || parseHttpDate(ifRange) === wholeSeconds(modified) ? range : ""
}
