/**
 * The registry: every statement about a server that is known here, whether a check looks at it or not. It is data. The tests hold it to its
 * sources row by row, and hold each row to a check that cites it or to the reason why there is none.
 */
import type { Requirement } from "../Requirement.ts"
import { accessPageRows } from "./AccessPage.ts"
import { bcdaToday } from "./BcdaToday.ts"
import { declaring } from "./Declaring.ts"
import { deleteRows } from "./Delete.ts"
import { fileRows } from "./Files.ts"
import { kickOffEndpoints } from "./KickOffEndpoints.ts"
import { kickOffParameters } from "./KickOffParameters.ts"
import { kickOffResponses } from "./KickOffResponses.ts"
import { manifestRows } from "./Manifest.ts"
import { securityRows } from "./Security.ts"
import { smartBackendServices } from "./SmartBackendServices.ts"
import { statusRows } from "./Status.ts"

/** Every requirement, in the order of the reports. */
export const requirements: ReadonlyArray<Requirement> = [
  ...declaring,
  ...securityRows,
  ...smartBackendServices,
  ...kickOffEndpoints,
  ...kickOffParameters,
  ...kickOffResponses,
  ...statusRows,
  ...manifestRows,
  ...fileRows,
  ...deleteRows,
  ...accessPageRows,
  ...bcdaToday
]

/** The same by id. */
export const registry: ReadonlyMap<string, Requirement> = new Map(requirements.map((row) => [row.id, row]))
