/**
 * Client for CMS's Beneficiary Claims Data API (BCDA): token, export, poll, download, as typed effects.
 * This entry needs nothing but web standards; `@bcda-kit/core/node` adds files, `@bcda-kit/core/promise` needs no Effect at all.
 */
export { AttributionStatus } from "./Attribution.ts"
export { BcdaClient, type ClientOptions } from "./BcdaClient.ts"
export type { FileResponse, OpenOptions } from "./Download.ts"
export * from "./Errors.ts"
export { ExportEvent } from "./ExportEvent.ts"
export { ExportRequest } from "./ExportRequest.ts"
export { JobState } from "./Follow.ts"
export { BcdaJobStatus, Job } from "./Jobs.ts"
export { JobRef } from "./KickOff.ts"
export { Manifest, ManifestFile } from "./Manifest.ts"
export { CapabilityStatement } from "./Metadata.ts"
export { defaultPolicy, makePolicy, Policy, type PolicyOptions } from "./Policy.ts"
export { Receipt, ReceiptFile } from "./Receipt.ts"
export { ApiVersion, Credentials, Target, type TargetOptions } from "./Target.ts"
export type { Token } from "./Token.ts"
export * as Transport from "./Transport.ts"
