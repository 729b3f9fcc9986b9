import { ExitCode } from "./ExitCode.ts"
import type { Failure } from "./Failure.ts"

/** One look at the set-up. */
export interface Finding {
  readonly check: string
  /** `skip`: it needs something that is not there, which another finding says. */
  readonly result: "ok" | "warn" | "fail" | "skip"
  readonly what: string
  /** Only of `warn` and `fail`. */
  readonly why?: string | undefined
  readonly next?: string | undefined
  /** Whose fault a `fail` is: the machine's and its configuration (2), or the server's (3). */
  readonly exitCode?: ExitCode | undefined
}

export const ok = (check: string, what: string): Finding => ({ check, result: "ok", what })

export const skip = (check: string, what: string): Finding => ({ check, result: "skip", what })

export const warn = (check: string, what: string, why: string, next: string): Finding => ({
  check,
  result: "warn",
  what,
  why,
  next
})

export const fail = (
  check: string,
  what: string,
  why: string,
  next: string,
  exitCode: ExitCode = ExitCode.target
): Finding => ({ check, result: "fail", what, why, next, exitCode })

/** A failure of a step as a finding. */
export const failed = (check: string, { exitCode, next, what, why }: Failure): Finding =>
  fail(check, what, why, next, exitCode)

/** A finding as a person reads it: one line if all is well, and three more if not. */
export const text = ({ check, next, result, what, why }: Finding): string => {
  const line = `${result.padEnd(4)}  ${check.padEnd(13)}  ${what}`
  return why === undefined || next === undefined ? line : `${line}\n      why:   ${why}\n      next:  ${next}`
}
