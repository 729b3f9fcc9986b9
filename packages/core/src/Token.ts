import type { Duration, Redacted } from "effect"

/** A bearer token. BCDA's last 20 minutes; the client renews them by itself. */
export interface Token {
  readonly value: Redacted.Redacted
  /** Its life as the server gave it, counted from when it was minted. */
  readonly expiresIn: Duration.Duration
}
