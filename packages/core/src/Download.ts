import type { Stream } from "effect"
import type { DownloadError } from "./Errors.ts"

/** Options of `BcdaClient.open`. */
export interface OpenOptions {
  /**
   * What to ask for in `Accept-Encoding`. Default `gzip`, which is how BCDA stores its files; `identity` makes it inflate them.
   * Whatever is asked, `FileResponse.contentEncoding` says what came.
   */
  readonly acceptEncoding?: "gzip" | "identity" | undefined
  /**
   * Only these bytes of the file, `end` included. Hazard: with gzip they count compressed bytes, BCDA ignores ranges of files it
   * inflates, and the answer's `status` (206 or 200) tells which of the two happened.
   */
  readonly range?: { readonly start: number; readonly end?: number | undefined } | undefined
}

/** A file that has begun to arrive. It is closed with the scope it was opened in. */
export interface FileResponse {
  /** 200, or 206 for a range. */
  readonly status: number
  /** Names are lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Of the bytes in `body`. */
  readonly contentEncoding: "gzip" | "identity"
  /** Of the bytes in `body`, if the server said so; BCDA does not for compressed files. */
  readonly contentLength?: number
  /**
   * The bytes as they travelled (over a transport that does not inflate). Runs once. Fails with `CutShort` when the connection ends
   * early and with `Stalled` after `policy.idleTimeout` of silence; it never just ends there.
   */
  readonly body: Stream.Stream<Uint8Array, DownloadError>
}
