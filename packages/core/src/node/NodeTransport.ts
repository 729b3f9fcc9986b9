import { Effect, Layer } from "effect"
import type { HttpClient } from "effect/http"
import { bringEngine } from "../internal/engine.ts"
import { layerFetch } from "../Transport.ts"
import { nodeEngine } from "./internal/NodeEngine.ts"
import { nodeFetch } from "./NodeFetch.ts"

/**
 * The way to the wire for programs on Node: effect's `HttpClient` over ky over `nodeFetch`, so that a file's body is what travelled.
 *
 * **Example** (A client for exports into a directory)
 *
 * ```ts
 * import { BcdaClient, Credentials, Target } from "@bcda-kit/core"
 * import { NodeTransport } from "@bcda-kit/core/node"
 * import { Layer } from "effect"
 *
 * export const layer = (id: string, secret: string) =>
 *   BcdaClient.layer({ target: Target.sandbox(), credentials: Credentials.of(id, secret) }).pipe(Layer.provide(NodeTransport.layer))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.merge(
  layerFetch(nodeFetch, { inflates: false }),
  Layer.effectDiscard(Effect.sync(() => bringEngine(nodeEngine)))
)
