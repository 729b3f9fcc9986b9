import type { Receipt } from "@bcda-kit/core"
import { Clock, type Duration, Effect, Schema } from "effect"
import { contentsOf, sha256 } from "./Claims.ts"
import type { Setup } from "./Client.ts"
import type { Whole } from "./Judge.ts"
import { asynchronous, logIn, plain } from "./Plain.ts"
import type { World } from "./World.ts"

const Item = Schema.Struct({ type: Schema.String, url: Schema.String })
const Manifest = Schema.fromJsonString(Schema.Struct({ output: Schema.Array(Item), error: Schema.Array(Item) }))

const digest = async (url: string, type: string, authorization: string): Promise<string> =>
  `${type} ${sha256((await plain(url, { authorization, "accept-encoding": "gzip" })).body)}`

/** Lets time pass. */
export const passing = (clock: Clock.Clock, by: Duration.Input): Promise<void> =>
  Effect.sleep(by).pipe(Effect.provideService(Clock.Clock, clock), Effect.runPromise)

const known = new Map<string, Whole>()

/** What the same request gives when nothing goes wrong, fetched by the plainest client there is. */
export const wholeExport = async (
  { clock, running }: World,
  { request = {}, version = "v3" }: Setup
): Promise<Whole> => {
  const query = new URLSearchParams()
  if (request.types !== undefined) query.set("_type", request.types.join(","))
  if (request.since !== undefined) query.set("_since", request.since)
  if (typeof request.typeFilter === "string") query.set("_typeFilter", request.typeFilter)
  const path = `/api/${version}/Group/all/$export?${query}`
  const before = known.get(path)
  if (before !== undefined) return before
  const headers = { ...asynchronous, authorization: await logIn(running.baseUrl) }
  const { location } = await plain(`${running.baseUrl}${path}`, headers)
  await passing(clock, "1 minute")
  const { body } = await plain(location, headers)
  const manifest = Schema.decodeSync(Manifest)(body.toString())
  const files = await Promise.all(
    [...manifest.output, ...manifest.error].map(({ type, url }) => digest(url, type, headers.authorization))
  )
  if (query.size === 0) {
    const missing = contentsOf(version).filter((one) => !files.includes(one))
    if (missing.length > 0) throw new Error("the sandbox does not serve the claims that it was given")
  }
  await running.reset()
  const whole = files.toSorted()
  known.set(path, whole)
  return whole
}

/** What a plain client gets for the files of a receipt now, faults included. */
export const servedNow = async ({ running }: World, receipt: Receipt): Promise<Whole> => {
  const authorization = await logIn(running.baseUrl)
  const files = receipt.files.map(({ type, url }) => digest(new URL(url, running.baseUrl).href, type, authorization))
  return (await Promise.all(files)).toSorted()
}
