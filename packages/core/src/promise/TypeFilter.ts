/** v3's type filter as plain data. */
import { Result, Schema } from "effect"
import { InvalidRequest } from "../Errors.ts"
import { TypeFilter } from "../TypeFilter.ts"
import { valid } from "./internal/Given.ts"
import { requestError } from "./internal/PlainErrors.ts"

export type { SystemType } from "../TypeFilter.ts"

type Data = (typeof TypeFilter)["Encoded"]

/** Which claims of a v3 export. All that is given must hold; at least one thing must be. */
export interface TypeFilterOptions extends Data {}

/** Settled claims: what an export gives that does not filter, without its file of warnings. */
export const adjudicated = TypeFilter.adjudicated

/** Claims on their way through the Shared Systems: v2's Claim and ClaimResponse. */
export const partiallyAdjudicated = TypeFilter.partiallyAdjudicated

/** Both. */
export const allClaims = TypeFilter.allClaims

/**
 * The filter as `typeFilter` of a request takes it: plain text, not URL-encoded. Throws `RequestError` for what can be no filter.
 *
 * **Example** (Final versions of partially adjudicated claims of 2026)
 *
 * ```ts
 * import { type RequestOptions, TypeFilter } from "@bcda-kit/core/promise"
 *
 * const typeFilter = TypeFilter.write({
 *   ...TypeFilter.partiallyAdjudicated,
 *   finalAction: true,
 *   serviceFrom: "2026-01-01",
 *   serviceTo: "2026-12-31"
 * })
 * export const request: RequestOptions = { types: ["ExplanationOfBenefit"], typeFilter }
 * ```
 */
export const write = (filter: TypeFilterOptions): string =>
  valid(
    () => new TypeFilter(filter),
    (detail) => requestError(new InvalidRequest({ detail: `type filter: ${detail}` }))
  ).text

/** Reads a filter's plain text. Throws `RequestError` with what is wrong with it, or with what it says that these options have no words for. */
export const parse = (text: string): TypeFilterOptions => {
  const read = TypeFilter.parse(text)
  if (Result.isFailure(read)) throw requestError(read.failure)
  return Schema.encodeSync(TypeFilter)(read.success)
}

/** What is wrong with a filter's plain text, in words; `undefined` if BCDA takes it and reads it as FHIR does. */
export const flaw = (text: string): string | undefined => TypeFilter.flaw(text)
