/**
 * The client for programs that use promises and no Effect: async iterators, `AbortSignal`, plain errors with a `reason`. Everything runs on the
 * same code as the entries with effects, and can do the same.
 *
 * For Node: it can write to directories. In a browser use the main entry.
 */
export type { AttributionStatus } from "./Attribution.ts"
export * as Estimate from "./Estimate.ts"
export type { ExportEvent } from "./ExportEvent.ts"
export type { Verify } from "./internal/lineCheck.ts"
export type { JobState } from "./JobState.ts"
export type { BcdaJobStatus, Job } from "./Jobs.ts"
export type { Manifest, ManifestFile } from "./Manifest.ts"
export type { CapabilityStatement } from "./Metadata.ts"
export { nodeFetch } from "./node/NodeFetch.ts"
export type { Saved } from "./node/SaveFile.ts"
export type { SinceLastEvent } from "./node/SinceLast.ts"
export type { KeptBecause, Watermark } from "./node/Watermark.ts"
export * as OperationOutcome from "./OperationOutcome.ts"
export type { Limits } from "./Policy.ts"
export type { Bcda, OpenFile, Token } from "./promise/Bcda.ts"
export * as Calendar from "./promise/Calendar.ts"
export { connect } from "./promise/Connect.ts"
export * from "./promise/Errors.ts"
export * as Expires from "./promise/Expires.ts"
export * as Migration from "./promise/Migration.ts"
export type * from "./promise/Options.ts"
export { defaultPolicy, type Policy, type PolicyOptions, type Time } from "./promise/Policy.ts"
export * as RequestRules from "./promise/RequestRules.ts"
export type * from "./promise/Resources.ts"
export * as RetryAfter from "./promise/RetryAfter.ts"
export type { BuiltSink, Sink, SinkExportOptions, SinkFile, SinkProof, SinkWriter } from "./promise/Sinks.ts"
export * as Sinks from "./promise/Sinks.ts"
export {
  type ApiVersion,
  type AuthKind,
  type Dialect,
  makeTarget,
  type Target,
  type TargetOptions
} from "./promise/Target.ts"
export * as TypeFilter from "./promise/TypeFilter.ts"
export type { Outcomes, OutcomeText, Receipt, ReceiptFile } from "./Receipt.ts"
export { redact } from "./Redact.ts"
export type { LooseResource, ResourceFile } from "./Resources.ts"
export * as XProgress from "./XProgress.ts"
