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
 * Fetches one file into `part` and proves it, as `fetchFile` does. When this succeeds, the bytes have been flushed to the disk. What fails may
 * leave a piece in `part`, so it must not be the final name. The beginning that a killed run left is gone on with like a body that was cut.
 */
export const saveFile = ({ part, gzip, ...options }: SaveOptions): Effect.Effect<Saved, DownloadError, BcdaClient> =>
  Effect.flatMap(makeDiskStore({ part, url: options.url, keepsGzip: gzip === "keep" }), (store) =>
    fetchFile(nodeEngine, options, store)
  )
