/**
 * What can keep a run from starting or from being written down. What the server does wrong is never an error here: that is a verdict.
 */
import { Schema } from "effect"

/** `only` matches no check, or none that the profile judges. */
export class NothingChosen extends Schema.TaggedError<NothingChosen>()("NothingChosen", {
  only: Schema.Array(Schema.String),
  profile: Schema.String
}) {
  override get message() {
    return `No check of profile ${this.profile} matches ${this.only.join(", ") || "an empty choice"}`
  }
  get next() {
    return "Name a check such as manifest/output, or an area such as manifest."
  }
}

/** The directory for the results cannot be made or written. */
export class OutputUnwritable extends Schema.TaggedError<OutputUnwritable>()("OutputUnwritable", {
  path: Schema.String,
  code: Schema.String
}) {
  override get message() {
    return `${this.path} cannot be written (${this.code})`
  }
  get next() {
    return "Choose a directory that can be written and has room."
  }
}

/** A results file is not what this version writes. */
export class ResultsUnreadable extends Schema.TaggedError<ResultsUnreadable>()("ResultsUnreadable", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.path} cannot be read as results: ${this.detail}`
  }
  get next() {
    return "Run the suite again into a new directory."
  }
}

/** The state of earlier runs cannot be read, or is another target's. */
export class StateUnreadable extends Schema.TaggedError<StateUnreadable>()("StateUnreadable", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.path} cannot be used: ${this.detail}`
  }
  get next() {
    return "Give each target a state directory of its own, or remove this one: the checks on expiry then begin anew."
  }
}

/** The error of `judge` and of what reads its files. */
export class JudgeError extends Schema.TaggedError<JudgeError>()("JudgeError", {
  reason: Schema.Union([NothingChosen, OutputUnwritable, ResultsUnreadable, StateUnreadable])
}) {
  override get message() {
    return this.reason.message
  }
}
