/** Reads resources for callers of promises. */
import { Effect, Stream } from "effect"
import type { BcdaClient } from "../../BcdaClient.ts"
import { ExportError, SchemaMismatch } from "../../Errors.ts"
import type { ExportEvent } from "../../ExportEvent.ts"
import { whereAt } from "../../internal/schemaIssues.ts"
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
  StandardSchema
} from "../Resources.ts"
import { runOptions, telling, waitingFor } from "./Callbacks.ts"
import type { Calls } from "./Calls.ts"

type Reading = Pick<Bcda, "forEachResource" | "resources" | "resourcesOf" | "resourcesOfFile">
type Lines = Stream.Stream<Resource<unknown>, ExportError, BcdaClient>
type Items<D extends Decode> = AsyncGenerator<Resource<Decoded<D>>, void, undefined>

export const makeReading = (calls: Calls): Reading => {
  function resources<const D extends Decode = "json">(options: ResourcesOptions<D>): Items<D>
  function resources(options: ResourcesOptions): AsyncGenerator<Resource<unknown>, void, undefined> {
    return calls.iterate(() => exported(options), options)
  }
  function resourcesOf<const D extends Decode = "json">(
    manifest: Parameters<Reading["resourcesOf"]>[0],
    options?: ManifestOptions<D>
  ): Items<D>
  function resourcesOf(
    manifest: Parameters<Reading["resourcesOf"]>[0],
    options: ManifestOptions = {}
  ): AsyncGenerator<Resource<unknown>, void, undefined> {
    return calls.iterate(() => read(options, (how) => Core.resourcesOf(manifest, { ...options, ...how })), options)
  }
  function resourcesOfFile<const D extends Decode = "json">(
    file: Parameters<Reading["resourcesOfFile"]>[0],
    options?: FileOptions<D>
  ): Items<D>
  function resourcesOfFile(
    file: Parameters<Reading["resourcesOfFile"]>[0],
    options: FileOptions = {}
  ): AsyncGenerator<Resource<unknown>, void, undefined> {
    return calls.iterate(() => read(options, (how) => Core.resourcesOfFile(file, { ...options, ...how })), options)
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

const exported = (options: ResourcesOptions): Lines =>
  read(options, (how) => Core.resources({ ...options, ...runOptions(options), ...how }))

/** What there is to tell the reader of effects; a schema of another library is asked afterwards. */
interface How {
  readonly decode: Exclude<Decode, StandardSchema>
  readonly onEvent: (event: ExportEvent) => Effect.Effect<void>
}

const read = (
  { decode = "json", onEvent }: ReadOptions,
  run: (how: How) => Stream.Stream<Core.Resource<unknown>, ExportError, BcdaClient>
): Lines => {
  const form = typeof decode === "string" ? decode : "json"
  const lines = run({ decode: form, onEvent: telling(onEvent) })
  return typeof decode === "string"
    ? Stream.map(lines, ({ file, line, value }) => ({ resource: value, file, line }))
    : Stream.mapEffect(lines, validating(decode))
}

const validating =
  (schema: StandardSchema) =>
  ({ file, line, value }: Core.Resource<unknown>): Effect.Effect<Resource<unknown>, ExportError> =>
    Effect.flatMap(
      waitingFor(() => schema["~standard"].validate(value)),
      (result) => {
        if (result.issues === undefined) return Effect.succeed({ resource: result.value, file, line })
        const paths = result.issues.map(({ path = [] }) => path.map((key) => (typeof key === "object" ? key.key : key)))
        const reason = new SchemaMismatch({ file: file.path, line, detail: whereAt(paths) })
        return Effect.fail(new ExportError({ reason }))
      }
    )
