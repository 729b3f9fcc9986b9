import type { Effect } from "effect"
import type { BcdaClient } from "../BcdaClient.ts"
import type { DownloadError, ExportError } from "../Errors.ts"
import type { JobRef } from "../JobRef.ts"
import type { Manifest } from "../Manifest.ts"
import type { Outcomes, Receipt, ReceiptFile } from "../Receipt.ts"
import type { Fetched, FetchOptions } from "./fetchFile.ts"
import type { PlannedFile } from "./filePlan.ts"

/** A finished job's manifest, as a place keeps it. */
export interface KnownManifest {
  readonly manifest: Manifest
  /** The server's. */
  readonly bytes: Uint8Array
  readonly expires?: string | undefined
}

/** A request for a job. `at` is when, ISO 8601. */
export interface Asked {
  readonly requestUrl: string
  readonly at: string
}

/** A file that is whole, proven and where it belongs. */
export interface SavedFile {
  readonly _tag: "Saved"
  readonly file: ReceiptFile
  readonly kept: boolean
  /** Of a file of the manifest's `error` list. */
  readonly outcomes?: Outcomes
}

/** Where the files of one export go, and what is remembered there of earlier runs: everything by a directory, nothing by a stream. */
export interface Place {
  /** What errors call it. */
  readonly path: string
  /** Where the server was when the place was begun, if that is not where it is now: what is missing cannot be had any more. */
  readonly movedFrom?: string | undefined
  /** The job that earlier runs started, if any. */
  readonly job?: JobRef | undefined
  /** What an earlier run asked for and did not learn the answer to. */
  readonly asked?: Asked | undefined
  /** The manifest that earlier runs received, if any. */
  readonly known?: KnownManifest | undefined
  /** The files of earlier runs that are still there, byte for byte, by URL. */
  readonly saved: ReadonlyMap<string, SavedFile>
  /** Notes that a job is about to be asked for. */
  readonly ask: (asked: Asked) => Effect.Effect<void, ExportError>
  /** Notes that the server has surely started none. */
  readonly notStarted: Effect.Effect<void, ExportError>
  /** Notes the job; call it before anything else is done with it. */
  readonly kickedOff: (job: JobRef) => Effect.Effect<void, ExportError>
  /** Notes that the job is cancelled. */
  readonly cancelled: Effect.Effect<void, ExportError>
  /** Saves and notes the manifest. */
  readonly completed: (known: KnownManifest) => Effect.Effect<void, ExportError>
  /** Whether a file is to be fetched at all. Default: every one. */
  readonly wants?: ((file: PlannedFile) => boolean) | undefined
  /** Whether files come one after the other in the manifest's order (those of its `error` list first), and none after one that failed. */
  readonly oneByOne: boolean
  /** Whether something of a file can no longer be taken back. */
  readonly holds?: ((url: string) => boolean) | undefined
  /** What a file will be called. */
  readonly nameOf: (file: PlannedFile) => string
  /** Whether an earlier run has left the beginning of a file. */
  readonly isBegun: (path: string) => Effect.Effect<boolean, ExportError>
  /** Removes what there is of a file that will not be fetched after all. */
  readonly forget: (path: string) => Effect.Effect<void, ExportError>
  /** Fetches a file and proves it. It is not whole before it is committed. */
  readonly fetch: (
    file: PlannedFile,
    options: FetchOptions
  ) => Effect.Effect<Fetched, DownloadError | ExportError, BcdaClient>
  /** Takes over a whole file: from here on no run fetches it again. */
  readonly commit: (file: SavedFile) => Effect.Effect<void, ExportError>
  readonly writeReceipt: (receipt: Receipt) => Effect.Effect<void, ExportError>
  /** Takes back the receipt of an earlier run, because something of it is missing now. */
  readonly withdrawReceipt: Effect.Effect<void, ExportError>
}
