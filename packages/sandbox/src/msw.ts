import { Effect, Scope } from "effect"
import { type HttpHandler, http } from "msw/http"
import { makeSandbox, type Sandbox, type SandboxOptions } from "./Sandbox.ts"

/** What msw handlers can be told. */
export interface SandboxHandlersOptions extends SandboxOptions {
  /** Origin to stand in for. Default: CMS's own sandbox, `https://sandbox.bcda.cms.gov`. */
  readonly origin?: string
  /** A sandbox made elsewhere, for example under a TestClock; all options but `origin` are then ignored. */
  readonly sandbox?: Sandbox
}

/**
 * Handlers for msw that answer every request to BCDA's origin. Works in Node (`setupServer`) and in browsers
 * (`setupWorker`). A sandbox made here lives as long as the program and keeps its files in memory.
 *
 * @example
 * const server = setupServer(...sandboxHandlers({ seed: 7 }))
 * server.listen()
 */
export const sandboxHandlers = (options: SandboxHandlersOptions = {}): Array<HttpHandler> => {
  const { origin = "https://sandbox.bcda.cms.gov", sandbox, ...rest } = options
  const made = sandbox ?? Effect.runSync(Scope.provide(makeSandbox(rest), Scope.makeUnsafe()))
  return [http.all(`${origin}/*`, ({ request }) => made.fetch(request))]
}
