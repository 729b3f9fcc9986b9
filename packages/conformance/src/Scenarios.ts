/**
 * The scenarios of this version, in the order in which they run. What they cost and what a target is spared is in `Plan`; a night on CMS's
 * sandbox is three jobs, one token and some forty requests beside the polls. What a request provokes that it should not have, such as a job,
 * is cancelled at the end.
 */
import type { Scenario } from "./Scenario.ts"
import { assertions } from "./scenarios/Assertions.ts"
import { attribution } from "./scenarios/Attribution.ts"
import { afterwards, cancel, opinion } from "./scenarios/Cancelling.ts"
import { everything, exporting } from "./scenarios/Exporting.ts"
import { later } from "./scenarios/Later.ts"
import { lists } from "./scenarios/Lists.ts"
import { discovery, metadata, smartConfiguration } from "./scenarios/Metadata.ts"
import { parameters, repeating } from "./scenarios/Parameters.ts"
import { refusals } from "./scenarios/Refusals.ts"
import { token } from "./scenarios/Token.ts"

/** Every scenario, in the order of a night; those marked `smoke` come first. */
export const scenarios: ReadonlyArray<Scenario> = [
  metadata,
  smartConfiguration,
  token,
  attribution,
  assertions,
  later,
  refusals,
  discovery,
  exporting,
  opinion,
  cancel,
  everything,
  repeating,
  parameters,
  lists,
  afterwards
]

/**
 * The order in a run that moves the server's clock: time passes when everything else has been looked at. In others what earlier nights left
 * comes before anything new is started, since a job is between 23 and 24 hours old for an hour only.
 */
export const scenariosFor = (movesClock: boolean): ReadonlyArray<Scenario> =>
  movesClock ? [...scenarios.filter((scenario) => scenario !== later), later] : scenarios
