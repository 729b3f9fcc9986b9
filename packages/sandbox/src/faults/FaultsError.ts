import { Schema } from "effect"

/** An instruction for faults that cannot be read. */
export class FaultsError extends Schema.TaggedError<FaultsError>()("FaultsError", {
  /** Which entry of the list, from 0; absent when it is no list. */
  entry: Schema.optionalKey(Schema.Int),
  problem: Schema.String
}) {
  override get message() {
    return `${this.entry === undefined ? "faults" : `faults[${this.entry}]`}: ${this.problem}`
  }
  /** What to do about it. */
  get next() {
    return "correct the entry; `bcda sandbox --list-faults` prints all faults, their places and their options"
  }
}
