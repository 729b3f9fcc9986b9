import { getCACertificates, setDefaultCACertificates } from "node:tls"
import {
  bcdaExpected,
  describeTarget,
  type OpenServer,
  type ProveServer,
  profileFor,
  profiles
} from "@bcda-kit/conformance"
import { type ApiVersion, Credentials, Target } from "@bcda-kit/core"
import {
  bugs,
  type FaultDescription,
  type FaultInstruction,
  type FaultName,
  type FaultPlace,
  faultCatalogue,
  generated,
  memoryFileStore
} from "@bcda-kit/sandbox"
import { type ServeOptions, serve } from "@bcda-kit/sandbox/node"
import { Clock, Duration, Effect, Semaphore } from "effect"
import { patientClock } from "./PatientClock.ts"
import { otherPlaces } from "./Places.ts"
import { aboutTokens, type Breach, breaches, smartDoor } from "./SmartDoor.ts"
import { healthy, type Stance, stances } from "./Stances.ts"

/** A Tuesday morning, an hour before BCDA's clean-up. */
const start = Date.UTC(2026, 9, 6, 10, 0, 0)

/** Few people, in jobs that are polled a few times. */
const world: ServeOptions = {
  enrollees: 12,
  pace: { pendingMillis: 2000, perSubJobMillis: 1000 },
  /** One source for all, so that the claims are made once. */
  data: generated({ seed: 1 })
}

/** On the servers' clocks. The time-out is so long that `patientClock` makes very sure, before it, that no answer is on its way. */
const pace = {
  initial: Duration.seconds(1),
  timeout: Duration.days(2),
  deadline: Duration.seconds(30)
}

/** Made certificates all have one name, and whoever trusts two of them may try the wrong one. */
const oneCertificate = Semaphore.makeUnsafe(1)

/** Lets this process, fhir-kit-client in it too, trust a certificate until the scope closes. */
const trusting = (certificate: string) =>
  Effect.acquireRelease(
    oneCertificate.take(1).pipe(
      Effect.andThen(
        Effect.sync(() => {
          const before = getCACertificates("default")
          setDefaultCACertificates([...before, certificate])
          return before
        })
      )
    ),
    (before) =>
      Effect.andThen(
        Effect.sync(() => setDefaultCACertificates(before)),
        oneCertificate.release(1)
      )
  )

/** All of BCDA's bugs are mended but one, which shows only beside a trouble that has to be brought about, and not without it. */
const mended = Object.fromEntries(bugs.filter((bug) => bug !== "lost-cancel").map((bug) => [bug, "fixed" as const]))

interface Opening {
  /** Whether BCDA's bugs are mended. Default: yes. */
  readonly isMended?: boolean
  /** Whom the server knows the suite as. Default: its first persona. */
  readonly persona?: string | undefined
  /** What is wrong with the door that takes private keys in place of secrets. Default: there is none. */
  readonly door?: Partial<Breach>
}

const opened = (
  faults: ReadonlyArray<FaultInstruction>,
  apiVersion: ApiVersion,
  { door, isMended = true, persona }: Opening = {}
): ProveServer["open"] =>
  Effect.gen(function* () {
    const time = patientClock(start)
    const running = yield* serve({
      ...world,
      store: memoryFileStore(),
      faults,
      behaviour: { bugs: isMended ? mended : "today" }
    }).pipe(Effect.provideService(Clock.Clock, time))
    if (running.certificate !== undefined) yield* trusting(running.certificate)
    const [{ clientId, clientSecret } = { clientId: "", clientSecret: "" }] = running.credentials.filter(
      ({ persona: id }) => persona === undefined || id === persona
    )
    const itself = { ...running, credentials: Credentials.of(clientId, clientSecret), now: running.clock.now }
    const front = door === undefined ? itself : yield* smartDoor(itself, door)
    const other = front.baseUrl.replace("127.0.0.1", "localhost")
    const auth = door === undefined ? "basic" : "smart"
    const target = yield* Effect.fromResult(
      Target.fromUrl(front.baseUrl, { apiVersion, auth, name: "sandbox", allowedOrigins: [other] })
    )
    const server: OpenServer = {
      target: describeTarget(target, { kind: "embedded" }),
      credentials: front.credentials,
      ...(door === undefined ? {} : { only: aboutTokens }),
      time,
      clock: { advance: (by) => Effect.promise(() => running.clock.advance(by)) },
      pace
    }
    return server
  }).pipe(Effect.orDie)

const versions = ["v1", "v2", "v3"] as const

const healthyName = (version: ApiVersion, persona?: string): string =>
  persona === undefined ? `healthy-${version}` : `healthy-${version}-for-${persona}`

/** What nothing is wrong with: a BCDA without its bugs, and BCDA as it is, by the list of what is known of it. */
const wholesome: ReadonlyArray<ProveServer> = versions.flatMap((version) => [
  {
    server: healthyName(version),
    stance: "variant",
    area: "Whole servers",
    title: `BCDA's ${version} with everything mended`,
    baseline: healthyName(version),
    open: opened(healthy, version)
  },
  {
    server: `today-${version}`,
    stance: "variant",
    area: "Whole servers",
    title: `BCDA's ${version} as it is today, by the list of what it is known to break`,
    baseline: healthyName(version),
    open: Effect.map(opened([], version, { isMended: false }), (server) => ({ ...server, expected: bcdaExpected }))
  }
])

/** What a client meets of which BCDA takes only so many jobs. */
const limited: ProveServer = {
  server: healthyName("v3", "duplicates"),
  stance: "variant",
  area: "Whole servers",
  title: "BCDA's v3 with everything mended, for an organization that may not repeat a running job",
  baseline: healthyName("v3", "duplicates"),
  open: opened(healthy, "v3", { persona: "duplicates" })
}

/** BCDA as it is in the eyes of those who judge it by one document only. */
const othersEyes: ReadonlyArray<ProveServer> = Object.values(profiles).flatMap(({ id, title }) => {
  if (id === profileFor({ apiVersion: "v3", ig: "stu2" })) return []
  return [
    {
      server: `today-v3-by-${id}`,
      stance: "variant",
      area: "Whole servers",
      title: `BCDA's v3 as it is today, judged by: ${title}`,
      baseline: healthyName("v3"),
      open: Effect.map(opened([], "v3", { isMended: false }), (server) => ({
        ...server,
        expected: bcdaExpected,
        profile: id
      }))
    } satisfies ProveServer
  ]
})

const withKeys = "healthy-v3-with-keys"

const keyServer = (server: string, stance: ProveServer["stance"], title: string, door: Partial<Breach>) =>
  ({
    server,
    stance,
    area: "Proofs of a private key",
    title,
    baseline: withKeys,
    open: opened(healthy, "v3", { door })
  }) satisfies ProveServer

/** What takes tokens by SMART Backend Services: none of it is the sandbox's, which as BCDA takes secrets. */
const byKeys: ReadonlyArray<ProveServer> = [
  keyServer(withKeys, "variant", "BCDA's v3 with everything mended, whose tokens come for private keys", {}),
  ...Object.entries(breaches).map(([name, breach]) => keyServer(name, "fault", breach.title, breach))
]

const serverOf = ({ group, kind, name, title }: FaultDescription, where?: FaultPlace): ProveServer => {
  const { apiVersion = "v3", beside = [], blocks, by, legal, persona, with: more = {} }: Stance = stances[name] ?? {}
  const there = where === undefined ? {} : { where }
  const open = opened([...healthy, ...beside, { ...more, ...there, fault: name }], apiVersion, { persona })
  return {
    ...(where === undefined ? { server: name } : { server: `${name} at ${where}`, entry: name }),
    stance: kind === "variant" || legal !== undefined ? "variant" : "fault",
    area: group,
    title: where === undefined ? title : `${title}; at ${where}`,
    baseline: healthyName(apiVersion, persona),
    ...(legal === undefined ? {} : { legal }),
    // Only the usual place has nothing to show.
    ...(blocks === undefined || where !== undefined ? {} : { blocks }),
    open: by === undefined ? open : Effect.map(open, (server) => ({ ...server, profile: by.profile }))
  }
}

/** Of two more nights, one comes when the first one's job is 23 hours old, and one when its files are long cleaned up. */
const nights = [Duration.minutes(23 * 60 + 15), Duration.hours(25)]

/** What shows when time has passed, and would show over nights too. */
const ofTime: ReadonlySet<string> = new Set<FaultName>([
  "expired-token-accepted",
  "job-dies-with-token",
  "jobs-expire-early",
  "jobs-never-expire",
  "files-expire-early"
])

/** The same server, judged as one whose clock nobody moves: by runs on three nights, each of which remembers those before. */
const overNights = (server: ProveServer): ProveServer => ({
  ...server,
  server: `${server.server} over nights`,
  entry: server.server,
  title: `${server.title}; judged on three nights`,
  baseline: `${server.baseline} over nights`,
  open: Effect.map(server.open, (running) => ({ ...running, clock: undefined, nights }))
})

const once: ReadonlyArray<ProveServer> = [
  ...wholesome,
  limited,
  ...othersEyes,
  ...faultCatalogue.map((fault) => serverOf(fault))
]

/** Faults alone: a server that is different in one way is not wrong in any of it, wherever that shows. */
const elsewhere: ReadonlyArray<ProveServer> = faultCatalogue
  .filter(({ kind, name }) => kind === "fault" && stances[name]?.legal === undefined)
  .flatMap((fault) => otherPlaces(fault).map((place) => serverOf(fault, place)))

/**
 * Every server that the suite is proven by: the whole ones, and one for each entry of the sandbox's catalogue, with more for what other checks
 * have to see at other places, and those that take private keys. What shows when time has passed is met twice, since a run sees it in two ways.
 */
export const proveServers: ReadonlyArray<ProveServer> = [
  ...once,
  ...elsewhere,
  ...byKeys,
  ...once.filter(({ baseline, server }) => server === baseline || ofTime.has(server)).map(overNights)
]
