import { Effect, Schema } from "effect"
import type { ConnectionLost, Reply } from "../../internal/Http.ts"
import { chunksOf, cutAfter, leavable } from "../Body.ts"
import { headerOf, withHeader } from "../Edit.ts"
import { allPlaces, type Changes, fault, faultWith, type Moment } from "../Fault.ts"
import { duration, millisOf, whole } from "../Option.ts"

const withBody = ["file", "error-file", "token", "manifest", "jobs", "attribution", "metadata"] as const
const places = allPlaces("file")

const bytes = whole(64, "bytes of the body, as they are on the wire, that come before it")

const nothing: Reply = { status: 200, headers: [], body: new Uint8Array(0) }

const lost = (how: ConnectionLost["how"], title: string) =>
  fault({ title, where: places, strike: () => ({ instead: () => ({ ...nothing, lost: how }) }) })

const cut = (how: ConnectionLost["how"], title: string) =>
  faultWith(Schema.Struct({ bytes }), {
    title,
    where: withBody,
    strike: ({ bytes }) => ({
      wire: (reply, { later }) => {
        const struck = later()
        return { ...reply, body: leavable(() => cutAfter(reply.body, bytes, how, struck)) }
      }
    })
  })

/** A body that pauses once, behind so many bytes. */
const paused = (reply: Reply, count: number, millis: number | undefined, { later, wait }: Moment): Reply => {
  const struck = later()
  return {
    ...reply,
    body: leavable(async function* (left) {
      let sent = 0
      for await (const chunk of chunksOf(reply.body)) {
        const head = Math.max(0, count - sent)
        const pauseHere = sent <= count && chunk.byteLength > head
        sent += chunk.byteLength
        if (!pauseHere) {
          yield chunk
          continue
        }
        if (head > 0) yield chunk.subarray(0, head)
        struck()
        await wait(millis, left)
        if (left.aborted) return
        yield chunk.subarray(head)
      }
    })
  }
}

/** Waits on the sandbox's clock before BCDA sees the request. */
const waitBefore = (millis: number): Changes => ({
  before: (moment) => {
    const struck = moment.later()
    return Effect.tryPromise((signal) => moment.wait(millis, signal)).pipe(
      Effect.orDie,
      Effect.andThen(Effect.sync(struck))
    )
  }
})

/** Announces another length than the body has, which for most files is not known. */
const length = (title: string, change: (bytes: number | undefined) => string) =>
  fault({
    title,
    where: withBody,
    strike: () => ({
      wire: (reply) => {
        if (reply.status !== 200) return reply
        const known = headerOf(reply, "Content-Length")
        return withHeader(reply, "Content-Length", change(known === undefined ? undefined : Number(known)))
      }
    })
  })

/** Connections that are lost, slow, stuck, or say a wrong length. */
export const connectionFaults = {
  closed: lost("closed", "the connection is closed before an answer"),
  reset: lost("reset", "the connection is reset before an answer"),
  cut: cut("closed", "the connection is closed in the middle of the body"),
  "cut-by-reset": cut("reset", "the connection is reset in the middle of the body"),
  stalled: faultWith(Schema.Struct({ bytes }), {
    title: "nothing comes any more in the middle of the body, and the connection stays open",
    where: withBody,
    strike: ({ bytes }) => ({ wire: (reply, moment) => paused(reply, bytes, undefined, moment) })
  }),
  paused: faultWith(Schema.Struct({ bytes, pause: duration("5 seconds", "length of the pause") }), {
    kind: "variant",
    title: "the body pauses once and then goes on",
    where: withBody,
    strike: ({ bytes, pause }) => ({ wire: (reply, moment) => paused(reply, bytes, millisOf(pause), moment) })
  }),
  "slow-body": faultWith(
    Schema.Struct({
      bytes: whole(1024, "bytes at a time"),
      pause: duration("100 millis", "pause between them")
    }),
    {
      kind: "variant",
      title: "the body comes in small pieces with pauses",
      where: withBody,
      strike: ({ bytes, pause }) => ({
        wire: (reply, { later, wait }) => {
          const struck = later()
          return {
            ...reply,
            body: leavable(async function* (left) {
              for await (const chunk of chunksOf(reply.body)) {
                for (let at = 0; at < chunk.byteLength; at += bytes) {
                  yield chunk.subarray(at, at + bytes)
                  struck()
                  await wait(millisOf(pause), left)
                  if (left.aborted) return
                }
              }
            })
          }
        }
      })
    }
  ),
  "slow-first-byte": faultWith(Schema.Struct({ wait: duration("5 seconds", "time before the answer begins") }), {
    kind: "variant",
    title: "the answer takes its time before it begins",
    where: places,
    strike: ({ wait }) => waitBefore(millisOf(wait) ?? 0)
  }),
  "no-answer": fault({
    title: "the connection stays open, and no answer comes",
    where: places,
    strike: () => ({
      before: ({ later }) => Effect.andThen(Effect.sync(later()), Effect.never)
    })
  }),
  "content-length-short": length("Content-Length is less than what is sent", (bytes) =>
    String(bytes === undefined ? 64 : Math.max(1, bytes - 16))
  ),
  "content-length-long": length("Content-Length is more than what is sent", (bytes) =>
    String((bytes ?? 5_000_000_000) + 1000)
  ),
  "content-length-huge": length("Content-Length announces 8 petabytes", () => "8000000000000000"),
  "content-length-garbage": length("Content-Length is no number", () => "many")
}
