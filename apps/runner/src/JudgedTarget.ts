import type { JudgeOptions, TargetDescriptor } from "@bcda-kit/conformance"
import { KeyCredentials, SmartBackendServices } from "@bcda-kit/core"
import { Duration, Effect } from "effect"
import * as Connection from "./Connection.ts"
import { type ConnectionFlags, settled } from "./config/Settle.ts"
import { trust } from "./config/Trust.ts"
import { ExitCode } from "./ExitCode.ts"
import { Failure, fromTarget } from "./Failure.ts"
import { readJson } from "./JsonFile.ts"

/** What the command line says about the server to judge. */
export interface JudgedInput extends ConnectionFlags {
  readonly yesProduction: boolean
}

/** The server to judge, who to be there, and the patience that suits it. */
export type Judged = Pick<JudgeOptions, "clock" | "credentials" | "pace"> & { readonly target: TargetDescriptor }

const unusable = (why: string, next: string) =>
  new Failure({ what: "The target cannot be used", why, next, exitCode: ExitCode.usage })

const flags: ReadonlyArray<readonly [keyof ConnectionFlags, string]> = [
  ["apiVersion", "--api-version"],
  ["auth", "--auth"],
  ["tokenEndpoint", "--token-endpoint"],
  ["clientIdEnv", "--client-id-env"],
  ["clientSecretEnv", "--client-secret-env"],
  ["keyEnv", "--key-env"],
  ["keyId", "--key-id"]
]

/** A descriptor from a file. Everything that flags could say is in it, so that one file and one command always judge the same. */
const fromFile = Effect.fnUntraced(function* (path: string, input: JudgedInput) {
  const { descriptorFromFile, TargetFile } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
  const [, flag] = flags.find(([name]) => input[name] !== undefined) ?? []
  if (flag !== undefined)
    return yield* unusable(`${flag} is the business of ${path}`, `Leave ${flag} away, or write it into the file.`)
  const file = yield* readJson(path, TargetFile, {
    what: "The target cannot be used",
    kind: "a target file",
    next: "The members of a target file are in the README of @bcda-kit/conformance; secrets are named by their variables."
  })
  return yield* Effect.fromResult(descriptorFromFile(file)).pipe(Effect.mapError(fromTarget))
})

const isFile = (target: string): boolean => /\.json$/i.test(target) && !/^https?:/i.test(target)

/** The variables that the flags or the file name. */
const named = (descriptor: TargetDescriptor, connection: Connection.Connection): Connection.Connection => ({
  target: descriptor.name,
  clientIdEnv: connection.clientIdEnv ?? descriptor.secrets.clientId,
  clientSecretEnv: connection.clientSecretEnv ?? descriptor.secrets.clientSecret,
  keyEnv: connection.keyEnv ?? descriptor.secrets.key,
  keyId: connection.keyId ?? descriptor.keyId
})

/** Refuses a key that no server could take, before any is asked. */
const usable = (credentials: KeyCredentials) =>
  SmartBackendServices.assertion(credentials, { url: "" }).pipe(
    Effect.mapError(({ detail, next }) => unusable(`its private key cannot be used: ${detail}`, next))
  )

/** An embedded sandbox, as one to be judged. */
export const embeddedJudged = Effect.fnUntraced(function* ({ advance, credentials, target }: Connection.Resolved) {
  const { describeTarget } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
  const judged: Judged = {
    target: describeTarget(target, { kind: "embedded" }),
    credentials,
    clock: advance && { advance },
    // Its jobs take moments.
    pace: { initial: Duration.millis(200) }
  }
  return judged
})

/** Finds out which server to judge, and as whom. An embedded sandbox runs until the scope closes. Production has to be asked for twice. */
export const resolveJudged = Effect.fn("bcda.judged")(function* (input: JudgedInput) {
  const { describeTarget, targetOf } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
  const connection = yield* settled(input)
  if (connection.target === "embedded") {
    return yield* embeddedJudged(yield* Connection.embedded(connection.apiVersion))
  }
  if (connection.caFile !== undefined) yield* trust(connection.caFile)
  const target = isFile(connection.target)
    ? yield* fromFile(connection.target, input)
    : describeTarget(yield* Effect.fromResult(Connection.named(connection)))
  if (target.kind === "production" && !input.yesProduction) {
    return yield* new Failure({
      what: "Production is judged only if it is asked for twice",
      why: `${target.baseUrl} serves real people's claims, and a run starts a job there`,
      next: "Add --yes-production. Only reads and that one job are asked of it.",
      exitCode: ExitCode.usage
    })
  }
  const credentials = yield* Connection.credentialsFor(targetOf(target), named(target, connection))
  if (credentials instanceof KeyCredentials) yield* usable(credentials)
  const judged: Judged = { target, credentials }
  return judged
})
