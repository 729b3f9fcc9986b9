import { Clock, Effect, Result } from "effect"
import * as Connection from "../Connection.ts"
import { loadConfiguration } from "../config/Load.ts"
import { type ConnectionFlags, settle } from "../config/Settle.ts"
import { type Finding, failed, ok, skip, text } from "../Diagnosis.ts"
import { ageFinding } from "../doctor/Account.ts"
import { authoritiesFinding, diskFinding, nodeFinding, proxyFinding } from "../doctor/Machine.ts"
import { hasty } from "../doctor/Network.ts"
import { lookAtServer, lookInside } from "../doctor/Server.ts"
import { ExitCode } from "../ExitCode.ts"
import { Findings } from "../Failure.ts"
import { json, result } from "../Output.ts"

interface DoctorInput extends ConnectionFlags {
  readonly out: string | undefined
  readonly json: boolean
}

type Say = (finding: Finding) => Effect.Effect<void>

/** Everything about the server that is meant. */
const examine = Effect.fnUntraced(function* (connection: Connection.Connection, say: Say) {
  const authorities = yield* authoritiesFinding(connection)
  // The authorities are looked at by themselves.
  const resolved = yield* Effect.result(Connection.resolve({ ...connection, caFile: undefined }))
  // Without credentials the server can still be looked at from outside.
  const named = Result.isSuccess(resolved) ? Result.succeed(resolved.success.target) : Connection.named(connection)
  if (Result.isFailure(named)) return yield* say(failed("target", named.failure))
  const target = named.success
  const { apiVersion, baseUrl, name } = target
  yield* say(ok("target", `${name === baseUrl ? baseUrl : `${name}, ${baseUrl}`}, ${apiVersion}`))
  yield* say(authorities)
  yield* say(yield* proxyFinding(target))
  const needsNone = target.auth === "none"
  yield* say(
    Result.isFailure(resolved)
      ? failed("credentials", resolved.failure)
      : ok("credentials", needsNone ? "none are needed" : "are set")
  )
  if (target.isBcda && !needsNone) {
    yield* say(ageFinding(connection.credentialsMade, yield* Clock.currentTimeMillis))
  }
  const options = Result.isSuccess(resolved) ? resolved.success : { target }
  yield* Effect.gen(function* () {
    const goesOn = yield* lookAtServer(target, say)
    if (!goesOn) yield* say(skip("token", "the server has to answer first"))
    else if (Result.isFailure(resolved)) yield* say(skip("token", "there are no credentials to get one with"))
    else yield* lookInside(options, say)
  }).pipe(Effect.provide(Connection.client({ ...options, policy: hasty })))
})

/** Looks at everything that an export needs, and says of each how it is. */
export const doctor = Effect.fnUntraced(function* (input: DoctorInput) {
  const findings: Array<Finding> = []
  const say: Say = (finding) => {
    findings.push(finding)
    return input.json ? json(finding) : result(text(finding))
  }
  yield* say(nodeFinding(process.version))
  yield* say(yield* Effect.promise(() => diskFinding(input.out ?? ".")))
  const config = yield* Effect.result(loadConfiguration(input.config))
  if (Result.isFailure(config)) yield* say(failed("configuration", config.failure))
  else {
    yield* say(ok("configuration", config.success.path ?? "none was found here"))
    const connection = settle(input, config.success)
    if (Result.isFailure(connection)) yield* say(failed("target", connection.failure))
    else yield* examine(connection.success, say)
  }
  const bad = findings.filter((finding) => finding.result === "fail")
  const warnings = findings.filter((finding) => finding.result === "warn").length
  if (input.json) yield* json({ ok: bad.length === 0, failed: bad.map(({ check }) => check), warnings })
  const [first] = bad
  if (first !== undefined) return yield* new Findings({ exitCode: first.exitCode ?? ExitCode.target })
}, Effect.scoped)
