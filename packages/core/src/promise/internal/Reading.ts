/** Reads resources for callers of promises. */
import type { Effect, Stream } from "effect"
import type { BcdaClient } from "../../BcdaClient.ts"
import { ExportError, SchemaMismatch } from "../../Errors.ts"
import type { ExportEvent } from "../../ExportEvent.ts"
import { whereAt } from "../../internal/schemaIssues.ts"
import type { Manifest, ManifestFile } from "../../Manifest.ts"
import type { Receipt } from "../../Receipt.ts"
import * as Core from "../../Resources.ts"
import type { Bcda } from "../Bcda.ts"
import type {
  Decode,
  Decoded,
  FileOptions,
  ManifestOptions,
  ReadOptions,
  Resource,
  ResourcesOptions,
  StandardResult,
  StandardSchema
} from "../Resources.ts"
import { runOptions, telling } from "./Callbacks.ts"
import type { Calls } from "./Calls.ts"

type Reading = Pick<Bcda, "forEachResource" | "resources" | "resourcesOf" | "resourcesOfFile">
type Lines = Stream.Stream<Core.Resource<unknown>, ExportError, BcdaClient>
type Items<D extends Decode> = AsyncGenerator<Resource<Decoded<D>>, void, undefined>

export const makeReading = (calls: Calls): Reading => {
  const read = (options: ReadOptions, run: (how: How) => Lines) => {
    const { decode = "json", onEvent } = options
    const how = { decode: typeof decode === "string" ? decode : "json", onEvent: telling(onEvent) }
    return calls.iterate(() => run(how), options, typeof decode === "string" ? resourceOf : validating(decode))
  }
  function resources<const D extends Decode = "json">(options: ResourcesOptions<D>): Items<D>
  function resources(options: ResourcesOptions): AsyncGenerator<Resource<unknown>, void, undefined> {
    return read(options, (how) => Core.resources({ ...options, ...runOptions(options), ...how }))
  }
  function resourcesOf<const D extends Decode = "json">(manifest: Manifest, options?: ManifestOptions<D>): Items<D>
  function resourcesOf(
    manifest: Manifest,
    options: ManifestOptions = {}
  ): AsyncGenerator<Resource<unknown>, void, undefined> {
    return read(options, (how) => Core.resourcesOf(manifest, { ...options, ...how }))
  }
  function resourcesOfFile<const D extends Decode = "json">(file: ManifestFile, options?: FileOptions<D>): Items<D>
  function resourcesOfFile(
    file: ManifestFile,
    options: FileOptions = {}
  ): AsyncGenerator<Resource<unknown>, void, undefined> {
    return read(options, (how) => Core.resourcesOfFile(file, { ...options, ...how }))
  }
  const forEachResource: Reading["forEachResource"] = async (options, use) => {
    const { onEvent } = options
    let receipt: Receipt | undefined
    const keeping = (event: ExportEvent) => {
      if (event._tag === "Finished") receipt = event.receipt
      return onEvent?.(event)
    }
    for await (const resource of resources({ ...options, onEvent: keeping })) {
      const used = use(resource)
      if (used !== undefined) await used
    }
    if (receipt === undefined) throw new TypeError("resources ended without a receipt")
    return receipt
  }
  return { forEachResource, resources, resourcesOf, resourcesOfFile }
}

/** What there is to tell the reader of effects; a schema of another library is asked afterwards. */
interface How {
  readonly decode: Exclude<Decode, StandardSchema>
  readonly onEvent: (event: ExportEvent) => Effect.Effect<void>
}

const resourceOf = ({ file, line, value }: Core.Resource<unknown>): Resource<unknown> => ({
  resource: value,
  file,
  line
})

/** Most validators answer at once, and their lines then need no promise. */
const validating =
  (schema: StandardSchema) =>
  (line: Core.Resource<unknown>): Resource<unknown> | Promise<Resource<unknown>> => {
    const result = schema["~standard"].validate(line.value)
    return result instanceof Promise ? result.then((later) => validated(line, later)) : validated(line, result)
  }

const validated = ({ file, line }: Core.Resource<unknown>, result: StandardResult<unknown>): Resource<unknown> => {
  if (result.issues === undefined) return { resource: result.value, file, line }
  const paths = result.issues.map(({ path = [] }) => path.map((key) => (typeof key === "object" ? key.key : key)))
  throw new ExportError({ reason: new SchemaMismatch({ file: file.path, line, detail: whereAt(paths) }) })
}
