import { type ApiVersion, BcdaClient, type ClientOptions, Credentials, Target } from "@bcda-kit/core"
import { NodeTransport } from "@bcda-kit/core/node"
import { Config, Effect, Layer, Option, Redacted, Result } from "effect"
import { startEmbedded } from "./Embedded.ts"
import { ExitCode } from "./ExitCode.ts"
import { Failure, fromTarget } from "./Failure.ts"

/** What the flags say about the server to talk to. */
export interface Connection {
  readonly target: string
  readonly apiVersion?: ApiVersion | undefined
}

/** What a client, or a judge, is made from. */
export interface Resolved extends ClientOptions {
  readonly credentials: Credentials
}

const variable = (name: string) =>
  Config.option(Config.String(name)).pipe(
    Effect.map((value) => Option.getOrElse(value, () => "")),
    Effect.orDie
  )

const fromEnvironment = Effect.fnUntraced(function* (target: Target) {
  const clientId = yield* variable("BCDA_CLIENT_ID")
  const clientSecret = yield* variable("BCDA_CLIENT_SECRET")
  const missing = [
    ...(clientId === "" ? ["BCDA_CLIENT_ID"] : []),
    ...(clientSecret === "" ? ["BCDA_CLIENT_SECRET"] : [])
  ]
  if (missing.length === 0) {
    return new Credentials({ clientId, clientSecret: Redacted.make(clientSecret) })
  }
  return yield* new Failure({
    what: `There are no credentials for ${target.name}`,
    why: `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set in the environment`,
    next: "Set BCDA_CLIENT_ID and BCDA_CLIENT_SECRET; CMS publishes those of its sandbox. --target embedded needs none.",
    exitCode: ExitCode.usage
  })
})

/** A sandbox in this process; it stops when the scope closes. */
const embedded = Effect.fnUntraced(function* (apiVersion: ApiVersion | undefined) {
  const { baseUrl, credentials } = yield* startEmbedded()
  const [first] = credentials
  if (first === undefined) return yield* Effect.die("the sandbox has no credentials")
  const target = yield* Effect.fromResult(Target.fromUrl(baseUrl, { name: "embedded", apiVersion })).pipe(
    Effect.mapError(fromTarget)
  )
  const resolved: Resolved = {
    target,
    credentials: Credentials.of(first.clientId, first.clientSecret),
    // Its jobs take moments; the pauses that suit BCDA would be most of the time.
    policy: { poll: { initial: "200 millis" } }
  }
  return resolved
})

const named = (connection: Connection): Result.Result<Target, Failure> => {
  if (connection.target === "sandbox") return Result.succeed(Target.sandbox(connection.apiVersion))
  if (connection.target === "production") return Result.succeed(Target.production(connection.apiVersion))
  return Target.fromUrl(connection.target, { apiVersion: connection.apiVersion }).pipe(Result.mapError(fromTarget))
}

/** Finds out where to and as whom. An embedded sandbox runs until the scope closes. */
export const resolve = Effect.fnUntraced(function* (connection: Connection) {
  if (connection.target === "embedded") return yield* embedded(connection.apiVersion)
  const target = yield* Effect.fromResult(named(connection))
  const resolved: Resolved = { target, credentials: yield* fromEnvironment(target) }
  return resolved
})

/** A client over Node's transport. */
export const client = (resolved: Resolved): Layer.Layer<BcdaClient> =>
  BcdaClient.layer(resolved).pipe(Layer.provide(NodeTransport.layer))

/** The client for the server that the flags name. */
export const layer = (connection: Connection): Layer.Layer<BcdaClient, Failure> =>
  Layer.unwrap(Effect.map(resolve(connection), client))
