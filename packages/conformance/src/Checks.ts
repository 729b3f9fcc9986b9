/** Every check of this version, in the order of the reports. */
import type { Check } from "./Check.ts"
import { assertionChecks } from "./checks/AssertionChecks.ts"
import { cancelChecks } from "./checks/CancelChecks.ts"
import { discoveryChecks } from "./checks/DiscoveryChecks.ts"
import { fileChecks } from "./checks/FileChecks.ts"
import { kickOffChecks } from "./checks/KickOffChecks.ts"
import { laterChecks } from "./checks/LaterChecks.ts"
import { listChecks } from "./checks/ListChecks.ts"
import { manifestChecks } from "./checks/ManifestChecks.ts"
import { messageChecks } from "./checks/MessageChecks.ts"
import { metadataChecks } from "./checks/MetadataChecks.ts"
import { opinionChecks } from "./checks/OpinionChecks.ts"
import { parameterChecks } from "./checks/ParameterChecks.ts"
import { refusalChecks } from "./checks/RefusalChecks.ts"
import { repeatChecks } from "./checks/RepeatChecks.ts"
import { statusChecks } from "./checks/StatusChecks.ts"
import { tokenChecks } from "./checks/TokenChecks.ts"

/** Every check of the suite. Ids are never reused. */
export const checks: ReadonlyArray<Check> = [
  ...metadataChecks,
  ...discoveryChecks,
  ...tokenChecks,
  ...assertionChecks,
  ...kickOffChecks,
  ...refusalChecks,
  ...repeatChecks,
  ...statusChecks,
  ...manifestChecks,
  ...fileChecks,
  ...parameterChecks,
  ...messageChecks,
  ...listChecks,
  ...opinionChecks,
  ...cancelChecks,
  ...laterChecks
]
