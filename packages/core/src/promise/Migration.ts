/** From API v1 and v2 to v3: CMS removes the former on 2027-07-30. */
import { Result } from "effect"
import * as Core from "../Migration.ts"
import type { ApiVersion } from "../Target.ts"
import { plainRequest, requestOf } from "./internal/Given.ts"
import { requestError } from "./internal/PlainErrors.ts"
import type { RequestOptions } from "./Options.ts"

export type { MigrationNote, MigrationOptions } from "../Migration.ts"

/** A request of v1 or v2 as v3 has it. */
export interface Migration {
  readonly request: RequestOptions
  readonly notes: ReadonlyArray<Core.MigrationNote>
}

/**
 * The v3 request that brings what a v1 or v2 request brought, and what changes. Without `since`: v3 has other ids and its claims count as
 * changed since March 2026 at the earliest, so what was gathered from v2 cannot be continued, only replaced.
 */
export const toV3 = (request: RequestOptions, options: Core.MigrationOptions): Migration => {
  const { notes, request: made } = Core.toV3(requestOf(request), options)
  return { request: plainRequest(made), notes }
}

/** Reads a kick-off URL of BCDA, as found in a script or in the list of jobs, the way the server reads it. Throws `RequestError` for any other. */
export const readUrl = (url: string): { readonly apiVersion: ApiVersion; readonly request: RequestOptions } => {
  const read = Core.readUrl(url)
  if (Result.isFailure(read)) throw requestError(read.failure)
  const { apiVersion, request } = read.success
  return { apiVersion, request: plainRequest(request) }
}
