/**
 * Client for CMS's Beneficiary Claims Data API (BCDA): token, export, poll, download, as typed effects.
 * This entry needs nothing but web standards; `@bcda-kit/core/node` adds files, `@bcda-kit/core/promise` needs no Effect at all.
 */
export { AttributionStatus } from "./Attribution.ts"
export { BcdaClient, type ClientOptions } from "./BcdaClient.ts"
export * as Calendar from "./Calendar.ts"
export { type AnyCredentials, Credentials, KeyCredentials } from "./Credentials.ts"
export type { FileResponse, OpenOptions } from "./Download.ts"
export * from "./Errors.ts"
export * as Estimate from "./Estimate.ts"
export * as Expires from "./Expires.ts"
export { ExportEvent } from "./ExportEvent.ts"
export { ExportRequest, Scope } from "./ExportRequest.ts"
export { exportToSink, type SinkExportOptions } from "./ExportToSink.ts"
export { JobRef } from "./JobRef.ts"
export { JobState } from "./JobState.ts"
export { BcdaJobStatus, Job } from "./Jobs.ts"
export type { KickOffOptions } from "./KickOff.ts"
export { Manifest, ManifestFile } from "./Manifest.ts"
export { CapabilityStatement } from "./Metadata.ts"
export * as Migration from "./Migration.ts"
export * as OperationOutcome from "./OperationOutcome.ts"
export { defaultPolicy, Limits, makePolicy, Policy, type PolicyOptions } from "./Policy.ts"
export { Outcomes, OutcomeText, Receipt, ReceiptFile } from "./Receipt.ts"
export { redact } from "./Redact.ts"
export * as RequestRules from "./RequestRules.ts"
export {
  type Decode,
  type Decoded,
  type DecodingServices,
  type FileOptions,
  forEachResource,
  type LooseResource,
  type ManifestOptions,
  type ReadOptions,
  type Resource,
  type ResourceFile,
  type ResourcesOptions,
  resources,
  resourcesOf,
  resourcesOfFile
} from "./Resources.ts"
export * as RetryAfter from "./RetryAfter.ts"
export { Sink, type SinkDefinition, type SinkFile, type SinkProof, type SinkWriter } from "./Sink.ts"
export * as SmartBackendServices from "./SmartBackendServices.ts"
export { ApiVersion, AuthKind, Dialect, Target, type TargetOptions } from "./Target.ts"
export type { Token } from "./Token.ts"
export * as Transport from "./Transport.ts"
export { SystemType, TypeFilter } from "./TypeFilter.ts"
export * as XProgress from "./XProgress.ts"
