/**
 * Conformance suite for BCDA and other FHIR Bulk Data servers: requirements, scenarios, checks, verdicts, reports.
 * `judge` does it all; the rest is for looking closer.
 */
export {
  blocked,
  type Capture,
  type Check,
  captureOf,
  type Excuse,
  evaluate,
  notApplicable,
  notRun,
  type View
} from "./Check.ts"
export { checks } from "./Checks.ts"
export { JudgeError, NothingChosen, OutputUnwritable, ResultsUnreadable, StateUnreadable } from "./Errors.ts"
export { Body, CaptureEnd, CaptureLine, Exchange, FileFacts, isWhole, Spot, StepRecord } from "./Exchange.ts"
export { ExpectedFailure, ExpectedFailures, Surprise } from "./ExpectedFailures.ts"
export { bcdaExpected } from "./expected/Bcda.ts"
export * as Markdown from "./internal/markdown.ts"
export {
  type CaptureJudgeOptions,
  type JudgeOptions,
  judge,
  judgeCapture,
  judgeStored,
  planRun,
  type StoredRun
} from "./Judge.ts"
export { RememberedJob } from "./Memory.ts"
export { type Outcome, outcomeOf } from "./Outcome.ts"
export { defaultPace, Pace, paceFor } from "./Pace.ts"
export { Plan } from "./Plan.ts"
export { ProbeLine } from "./Probe.ts"
export { Profile, ProfileId, profileFor, profiles } from "./Profile.ts"
export { Judgement, type KnownCheck, Proof, proofOf, Row } from "./prove/Proof.ts"
export { proofFigures, renderProof } from "./prove/ProofReport.ts"
export { type OpenServer, type ProveLine, type ProveOptions, type ProveServer, prove } from "./prove/Prove.ts"
export { type RejudgeOptions, rejudge } from "./Rejudge.ts"
export {
  Area,
  Document,
  IgVersion,
  Obstacle,
  Requirement,
  Severity,
  Source,
  Strength,
  severityOf,
  strengthOf
} from "./Requirement.ts"
export { Counts, Evidence, FooterLine, HeaderLine, ResultLine, VerdictKind, VerdictLine } from "./Result.ts"
export {
  badgeDataFile,
  badgeFile,
  captureFile,
  coverageFile,
  htmlFile,
  junitFile,
  readCapture,
  readResults,
  renderViews,
  reportFile,
  resultsFile
} from "./Results.ts"
export { type Badge, badgeJson, badgeSvg, renderBadgeJson, renderBadgeSvg } from "./report/Badge.ts"
export { type Covered, coverageOf, obstacles, renderCoverage, renderFigures, type Suite } from "./report/Coverage.ts"
export {
  type ComparedRun,
  type Difference,
  diffExitCode,
  diffRemembered,
  diffRuns,
  type Remembered,
  rememberedOf,
  renderDiff,
  type VerdictChange
} from "./report/Diff.ts"
export { type HtmlOptions, renderHtml } from "./report/Html.ts"
export { renderJunit } from "./report/Junit.ts"
export { Markup, markup, type Part } from "./report/Markup.ts"
export { order as verdictOrder, troubles } from "./report/Order.ts"
export { renderReport } from "./report/Report.ts"
export { style as reportStyle } from "./report/Style.ts"
export { type WireChange, type WireShape, wireChanges, wireShapeOf } from "./report/WireShape.ts"
export { registry, requirements } from "./requirements/Registry.ts"
export { Hazard, Scenario, Step } from "./Scenario.ts"
export { scenarios } from "./Scenarios.ts"
export { Smoke } from "./Smoke.ts"
export { NightState, secretsFile, stateFile } from "./State.ts"
export {
  Budget,
  DataFacts,
  describeTarget,
  descriptorFromFile,
  descriptorOf,
  KickOffMethod,
  Levels,
  TargetDescriptor,
  TargetFile,
  TargetKind,
  targetOf
} from "./TargetDescriptor.ts"
