import {
  type AuthKind,
  BcdaClient,
  type ClientOptions,
  Credentials,
  type Dialect,
  KeyCredentials,
  type PolicyOptions,
  Target
} from "@bcda-kit/core"
import { NodeTransport } from "@bcda-kit/core/node"
import { Config, type Duration, Effect, Layer, Option, Redacted, Result } from "effect"
import { type ConnectionFlags, settled } from "./config/Settle.ts"
import { trust } from "./config/Trust.ts"
import { startEmbedded } from "./Embedded.ts"
import { ExitCode } from "./ExitCode.ts"
import { Failure, fromTarget } from "./Failure.ts"

/** What flags and configuration say about the server to talk to, and where in the environment the credentials are. */
export interface Connection {
  /** `embedded`, `sandbox`, `production`, or a URL. */
  readonly target: string
  /** What to call it. Default: as the target is called. */
  readonly name?: string | undefined
  readonly apiVersion?: Dialect | undefined
  /** Default: `basic`, and `smart` for a server that is no BCDA. */
  readonly auth?: AuthKind | undefined
  /** Default: where the server says. */
  readonly tokenEndpoint?: string | undefined
  readonly tokenScope?: string | undefined
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
  /** PEM of certificate authorities to trust besides Node's own. */
  readonly caFile?: string | undefined
  /** Names of environment variables. Defaults: `BCDA_CLIENT_ID`, `BCDA_CLIENT_SECRET`, `BCDA_KEY`. */
  readonly clientIdEnv?: string | undefined
  readonly clientSecretEnv?: string | undefined
  readonly keyEnv?: string | undefined
  /** The `kid`. Default: the key's own. */
  readonly keyId?: string | undefined
  /** The day when the credentials were made. */
  readonly credentialsMade?: string | undefined
}

/** What a client of a BCDA, or a judge of one, is made from. */
export interface Resolved extends ClientOptions {
  readonly credentials: Credentials
  /** Moves the server's clock, for the one server whose clock is ours. */
  readonly advance?: (by: Duration.Duration) => Effect.Effect<void>
}

/** What a variable of the environment holds; nothing if it is not set. */
export const variable = (name: string) =>
  Config.option(Config.String(name)).pipe(
    Effect.map((value) => Option.getOrElse(value, () => "")),
    Effect.orDie
  )

/** The values of two variables, both of which have to be there. */
const fromEnvironment = Effect.fnUntraced(function* (target: Target, idName: string, secretName: string) {
  const clientId = yield* variable(idName)
  const secret = yield* variable(secretName)
  const missing = [...(clientId === "" ? [idName] : []), ...(secret === "" ? [secretName] : [])]
  if (missing.length === 0) return { clientId, secret: Redacted.make(secret) }
  const next =
    target.auth === "smart"
      ? `Set ${idName} to the client id and ${secretName} to the private key, a JWK or JWKS as JSON, or PKCS#8 PEM (with --key-id).`
      : `Set ${idName} and ${secretName}; CMS publishes those of its sandbox. --target embedded needs none.`
  return yield* new Failure({
    what: `There are no credentials for ${target.name}`,
    why: `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set in the environment`,
    next,
    exitCode: ExitCode.usage
  })
})

/** Which variables hold what proves who we are. */
const variableNames = (connection: Omit<Connection, "target">) => ({
  clientId: connection.clientIdEnv ?? "BCDA_CLIENT_ID",
  clientSecret: connection.clientSecretEnv ?? "BCDA_CLIENT_SECRET",
  key: connection.keyEnv ?? "BCDA_KEY"
})

/** The variables that a target's way of authentication needs. */
export const variablesFor = ({ auth }: Target, connection: Connection): ReadonlyArray<string> => {
  const { clientId, clientSecret, key } = variableNames(connection)
  return auth === "none" ? [] : [clientId, auth === "smart" ? key : clientSecret]
}

/** Who to be on a target, in its way of authentication. */
export const credentialsFor = Effect.fnUntraced(function* (target: Target, connection: Connection) {
  const names = variableNames(connection)
  const { keyId } = connection
  if (target.auth === "none") return undefined
  if (target.auth === "basic") {
    const { clientId, secret } = yield* fromEnvironment(target, names.clientId, names.clientSecret)
    return new Credentials({ clientId, clientSecret: secret })
  }
  const { clientId, secret } = yield* fromEnvironment(target, names.clientId, names.key)
  return new KeyCredentials({ clientId, key: secret, ...(keyId !== undefined && { kid: keyId }) })
})

/** A sandbox in this process; it stops when the scope closes. */
export const embedded = Effect.fnUntraced(function* (apiVersion?: Dialect) {
  const sandbox = yield* startEmbedded()
  const { baseUrl, credentials } = sandbox
  const [first] = credentials
  if (first === undefined) return yield* Effect.die("the sandbox has no credentials")
  const target = yield* Effect.fromResult(Target.fromUrl(baseUrl, { name: "embedded", apiVersion })).pipe(
    Effect.mapError(fromTarget)
  )
  const resolved: Resolved = {
    target,
    credentials: Credentials.of(first.clientId, first.clientSecret),
    // Its jobs take moments; the pauses that suit BCDA would be most of the time.
    policy: { poll: { initial: "200 millis" } },
    // a job that is still writing files would complete after the time that passes
    advance: (by) => Effect.promise(() => sandbox.idle().then(() => sandbox.clock.advance(by)))
  }
  return resolved
})

const refuse = (why: string, next: string) =>
  Result.fail(new Failure({ what: "The target cannot be used", why, next, exitCode: ExitCode.usage }))

/** The server that is meant. */
export const named = (connection: Connection): Result.Result<Target, Failure> => {
  const { allowedOrigins, apiVersion, auth, name, target, tokenEndpoint, tokenScope } = connection
  if (target === "sandbox" || target === "production") {
    if (apiVersion === "fhir" || (auth !== undefined && auth !== "basic")) {
      const why = `${name ?? target} is a BCDA, with its API versions and its own kind of authentication`
      return refuse(why, "Leave auth and apiVersion fhir away, or give a URL.")
    }
    const known = target === "sandbox" ? Target.sandbox(apiVersion) : Target.production(apiVersion)
    if (name === undefined) return Result.succeed(known)
    return Target.fromUrl(known.baseUrl, { name, apiVersion }).pipe(Result.mapError(fromTarget))
  }
  return Target.fromUrl(target, { name, apiVersion, auth, tokenEndpoint, tokenScope, allowedOrigins }).pipe(
    Result.mapError(fromTarget)
  )
}

/** Finds out where to and as whom. An embedded sandbox runs, and a file of authorities is trusted, until the scope closes. */
export const resolve = Effect.fnUntraced(function* (connection: Connection) {
  if (connection.target === "embedded") return yield* embedded(connection.apiVersion)
  if (connection.caFile !== undefined) yield* trust(connection.caFile)
  const target = yield* Effect.fromResult(named(connection))
  const options: ClientOptions = { target, credentials: yield* credentialsFor(target, connection) }
  return options
})

/** A client over Node's transport. */
export const client = (options: ClientOptions): Layer.Layer<BcdaClient> =>
  BcdaClient.layer(options).pipe(Layer.provide(NodeTransport.layer))

/** The client for a server; `policy` comes on top of what suits it. */
export const layerOf = (connection: Connection, policy: PolicyOptions = {}): Layer.Layer<BcdaClient, Failure> =>
  Layer.unwrap(
    Effect.map(resolve(connection), (options) => client({ ...options, policy: { ...options.policy, ...policy } }))
  )

/** The client for the server that the flags and the configuration name. */
export const layer = (flags: ConnectionFlags): Layer.Layer<BcdaClient, Failure> =>
  Layer.unwrap(Effect.map(settled(flags), (connection) => layerOf(connection)))
