import { BcdaClient, Credentials, makePolicy, type PolicyOptions, Target } from "@bcda-kit/core"
import { NodeTransport } from "@bcda-kit/core/node"
import { Clock, Duration, Effect, Layer, Result, Stream } from "effect"
import { HttpClient } from "effect/http"
import type { Followed, Following } from "../suites/Follow.ts"

// Many jobs followed at once by one client, in real time; how punctual its looks were is told on stdout.
const { baseUrl, jobs, policy, credentials }: Following = JSON.parse(process.argv[2] ?? "{}")

/** What is known of a job: whether it has been looked at, and when the first waking since was due, and how long after it was set. */
interface Watched {
  hasLooked: boolean
  due: { readonly at: number; readonly interval: number } | undefined
}

/** Wakes as the real clock does, and says so of one job. */
class Watch implements Clock.Clock {
  readonly real: Clock.Clock
  readonly job: Watched
  readonly currentTimeMillis: Clock.Clock["currentTimeMillis"]
  readonly currentTimeNanos: Clock.Clock["currentTimeNanos"]
  readonly monotonicTimeNanos: Clock.Clock["monotonicTimeNanos"]

  constructor(real: Clock.Clock, job: Watched) {
    this.real = real
    this.job = job
    this.currentTimeMillis = real.currentTimeMillis
    this.currentTimeNanos = real.currentTimeNanos
    this.monotonicTimeNanos = real.monotonicTimeNanos
  }
  currentTimeMillisUnsafe() {
    return this.real.currentTimeMillisUnsafe()
  }
  currentTimeNanosUnsafe() {
    return this.real.currentTimeNanosUnsafe()
  }
  monotonicTimeNanosUnsafe() {
    return this.real.monotonicTimeNanosUnsafe()
  }
  sleep(duration: Duration.Duration) {
    return Effect.suspend(() => {
      const interval = Duration.toMillis(duration)
      const at = performance.now() + interval
      // Time limits are slept for too, and interrupted.
      return Effect.tap(this.real.sleep(duration), () => Effect.sync(() => (this.job.due ??= { at, interval })))
    })
  }
}

const watches = new Map<string, Watched>()
const late: Array<number> = []
const intervals: Array<number> = []
const sent: Array<number> = []

/** Looks at the wire from above the transport: when each request leaves. */
const watched = Effect.map(HttpClient.HttpClient, (client) =>
  HttpClient.transform(client, (response, request) =>
    Effect.suspend(() => {
      const now = performance.now()
      sent.push(now)
      const watch = watches.get(request.url)
      if (watch?.due !== undefined && watch.hasLooked) {
        intervals.push(watch.due.interval)
        late.push((now - watch.due.at) / watch.due.interval)
      }
      if (watch !== undefined) {
        watch.due = undefined
        watch.hasLooked = true
      }
      return response
    })
  )
)

const target = Result.getOrThrow(Target.fromUrl(baseUrl))
const options: PolicyOptions = policy
const client = BcdaClient.layer({
  target,
  credentials: Credentials.of(credentials.clientId, credentials.clientSecret),
  policy: options
}).pipe(Layer.provide(Layer.effect(HttpClient.HttpClient, watched).pipe(Layer.provide(NodeTransport.layer))))

const follow = Effect.fnUntraced(function* (statusUrl: string) {
  const bcda = yield* BcdaClient
  const watched: Watched = { hasLooked: false, due: undefined }
  const watch = new Watch(yield* Clock.Clock, watched)
  const job = bcda.job(statusUrl.split("/").at(-1) ?? "")
  watches.set(job.statusUrl, watched)
  const last = yield* Stream.runLast(bcda.follow(job)).pipe(Effect.provideService(Clock.Clock, watch))
  return last._tag === "Some" && last.value._tag === "Completed"
})

const started = performance.now()
const ended = await Effect.runPromise(
  Effect.forEach(jobs, follow, { concurrency: "unbounded" }).pipe(Effect.provide(client))
)

/** The most requests within any window of the budget. */
const { requests, window } = makePolicy(options).budget
// The client's clock counts whole milliseconds.
const millis = Duration.toMillis(window) - 1
let first = 0
let most = 0
for (const [index, at] of sent.entries()) {
  while (at - (sent[first] ?? 0) >= millis) first++
  most = Math.max(most, index - first + 1)
}
const told: Followed = {
  seconds: (performance.now() - started) / 1e3,
  completed: ended.filter(Boolean).length,
  looks: late.length,
  latest: Math.max(...late),
  longestInterval: Math.max(...intervals) / 1e3,
  mostInWindow: most,
  budget: requests
}
console.log(JSON.stringify(told))
