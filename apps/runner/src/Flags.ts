import { Effect, Option } from "effect"
import { Flag, Param, Primitive } from "effect/cli"

/** Flags that several commands share. Credentials are never among them: other users of a machine can read a command line. */

const optional = <A>(flag: Flag.Flag<A>): Flag.Flag<A | undefined> =>
  flag.pipe(Flag.optional, Flag.map(Option.getOrUndefined))

/** A piece of text that may be absent. */
export const text = (name: string, metavar: string, what: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(what), optional)

/** One of a few words, or none. */
export const oneOf = <const Words extends ReadonlyArray<string>>(name: string, words: Words, what: string) =>
  Flag.Literals(name, words).pipe(Flag.withDescription(what), optional)

/** A flag that is there or not. */
export const yes = (name: string, what: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(what), Flag.withDefault(false))

/** A path as it was typed, `-` too; the parser of effect would make it absolute, and messages are to name what a person wrote. */
const asTyped = { ...Primitive.Path("either"), parse: Effect.succeed<string> }

/** A path, which completions can complete. */
const pathFlag = (name: string, metavar: string, what: string) =>
  Param.makeSingle({ name, kind: Param.flagKind, primitiveType: asTyped }).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(what)
  )

/** The same, which may be absent. */
export const path = (name: string, metavar: string, what: string) => optional(pathFlag(name, metavar, what))

export const target = text(
  "target",
  "T",
  "embedded (a sandbox started for this run), sandbox (CMS's public one), production, a name from the configuration, or a base URL: of a BCDA, or with --auth smart or none of any FHIR Bulk Data server. Default: the configuration's"
)

export const judgedTarget = text(
  "target",
  "T",
  "embedded (a sandbox started for this run), sandbox (CMS's public one), production, a name from the configuration, a base URL, or a file FILE.json that describes a target. Default: the configuration's"
)

export const config = path(
  "config",
  "FILE",
  "The configuration. Default: bcda.config.ts, .js or .json, here or above, up to the project's root"
)

/** A flag that is there, is there as `--no-NAME`, or is not, so that a configuration can say. */
export const maybe = (name: string, what: string) => Flag.Boolean(name).pipe(Flag.withDescription(what), optional)

/** Which server, and as whom. Credentials are named, never given. */
export const connection = {
  target,
  config,
  apiVersion: oneOf(
    "api-version",
    ["v1", "v2", "v3", "fhir"],
    "Default: v3, or the version that the URL ends in. CMS removes v1 and v2 on 2027-07-30. fhir: another server, the URL being its FHIR base"
  ),
  auth: oneOf(
    "auth",
    ["basic", "smart", "none"],
    "How to get a token: a secret (BCDA's way, default), SMART Backend Services with a private key, or no token at all"
  ),
  tokenEndpoint: text("token-endpoint", "URL", "Where tokens come from, if the server does not say so itself"),
  clientIdEnv: text("client-id-env", "NAME", "Variable that holds the client id. Default: BCDA_CLIENT_ID"),
  clientSecretEnv: text("client-secret-env", "NAME", "Variable that holds the secret. Default: BCDA_CLIENT_SECRET"),
  keyEnv: text(
    "key-env",
    "NAME",
    "Variable that holds the private key, a JWK or JWKS as JSON, or PKCS#8 PEM. Default: BCDA_KEY"
  ),
  keyId: text("key-id", "KID", "Name under which the server knows the key; PEM needs it, a JWK may have its own")
}

export const json = yes("json", "JSON lines on stdout, the last one the summary; no progress")

export const out = (what: string) => pathFlag("out", "DIR", what)

/** `A,B` as a list; absent as `undefined`. */
export const list = (name: string, metavar: string, what: string) =>
  Flag.map(text(name, metavar, what), (words) =>
    words
      ?.split(",")
      .map((word) => word.trim())
      .filter((word) => word !== "")
  )
