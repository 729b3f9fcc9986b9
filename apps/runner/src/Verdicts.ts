import type { HeaderLine, Plan, ResultLine, VerdictLine } from "@bcda-kit/conformance"
import { Effect } from "effect"
import { count, note } from "./Output.ts"

/** What a run of the suite says on the way, in words. */

/** `3 jobs, 1 token, 60 requests`; what has no limit is left out. */
const costs = ({ jobs, requests, requestsPerMinute, tokens }: Plan["budget"]): string =>
  [
    ...(jobs === undefined ? [] : [count(jobs, "job")]),
    ...(tokens === undefined ? [] : [count(tokens, "token")]),
    ...(requests === undefined ? [] : [count(requests, "request")]),
    ...(requestsPerMinute === undefined ? [] : [`${requestsPerMinute} requests a minute`])
  ].join(", ")

/** What a run will cost, and what it leaves out. */
export const planText = ({ budget, jobs, leftOut, requests, tokens }: Plan): string => {
  const limits = costs(budget)
  const reasons = Map.groupBy(leftOut, ({ because }) => because)
  return [
    `plan: ${costs({ jobs, tokens, requests })}, and polls; ${limits === "" ? "no budget" : `at most ${limits}`}`,
    ...[...reasons].map(([because, steps]) => `left out: ${steps.map(({ step }) => step).join(", ")}; ${because}`)
  ].join("\n")
}

const headerText = ({ probe = [], profile, smoke, target, checks }: HeaderLine): string => {
  const differing = probe.filter(({ agrees }) => !agrees)
  const asked = smoke?.asked.map(({ answer, step }) => `${step} ${answer}`).join(", ")
  return [
    ...(asked === undefined ? [] : [`smoke: ${asked}`]),
    ...differing.map(
      ({ actual, declared, what }) => `differs: ${what} is declared ${declared}, and metadata says ${actual}`
    ),
    `judging ${target.name} by ${checks} checks (${profile})`
  ].join("\n")
}

const worthALine = (line: VerdictLine) => !["pass", "not-applicable", "not-run"].includes(line.verdict)

/** Shows a line as it is found: the server met, and what needs a look. */
export const showLine = (line: ResultLine): Effect.Effect<void> => {
  if (line.kind === "header") return note(headerText(line))
  return line.kind === "verdict" && worthALine(line)
    ? note(`${line.verdict}: ${line.check}, ${line.title}`)
    : Effect.void
}
