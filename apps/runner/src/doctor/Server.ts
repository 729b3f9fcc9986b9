/** What the server says of itself, of us and of our data. */
import { BcdaClient, Calendar, type ClientOptions, type Target } from "@bcda-kit/core"
import { Clock, Effect, Result } from "effect"
import { type Finding, fail, failed, ok, skip, warn } from "../Diagnosis.ts"
import { fromCore } from "../Failure.ts"
import { count } from "../Output.ts"
import { elsewhere, rivalOf } from "./Account.ts"
import { clockFinding, connects, reach, unreachable } from "./Network.ts"

/** Of v1 and v2. */
const lastDayOfOld = "2027-07-30"

/** Whether the API version has a future. */
export const versionFinding = ({ apiVersion }: Pick<Target, "apiVersion">, release: string, now: number): Finding => {
  const what = `${apiVersion} is served (${release})`
  if (apiVersion !== "v1" && apiVersion !== "v2") return ok("api", what)
  const next = "bcda migrate says what a request becomes on v3."
  const days = Math.ceil((Date.parse(lastDayOfOld) - now) / 86_400_000)
  return days > 0
    ? warn("api", what, `CMS removes v1 and v2 on ${lastDayOfOld}, in ${count(days, "day")}`, next)
    : warn("api", what, `CMS was to remove v1 and v2 on ${lastDayOfOld}: it may be gone tomorrow`, next)
}

const words = (texts: ReadonlyArray<string | undefined>) => texts.filter((text) => text !== undefined).join(" ")

/** What can be seen without a token; gives whether it is worth going on. */
export const lookAtServer = Effect.fnUntraced(function* (
  target: Target,
  say: (finding: Finding) => Effect.Effect<void>
) {
  const connected = yield* Effect.result(connects(target))
  if (Result.isFailure(connected)) {
    yield* say(unreachable(target, connected.failure))
    return false
  }
  const reached = yield* Effect.result(reach(target))
  if (Result.isFailure(reached)) {
    yield* say(unreachable(target, reached.failure, true))
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
  const release = words([software?.name, software?.version, `FHIR ${fhirVersion}`])
  yield* say(versionFinding(target, release, yield* Clock.currentTimeMillis))
  return true
})

/** What needs a token. `rival`: where else the credentials may be good, if the target refuses them. */
export const lookInside = Effect.fnUntraced(function* (
  { credentials, target }: ClientOptions,
  say: (finding: Finding) => Effect.Effect<void>,
  rival = rivalOf(target)
) {
  const bcda = yield* BcdaClient
  if (target.auth === "none") yield* say(skip("token", "none is needed"))
  else {
    const token = yield* Effect.result(bcda.token)
    if (Result.isFailure(token)) {
      const isRefused = token.failure.reason._tag === "BadCredentials" && rival !== undefined
      const found = isRefused && credentials ? yield* elsewhere(target, rival, credentials) : undefined
      return yield* say(found ?? failed("token", fromCore(token.failure)))
    }
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
