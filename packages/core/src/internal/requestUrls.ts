/** Kick-off URLs, read as BCDA reads them: to tell whether two of them ask for the same export. */
import { Result } from "effect"
import { ExportRequest } from "../ExportRequest.ts"
import type { Target } from "../Target.ts"
import { TypeFilter } from "../TypeFilter.ts"
import { canonicalInstant } from "./instants.ts"

/** What BCDA takes from a kick-off URL; the rest it ignores. */
export interface RequestUrl {
  readonly version: string
  /** `Patient`, `Group/all`, ... */
  readonly what: string
  readonly types?: ReadonlyArray<string>
  readonly since?: string
  /** Decoded twice. */
  readonly typeFilter?: string
}

/** `undefined` for a URL that is none of BCDA's kick-offs. Host and scheme do not matter: something in front of BCDA may have others. */
export const readRequestUrl = (url: string): RequestUrl | undefined => {
  if (!URL.canParse(url, "http://relative")) return undefined
  const { pathname, search } = new URL(url, "http://relative")
  const [, version, what] = /\/api\/(v\d+)\/(Patient|Group\/[^/]+)\/(?:\$|%24)export$/.exec(pathname) ?? []
  if (version === undefined || what === undefined) return undefined
  const query = first(search.slice(1))
  const types = query.get("_type")?.split(",")
  const since = query.get("_since")
  const typeFilter = unescape(query.get("_typeFilter"))
  return {
    version,
    what: decodeURIComponent(what),
    ...(types !== undefined && { types }),
    ...(since !== undefined && { since }),
    ...(typeFilter !== undefined && { typeFilter })
  }
}

/** The same text for two kick-off URLs that lead to the same export; `undefined` if the URL is no kick-off. */
export const identityOf = (url: string): string | undefined => {
  const read = readRequestUrl(url)
  if (read === undefined) return undefined
  const { version, what, types, since, typeFilter } = read
  return JSON.stringify([
    version,
    what,
    types === undefined ? "default" : [...new Set(types)].toSorted(),
    since === undefined ? "ever" : canonicalInstant(since),
    typeFilter === undefined || version !== "v3" ? "unfiltered" : canonicalFilter(typeFilter)
  ])
}

/** The same text for two requests that the server of a target cannot tell apart. */
export const requestIdentity = ({ types, ...rest }: ExportRequest, target: Target): string => {
  const url = ExportRequest.toUrl(new ExportRequest({ ...rest, types: types?.toSorted() }), target)
  return (target.isBcda ? identityOf(url) : undefined) ?? url
}

const canonicalFilter = (text: string): string =>
  TypeFilter.parse(text).pipe(
    Result.map((filter) => filter.text),
    Result.getOrElse(() => text)
  )

/** The first value of each name, as Go's query parser has them: pairs that it cannot read are as good as absent. */
const first = (query: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const pair of query.split("&")) {
    if (pair.includes(";")) continue
    const at = pair.includes("=") ? pair.indexOf("=") : pair.length
    const name = unescape(pair.slice(0, at))
    const value = unescape(pair.slice(at + 1))
    if (name !== undefined && value !== undefined && !found.has(name)) found.set(name, value)
  }
  return found
}

const unescape = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    return undefined
  }
}
