import { Effect, Layer, type Scope } from "effect"
import type { ExportError } from "../Errors.ts"
import type { ExportRequest } from "../ExportRequest.ts"
import { keptSuffix, type PlannedFile } from "../internal/filePlan.ts"
import type { Place } from "../internal/place.ts"
import { placeOf, Sink } from "../Sink.ts"
import type { Target } from "../Target.ts"
import { openExportDirectory } from "./ExportDirectory.ts"
import { saveFile } from "./SaveFile.ts"

/** Which directory, and how files are kept in it. */
export interface DirectoryOptions {
  /**
   * Made if it is not there. A directory belongs to one export: running the same one again continues it, and once it is complete only
   * checks it. Hazard: it will hold claims of real people when the target is production; what is made in it is readable by its owner only.
   */
  readonly directory: string
  /**
   * `decode` (default) saves NDJSON; `keep` saves what came compressed as it came, with `.gz` added to the name: less to write and to
   * store, and proven just the same. Files of the manifest's `error` list are always decoded.
   */
  readonly gzip?: "decode" | "keep" | undefined
}

/** The export directory as a sink: the one that remembers everything. `exportToSink` with it is `exportToDirectory`. */
export const layer = (options: DirectoryOptions): Layer.Layer<Sink> =>
  Layer.succeed(Sink, {
    name: options.directory,
    [placeOf]: ({ request, target }) => openPlace(options, target, request)
  })

/** @internal Opens the directory as the place of an export, until the scope ends. */
export const openPlace = Effect.fnUntraced(function* (
  options: DirectoryOptions,
  target: Target,
  request: ExportRequest
): Effect.fn.Return<Place, ExportError, Scope.Scope> {
  const directory = yield* openExportDirectory(options.directory, target, request)
  // Error files are small and meant to be read by people.
  const isKept = ({ section }: PlannedFile) => options.gzip === "keep" && section !== "error"
  return {
    ...directory,
    oneByOne: false,
    nameOf: (file) => (isKept(file) ? file.path + keptSuffix : file.path),
    fetch: (file, fetchOptions) =>
      Effect.flatMap(directory.partOf(file.path), (part) =>
        saveFile({ ...fetchOptions, part, gzip: isKept(file) ? "keep" : "decode" })
      )
  }
})
