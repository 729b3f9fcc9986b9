import { Effect, Scope } from "effect"
import { type HttpHandler, http } from "msw/http"
import { handlesOf, type SandboxHandles } from "./Handles.ts"
import { makeSandbox, type Sandbox, type SandboxOptions } from "./Sandbox.ts"

/** What msw handlers can be told. */
export interface SandboxHandlersOptions extends SandboxOptions {
  /** Origin to stand in for. Default: CMS's own sandbox, `https://sandbox.bcda.cms.gov`. */
  readonly origin?: string
  /** A sandbox made elsewhere, for example under a TestClock; all options but `origin` are then ignored. */
  readonly sandbox?: Sandbox
}

/** Handlers, and the sandbox behind them in hand. */
export type SandboxHandlers = Array<HttpHandler> & SandboxHandles

/**
 * Handlers for msw that answer every request to BCDA's origin, with what moves the sandbox's time, sets its faults and reads
 * its log. Works in Node (`setupServer`) and in browsers (`setupWorker`). A sandbox made here lives as long as the program and
 * keeps its files in memory.
 *
 * @example
 * const bcda = sandboxHandlers({ seed: 7 })
 * const server = setupServer(...bcda)
 * server.listen()
 * await bcda.clock.advance("24 hours")
 */
export const sandboxHandlers = (options: SandboxHandlersOptions = {}): SandboxHandlers => {
  const { origin = "https://sandbox.bcda.cms.gov", sandbox, ...rest } = options
  const made = sandbox ?? Effect.runSync(Scope.provide(makeSandbox(rest), Scope.makeUnsafe()))
  const handlers = [http.all(`${origin}/*`, ({ request }) => made.fetch(request))]
  return Object.assign(handlers, handlesOf(made))
}
