import { statfs } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { BcdaClient, Calendar, Target } from "@bcda-kit/core"
import { nodeFetch } from "@bcda-kit/core/node"
import { Cause, Clock, Effect, Result } from "effect"
import * as Connection from "../Connection.ts"
import { type ConnectionFlags, settled } from "../config/Settle.ts"
import { type Finding, fail, failed, ok, skip, text, warn } from "../Diagnosis.ts"
import { ExitCode } from "../ExitCode.ts"
import { Findings, fromCore } from "../Failure.ts"
import { bytes, json, result } from "../Output.ts"

/** The Node that core needs. */
const oldestNode = [22, 19] as const
/** An export of ten thousand people has some ten GB. */
const littleRoom = 10_000_000_000
/** How long to wait for a server that may not answer at all. */
const patience = 10_000
/** BCDA refuses a `_since` in the future; an assertion of SMART is good for minutes. */
const skewAllowed = 60_000
const lastDayOfOld = "2027-07-30"

export const nodeFinding = (version: string): Finding => {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number)
  const [wantedMajor, wantedMinor] = oldestNode
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
    ? ok("node", `Node ${version}`)
    : fail(
        "node",
        `Node ${version} is too old`,
        `this needs ${wantedMajor}.${wantedMinor} or later`,
        "Install a current Node.",
        ExitCode.usage
      )
}

/** Room where an export would go; the directory itself need not be there yet. */
const diskFinding = async (directory: string): Promise<Finding> => {
  const path = resolve(directory)
  try {
    const { bavail, bsize } = await statfs(path)
    return roomFinding(path, bavail * bsize)
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN"
    if (code === "ENOENT" && dirname(path) !== path) return diskFinding(dirname(path))
    return fail("disk", `${path} cannot be looked at`, code, "Choose another directory for exports.", ExitCode.usage)
  }
}

export const roomFinding = (path: string, room: number): Finding => {
  const what = `${bytes(room)} free at ${path}`
  if (room >= littleRoom) return ok("disk", what)
  const why = "an export of ten thousand people has some 10 GB, a tenth of it with --gzip keep"
  return room === 0
    ? fail("disk", what, why, "Make room, or choose another directory.", ExitCode.usage)
    : warn("disk", what, why, "Make room, or use --gzip keep, if your export is large.")
}

/** A look at the server without a token, with what only the answer's headers say. */
interface Reached {
  readonly status: number
  readonly date: string | null
}

const reach = (target: Target): Effect.Effect<Reached, Cause.UnknownError | Cause.TimeoutError> =>
  Effect.tryPromise(async (signal) => {
    const response = await nodeFetch(target.api("metadata"), { headers: { accept: "application/fhir+json" }, signal })
    await response.body?.cancel()
    return { status: response.status, date: response.headers.get("date") }
  }).pipe(Effect.timeout(patience))

const codeOf = (error: unknown): string => {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (Cause.isTimeoutError(at)) return "ETIMEDOUT"
    if ("code" in at && typeof at.code === "string") return at.code
  }
  return "unknown"
}

export const unreachable = (target: Target, error: unknown): Finding => {
  const code = codeOf(error)
  const { host } = new URL(target.baseUrl)
  if (/TIMEDOUT|TIMEOUT/.test(code)) {
    const isProduction = host === new URL(Target.production().baseUrl).host
    return fail(
      "network",
      `${host} does not answer`,
      `no answer within ${patience / 1000} s (${code})${isProduction ? "; BCDA's production drops connections from addresses that are not registered" : ""}`,
      isProduction
        ? "Register this machine's public address with CMS (up to eight for each organization), or run from one that is."
        : "Check the address, and whether a firewall is in between."
    )
  }
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) {
    return fail(
      "network",
      `${host} is not known`,
      `the name cannot be looked up (${code})`,
      "Check the target and this machine's name server."
    )
  }
  if (/CERT|TLS|SSL|UNABLE_TO|EPROTO/.test(code)) {
    return fail(
      "network",
      `${host} has no trusted encrypted connection`,
      `${code}: often a proxy that puts its own certificate in between`,
      "If that is so, give Node its root certificate: NODE_EXTRA_CA_CERTS=FILE."
    )
  }
  return fail(
    "network",
    `${host} cannot be reached`,
    `the connection failed (${code})`,
    "Check the target, the port and the network."
  )
}

const clockFinding = (date: string | null, now: number): Finding => {
  const server = date === null ? Number.NaN : Date.parse(date)
  if (Number.isNaN(server))
    return warn(
      "clock",
      "The clocks cannot be compared",
      "the answer has no Date",
      "Look at this machine's clock yourself."
    )
  const off = now - server
  const seconds = Math.round(Math.abs(off) / 1000)
  if (Math.abs(off) <= skewAllowed) return ok("clock", `within ${seconds + 1} s of the server's`)
  return fail(
    "clock",
    `This machine's clock is ${seconds} s ${off > 0 ? "ahead of" : "behind"} the server's`,
    "times of this machine are compared with the server's: tokens, since, what a job's files have left",
    "Set the clock, best by NTP.",
    ExitCode.usage
  )
}

const versionFinding = ({ apiVersion }: Target, release: string): Finding =>
  apiVersion === "v1" || apiVersion === "v2"
    ? warn(
        "api",
        `${apiVersion} is served (${release})`,
        `CMS removes v1 and v2 on ${lastDayOfOld}`,
        "bcda migrate says what a request becomes on v3."
      )
    : ok("api", `${apiVersion} is served (${release})`)

const words = (texts: ReadonlyArray<string | undefined>) => texts.filter((text) => text !== undefined).join(" ")

/** What can be seen without a token; gives whether it is worth going on. */
export const lookAtServer = Effect.fnUntraced(function* (
  target: Target,
  say: (finding: Finding) => Effect.Effect<void>
) {
  const reached = yield* Effect.result(reach(target))
  if (Result.isFailure(reached)) {
    yield* say(unreachable(target, reached.failure))
    return false
  }
  yield* say(ok("network", `${new URL(target.baseUrl).host} answers`))
  yield* say(clockFinding(reached.success.date, yield* Clock.currentTimeMillis))
  const bcda = yield* BcdaClient
  const metadata = yield* Effect.result(bcda.metadata)
  if (Result.isFailure(metadata)) {
    const { exitCode, next, why } = fromCore(metadata.failure)
    const isGone = reached.success.status === 404
    yield* say(
      isGone
        ? fail("api", `${target.apiVersion} is not served here`, why, "Use another --api-version, or check the target.")
        : fail("api", "The capability statement could not be read", why, next, exitCode)
    )
    return !isGone
  }
  const { fhirVersion, software } = metadata.success
  yield* say(versionFinding(target, words([software?.name, software?.version, `FHIR ${fhirVersion}`])))
  return true
})

/** What needs a token. */
const lookInside = Effect.fnUntraced(function* (target: Target, say: (finding: Finding) => Effect.Effect<void>) {
  const bcda = yield* BcdaClient
  if (target.auth === "none") yield* say(skip("token", "none is needed"))
  else {
    const token = yield* Effect.result(bcda.token)
    if (Result.isFailure(token)) return yield* say(failed("token", fromCore(token.failure)))
    yield* say(ok("token", "given"))
  }
  if (!target.isBcda) return yield* say(skip("attribution", "only a BCDA has it"))
  const status = yield* Effect.result(bcda.attribution)
  if (Result.isFailure(status)) return yield* say(failed("attribution", fromCore(status.failure)))
  const { state, text } = Calendar.attribution(status.success, yield* Clock.currentTimeMillis)
  yield* say(
    state === "current"
      ? ok("attribution", text)
      : warn(
          "attribution",
          "Exports of everybody may be refused",
          text,
          "Wait for the list, or use --group runout meanwhile."
        )
  )
  const jobs = yield* Effect.result(bcda.jobs({ status: ["Pending", "In Progress"] }))
  if (Result.isFailure(jobs)) return yield* say(failed("jobs", fromCore(jobs.failure)))
  const running = jobs.success.map(({ jobId }) => jobId)
  return yield* say(
    running.length === 0
      ? ok("jobs", "none is running")
      : warn(
          "jobs",
          `Running: ${running.join(", ")}`,
          "BCDA refuses an export that overlaps with one that runs (429)",
          "Wait, or export with --adopt if it asks for the same, or bcda jobs cancel."
        )
  )
})

/** The client of a doctor has no patience: what is wrong is to be said, not waited for. */
const hasty = { retry: { attempts: 1 }, headersTimeout: patience, idleTimeout: patience } as const

interface DoctorInput extends ConnectionFlags {
  readonly out: string | undefined
  readonly json: boolean
}

/** Looks at everything that an export needs, and says of each how it is. */
export const doctor = Effect.fnUntraced(function* (input: DoctorInput) {
  const findings: Array<Finding> = []
  const say = (finding: Finding) => {
    findings.push(finding)
    return input.json ? json(finding) : result(text(finding))
  }
  yield* say(nodeFinding(process.version))
  yield* say(yield* Effect.promise(() => diskFinding(input.out ?? ".")))
  const connection = yield* Effect.result(settled(input))
  const resolved = yield* Effect.result(Effect.flatMap(Effect.fromResult(connection), Connection.resolve))
  // Without credentials the server can still be looked at from outside.
  const target = Result.isSuccess(resolved)
    ? Result.succeed(resolved.success.target)
    : Result.flatMap(connection, Connection.named)
  if (Result.isFailure(target)) yield* say(failed("target", target.failure))
  else {
    const { apiVersion, baseUrl, name } = target.success
    yield* say(ok("target", `${name === baseUrl ? baseUrl : `${name}, ${baseUrl}`}, ${apiVersion}`))
    yield* say(
      Result.isFailure(resolved)
        ? failed("credentials", resolved.failure)
        : ok("credentials", target.success.auth === "none" ? "none are needed" : "are set")
    )
    const options = Result.isSuccess(resolved) ? resolved.success : { target: target.success }
    yield* Effect.gen(function* () {
      const goesOn = yield* lookAtServer(target.success, say)
      if (!goesOn) yield* say(skip("token", "the server has to answer first"))
      else if (Result.isFailure(resolved)) yield* say(skip("token", "there are no credentials to get one with"))
      else yield* lookInside(target.success, say)
    }).pipe(Effect.provide(Connection.client({ ...options, policy: hasty })))
  }
  const bad = findings.filter((finding) => finding.result === "fail")
  const warnings = findings.filter((finding) => finding.result === "warn").length
  if (input.json) yield* json({ ok: bad.length === 0, failed: bad.map(({ check }) => check), warnings })
  const [first] = bad
  if (first !== undefined) return yield* new Findings({ exitCode: first.exitCode ?? ExitCode.target })
}, Effect.scoped)
