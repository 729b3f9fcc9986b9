import { type Effect, Result, Schema } from "effect"
import type { FileStoreError, StoredFile } from "../FileStore.ts"
import type { Received, Reply } from "../internal/Http.ts"
import type { Job } from "../internal/Jobs.ts"
import type { Micros } from "../internal/Time.ts"
import type { Trouble } from "../internal/Trouble.ts"
import type { World } from "../internal/World.ts"

/**
 * Where a fault can strike. `status` is every poll of a job, `manifest` only the poll that is answered with one; `file` is
 * a data file, `error-file` one of the files listed under `error`; `other` is what needs no token, such as `/_health`.
 */
export const faultPlaces = [
  "token",
  "kick-off",
  "status",
  "manifest",
  "cancel",
  "jobs",
  "attribution",
  "metadata",
  "file",
  "error-file",
  "other",
  "any"
] as const
/** The name of a place where a fault strikes. */
export type FaultPlace = (typeof faultPlaces)[number]

/** All places where BCDA does its work, and any, with the one before the others that a fault strikes by default. */
export const allPlaces = (first: FaultPlace): readonly [FaultPlace, ...ReadonlyArray<FaultPlace>] => [
  first,
  ...faultPlaces.filter((place) => place !== first && place !== "other")
]

/** A fault breaks what clients may rely on; a variant is another server's way of doing it right. */
export type FaultKind = "fault" | "variant"

/** One request as a change sees it. */
export interface Moment {
  readonly place: FaultPlace
  /** The request as it came, before any change. */
  readonly received: Received
  readonly world: World
  readonly now: Micros
  /** Which request of this place it is for the instruction, from 1. */
  readonly seen: number
  /** The job that the path names, if there is one. */
  readonly job: Job | undefined
  /**
   * Says that the change will act while the body is being read, if at all, and gives the way to say that it did. Without
   * it, a change has struck when it gave something else than it was given.
   */
  readonly later: () => () => void
  /** Waits on the sandbox's clock, for ever without a number. Ends early when the reader leaves. */
  readonly wait: (millis: number | undefined, left: AbortSignal) => Promise<void>
}

/** Writes a changed file beside the job's own ones, so that lengths and ranges fit it. */
export type WriteFile = (
  encoding: StoredFile["encoding"],
  content: AsyncIterable<Uint8Array>
) => Effect.Effect<StoredFile, FileStoreError>

/** What one struck request goes through, from its arrival to the wire. All are optional, and several faults add up. */
export interface Changes {
  /** Which requests of the place it is about at all. Default: all. */
  readonly concerns?: (moment: Moment) => boolean
  /** BCDA's settings and data for this request. */
  readonly world?: (world: World, moment: Moment) => World
  /** The request as BCDA judges it. The manifest still echoes the one that came. */
  readonly request?: (received: Received, moment: Moment) => Received
  /** What goes wrong inside BCDA. It strikes where BCDA meets it. */
  readonly troubles?: ReadonlyArray<Trouble>
  /** What happens before BCDA looks at the request. */
  readonly before?: (moment: Moment) => Effect.Effect<void>
  /** Answered by something in front of BCDA, which never sees the request. */
  readonly instead?: (moment: Moment) => Reply | undefined
  /** The file that is served. */
  readonly file?: (file: StoredFile, write: WriteFile, moment: Moment) => Effect.Effect<StoredFile, FileStoreError>
  /** The answer, before its length is announced. */
  readonly reply?: (reply: Reply, moment: Moment) => Reply | Effect.Effect<Reply>
  /** The answer on the wire: its length is announced, its bytes are on their way. */
  readonly wire?: (reply: Reply, moment: Moment) => Reply
  /** How a server has to listen for this; see `Faults.listening`. */
  readonly listen?: Listening
}

/** What a server that gives the sandbox a socket has to do for the faults below HTTP. */
export interface Listening {
  /** Highest TLS version to offer. */
  readonly maxTls?: "1.1"
  /** Speak HTTP/2. */
  readonly http2?: true
}

/** An option of a fault, for people to read. */
export interface FaultOption {
  readonly name: string
  readonly about: string
  /** The value when it is absent, as JSON. */
  readonly default: unknown
}

/** Options by name, each with a default, so that none is needed. */
type Fields = Readonly<Record<string, Schema.Codec<unknown, unknown>>>

interface Definition {
  /** Default: a fault. */
  readonly kind?: FaultKind
  /** One line that a tester understands. */
  readonly title: string
  /** Places it can strike; the first is the default. */
  readonly where: readonly [FaultPlace, ...ReadonlyArray<FaultPlace>]
  /** It needs all its places at once, so all of them are the default. */
  readonly everywhere?: boolean
  /** BCDA does this today. The named entry is the other way; this one is for a sandbox that goes that way. */
  readonly todayUnless?: string
}

/** One entry of the catalogue. */
export interface Fault extends Definition {
  readonly kind: FaultKind
  readonly options: ReadonlyArray<FaultOption>
  readonly fields: Fields
  /** Makes the changes, once per instruction: what they remember ends with it. */
  readonly bind: (options: unknown) => Result.Result<Changes, Schema.SchemaError>
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const described = (options: Schema.Codec<object, object> & { readonly fields: Fields }): ReadonlyArray<FaultOption> => {
  const defaults: unknown = Schema.decodeSync(options)({})
  return Object.entries(options.fields).map(([name, field]) => ({
    name,
    about: Schema.resolveAnnotations(field)?.description ?? "",
    default: isRecord(defaults) ? defaults[name] : undefined
  }))
}

/** A fault without options. */
export const fault = (definition: Definition & { readonly strike: () => Changes }): Fault =>
  faultWith(Schema.Struct({}), definition)

/** A fault with options. */
export const faultWith = <S extends Schema.Codec<object, object> & { readonly fields: Fields }>(
  options: S,
  definition: Definition & { readonly strike: (options: S["Type"]) => Changes }
): Fault => {
  const { strike, ...rest } = definition
  const decode = Schema.decodeUnknownResult(options, { onExcessProperty: "error" })
  return {
    kind: "fault",
    ...rest,
    fields: options.fields,
    options: described(options),
    bind: (raw) => Result.map(decode(raw), strike)
  }
}
