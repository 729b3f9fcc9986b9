import { Effect } from "effect"
import type { BcdaClient } from "../BcdaClient.ts"
import type { DownloadError } from "../Errors.ts"
import { type Fetched, type FetchOptions, fetchFile } from "../internal/fetchFile.ts"
import { makeDiskStore } from "./internal/DiskStore.ts"
import { nodeEngine } from "./internal/NodeEngine.ts"

/** What to save, and how. */
export interface SaveOptions extends FetchOptions {
  /**
   * Where the bytes go; overwritten, unless a killed run left the beginning of the same file there. What it takes to go on with that is
   * kept beside it until the file is whole, with `.from` and `.gz` added to the name.
   */
  readonly part: string
  /** `decode` saves plain NDJSON; `keep` saves a compressed body as it came. A body that comes uncompressed is saved so in both cases. */
  readonly gzip: "decode" | "keep"
}

/**
 * A file that is on disk, whole and proven. `bytes`, `lines` and `sha256` are of the uncompressed NDJSON even if `kept` compressed;
 * `wireBytes` are of the copy as it was put together, not of what was fetched in vain.
 */
export type Saved = Fetched

/**
 * Fetches one file into `part` and proves it: it inflates to its trailer, and every line is valid UTF-8 and one JSON object of the promised
 * type. When this succeeds, the bytes have been flushed to the disk. What fails may leave a piece in `part`, so it must not be the final name.
 *
 * A body that is cut or stalls is gone on with where it stopped, if the server serves ranges of the very same state of the file; so is the
 * beginning that a killed run left. Otherwise, and when it does not inflate or holds a bad line, it is fetched again from its start. All of
 * that up to `policy.fileAttempts` times in a row that get nowhere, with the pauses of `policy.retry`. Failures to open the file are final
 * here, because `BcdaClient.open` has repeated them already.
 */
export const saveFile = ({ part, gzip, ...options }: SaveOptions): Effect.Effect<Saved, DownloadError, BcdaClient> =>
  Effect.flatMap(makeDiskStore({ part, url: options.url, keepsGzip: gzip === "keep" }), (store) =>
    fetchFile(nodeEngine, options, store)
  )
