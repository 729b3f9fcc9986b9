/**
 * `junit.xml`: the results for whatever shows test results. A check is a test case, a scenario a suite. What makes a run red fails there, and
 * nothing else does: a warning passes with its text in the output, what was not judged is skipped with the reason.
 */
import type { ResultLine, VerdictLine } from "../Result.ts"
import { registry } from "../requirements/Registry.ts"
import { type Markup, markup, type Part } from "./Markup.ts"
import { placeOf } from "./Place.ts"

const requirementsOf = ({ requirements }: VerdictLine): ReadonlyArray<string> =>
  requirements.map((id) => `for ${id}: ${registry.get(id)?.text ?? "a requirement that this version does not know"}`)

const brokenOf = (line: VerdictLine): string =>
  [
    ...(line.because === undefined ? [] : [line.because]),
    ...line.evidence
      .filter(({ holds }) => !holds)
      .map(
        (one) =>
          `${placeOf(one)}: expected ${one.expected}, got ${one.actual} (${one.exchange}: ${one.method} ${one.url})`
      ),
    ...requirementsOf(line)
  ].join("\n")

const detailOf = (line: VerdictLine): Part => {
  switch (line.verdict) {
    case "pass":
      return undefined
    case "warn":
    case "info":
      return markup`<system-out>${line.verdict}: ${brokenOf(line)}</system-out>`
    case "fail":
      return markup`<failure type="fail" message="${line.title}">${brokenOf(line)}</failure>`
    case "engine-error":
      return markup`<error type="engine-error" message="${line.because ?? line.title}">${brokenOf(line)}</error>`
    case "blocked":
      return markup`<error type="blocked" message="${line.because ?? line.title}"></error>`
    case "expected-fail":
      return markup`<skipped message="expected to fail: ${line.excused?.reason ?? "no reason given"}"></skipped>`
    default:
      return markup`<skipped message="${line.verdict}: ${line.because ?? ""}"></skipped>`
  }
}

const caseOf = (line: VerdictLine): Markup =>
  markup`    <testcase name="${line.check}" classname="bcda.conformance.${line.scenario}"><properties><property name="title" value="${line.title}"/><property name="verdict" value="${line.verdict}"/><property name="requirements" value="${line.requirements.join(" ")}"/></properties>${detailOf(line)}</testcase>
`

const isFailure = ({ verdict }: VerdictLine) => verdict === "fail"
const isError = ({ verdict }: VerdictLine) => verdict === "engine-error" || verdict === "blocked"
const isSkipped = ({ verdict }: VerdictLine) => ["not-run", "not-applicable", "expected-fail"].includes(verdict)

const tallied = (verdicts: ReadonlyArray<VerdictLine>): Markup => {
  const many = (is: (line: VerdictLine) => boolean) => verdicts.filter(is).length
  return markup`tests="${verdicts.length}" failures="${many(isFailure)}" errors="${many(isError)}" skipped="${many(isSkipped)}"`
}

/** Renders the lines of a results file, whole or not. One that was cut off has a test case that says so. */
export const renderJunit = (lines: ReadonlyArray<ResultLine>): string => {
  const header = lines.find((line) => line.kind === "header")
  const footer = lines.findLast((line) => line.kind === "footer")
  const verdicts = lines.filter((line) => line.kind === "verdict")
  const suites = [...Map.groupBy(verdicts, ({ scenario }) => scenario)].map(
    ([
      scenario,
      own
    ]) => markup`  <testsuite name="${scenario}" ${tallied(own)}${header && markup` timestamp="${header.startedAt}"`}>
${own.map(caseOf)}  </testsuite>
`
  )
  const surprises = footer?.surprises ?? []
  const wrong = [
    ...(footer?.complete === true ? [] : ["the run did not reach its end"]),
    ...surprises.map(({ text }) => text)
  ]
  const run =
    wrong.length > 0 &&
    markup`  <testsuite name="the run itself" tests="${wrong.length}" failures="${wrong.length}" errors="0" skipped="0">
${wrong.map((text) => markup`    <testcase name="${text}" classname="bcda.conformance.run"><failure type="run" message="${text}"></failure></testcase>\n`)}  </testsuite>
`
  const name = header === undefined ? "conformance" : `conformance of ${header.target.name}, ${header.profile}`
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${name}" tests="${verdicts.length + wrong.length}" failures="${verdicts.filter(isFailure).length + wrong.length}" errors="${verdicts.filter(isError).length}">
${suites}${run}</testsuites>
`.text
}
