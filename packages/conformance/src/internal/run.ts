/** What the steps of one run share. */
import type { AnyCredentials, Target } from "@bcda-kit/core"
import type { Duration, Effect } from "effect"
import type { Memory } from "../Memory.ts"
import type { Pace } from "../Pace.ts"
import type { Recorder } from "../Recorder.ts"
import type { IgVersion } from "../Requirement.ts"
import type { Scenario, Step, Weekday } from "../Scenario.ts"
import type { KickOffMethod, TargetDescriptor } from "../TargetDescriptor.ts"
import type { Closed } from "./gate.ts"
import type { Ingredients } from "./ingredients.ts"
import type { Sender } from "./sender.ts"
import type { Spending } from "./spending.ts"
import type { Tokens } from "./tokens.ts"

export interface EngineOptions {
  readonly descriptor: TargetDescriptor
  readonly credentials: AnyCredentials | undefined
  readonly scenarios: ReadonlyArray<Scenario>
  /** Ids of the steps to run; the others are recorded as not run. */
  readonly wanted: ReadonlySet<string>
  readonly types: ReadonlyArray<string>
  readonly pace: Pace
  /** The edition of the IG that the run judges by, which decides how a kick-off is sent. */
  readonly ig: IgVersion | undefined
  readonly weekday: Weekday
  /** Moves the server's clock, where that can be done. */
  readonly advance: ((by: Duration.Duration) => Effect.Effect<void>) | undefined
  /** What earlier runs left behind, and where this one leaves something. A run that moves the clock has a memory of its own. */
  readonly memory: Memory | undefined
}

export interface Run {
  readonly options: EngineOptions
  readonly target: Target
  /** See `kickOffMethod`. */
  readonly kickOff: KickOffMethod | undefined
  /** All steps of all scenarios, in running order. */
  readonly steps: ReadonlyArray<Step>
  /** Those that the target is not asked, and why. */
  readonly shut: ReadonlyMap<string, Closed>
  readonly recorder: Recorder
  readonly spending: Spending
  readonly ingredients: Ingredients
  readonly tokens: Tokens
  readonly sender: Sender
}

/** So many steps in a row without any answer stop the run, and so many polls of one job. */
export const patience = 3
