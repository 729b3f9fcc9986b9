/**
 * What a run comes to, as the exit code of the command line has it. Green is earned: a run that judged nothing, was cut off or could not
 * reach its target is red.
 */
import { type Counts, countVerdicts, type ResultLine } from "./Result.ts"

/** What a run came to, for a script and for a person. */
export interface Outcome {
  readonly red: boolean
  /**
   * 0 all as it should be (warnings included) · 1 a check failed, one that was expected to fail did not, or nothing was judged · 3 the target could not be judged to the end
   * (something was blocked) · 4 a fault of the suite · 5 the run was cut off.
   */
  readonly exitCode: 0 | 1 | 3 | 4 | 5
  /** One sentence for people. */
  readonly text: string
  readonly counts: Counts
}

/** Takes the lines of a results file, or whatever of them there is. */
export const outcomeOf = (lines: ReadonlyArray<ResultLine>): Outcome => {
  const counts = countVerdicts(lines.filter((line) => line.kind === "verdict"))
  const footer = lines.findLast((line) => line.kind === "footer")
  const say = (exitCode: Outcome["exitCode"], text: string): Outcome => ({
    red: exitCode !== 0,
    exitCode,
    text,
    counts
  })
  const judged = counts.pass + counts.fail + counts.warn + counts.info + counts["expected-fail"]
  if (counts["engine-error"] > 0)
    return say(4, `${counts["engine-error"]} checks failed by a fault of the suite itself.`)
  if (footer === undefined || !footer.complete) return say(5, "The run did not reach its end.")
  const header = lines.find((line) => line.kind === "header")
  if (header?.smoke?.ok === false)
    return say(3, `The server could not be judged: ${header.smoke.because ?? "no reason given"}.`)
  const surprises = footer.surprises ?? []
  const unexpected = surprises.length === 0 ? "" : ` Not as expected: ${surprises.map(({ text }) => text).join("; ")}.`
  if (counts.fail > 0) return say(1, `${counts.fail} of ${judged} checks failed.${unexpected}`)
  if (unexpected !== "") return say(1, unexpected.trimStart())
  if (counts.blocked > 0)
    return say(3, `${counts.blocked} checks were blocked; the server could not be judged to the end.`)
  if (judged === 0) return say(1, "Nothing was judged.")
  const excused = counts["expected-fail"] === 0 ? "" : `, ${counts["expected-fail"]} failed as expected`
  return say(0, `No check failed: ${counts.pass} of ${judged} passed, ${counts.warn} warned${excused}.`)
}
