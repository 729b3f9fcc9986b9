/** Runs of the suite that never took place, for what only depends on their verdicts. */
import { type CaptureLine, outcomeOf, type ResultLine, type VerdictKind } from "@bcda-kit/conformance"
import { compared } from "../../../src/nightly/Comparison.ts"
import { memoryOf } from "../../../src/nightly/Memory.ts"
import type { Exported, NightLine } from "../../../src/nightly/NightLine.ts"

export interface RunOptions {
  readonly profile?: "bcda-today" | "ig-stu2"
  /** Checks that pass although they were expected to fail. */
  readonly surprising?: ReadonlyArray<string>
  /** Statuses of the one step that was asked. */
  readonly status?: number
  readonly smoke?: string
}

const capture = (status: number): ReadonlyArray<CaptureLine> => [
  {
    kind: "exchange",
    id: "1",
    scenario: "metadata",
    step: "metadata",
    attempt: 1,
    via: "bcda-kit",
    request: { method: "GET", url: "http://127.0.0.1/metadata", headers: {}, auth: "none" },
    response: { status, headers: {}, body: { kind: "empty" } },
    startedAt: 0,
    took: 1,
    at: "2026-11-01T00:00:00Z"
  }
]

/** A run with these verdicts. */
export const runOf = (verdicts: Readonly<Record<string, VerdictKind>>, options: RunOptions = {}) => {
  const { profile = "bcda-today", smoke, status = 200, surprising = [] } = options
  const begun: ReadonlyArray<ResultLine> = [
    {
      kind: "header",
      format: 1,
      target: { name: "mine", baseUrl: "http://127.0.0.1", apiVersion: "v3", auth: "basic" },
      profile,
      smoke: { ok: smoke === undefined, asked: [], ...(smoke !== undefined && { because: smoke }) },
      startedAt: "2026-11-01T00:00:00Z",
      checks: Object.keys(verdicts).length,
      types: ["Patient"]
    },
    ...Object.entries(verdicts).map(
      ([check, verdict]): ResultLine => ({
        kind: "verdict",
        check,
        title: `About ${check}`,
        scenario: "s",
        requirements: [],
        verdict,
        assertions: 1,
        exchanges: [],
        evidence: []
      })
    )
  ]
  const footer: ResultLine = {
    kind: "footer",
    counts: outcomeOf(begun).counts,
    surprises: surprising.map((check) => ({ check, what: "passes", text: `${check} passes` })),
    complete: true,
    exchanges: 1,
    took: 1
  }
  return { lines: [...begun, footer], capture: capture(status) }
}

export const proven: Exported = { proven: true, files: 1, lines: 2, bytes: 3, wireBytes: 4, took: 5 }

/** One night after the others, at one target. */
export const nightAfter = (
  before: ReadonlyArray<NightLine>,
  night: string,
  run: ReturnType<typeof runOf>,
  exported: Exported | undefined = proven
): NightLine => ({
  format: 1,
  night,
  target: "mine",
  version: "0.0.0",
  startedAt: `${night}T00:00:00Z`,
  took: 1000,
  folder: `${night}/mine`,
  ...compared(memoryOf(before, "mine", night), night, { run, exported })
})
