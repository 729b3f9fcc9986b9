/** Every check of this version, in the order of the reports. */
import type { Check } from "./Check.ts"
import { cancelChecks } from "./checks/CancelChecks.ts"
import { fileChecks } from "./checks/FileChecks.ts"
import { kickOffChecks } from "./checks/KickOffChecks.ts"
import { listChecks } from "./checks/ListChecks.ts"
import { manifestChecks } from "./checks/ManifestChecks.ts"
import { metadataChecks } from "./checks/MetadataChecks.ts"
import { nightChecks } from "./checks/NightChecks.ts"
import { opinionChecks } from "./checks/OpinionChecks.ts"
import { statusChecks } from "./checks/StatusChecks.ts"
import { tokenChecks } from "./checks/TokenChecks.ts"

export const checks: ReadonlyArray<Check> = [
  ...metadataChecks,
  ...tokenChecks,
  ...kickOffChecks,
  ...statusChecks,
  ...manifestChecks,
  ...fileChecks,
  ...listChecks,
  ...opinionChecks,
  ...cancelChecks,
  ...nightChecks
]
