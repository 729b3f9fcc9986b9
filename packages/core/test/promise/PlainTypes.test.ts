/** Nobody who uses promises meets a type of Effect's: the compiler walks all that the entry gives and takes. */
import type { Writable } from "node:stream"
import type * as Promises from "@bcda-kit/core/promise"
import { assert, describe, it } from "@effect/vitest"
import type { Context, Duration, Effect, Layer, Option, Redacted, Result, Schema, Stream } from "effect"

/** What the engine and the web bring along, and is not walked into. */
type Known =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | AbortSignal
  | Uint8Array
  | ReadableStream<Uint8Array>
  | ReadonlyMap<string, Uint8Array>
  | Writable
  | typeof globalThis.fetch

/** Anything of Effect's carries a key of this form, whatever else it is. Effect declares some for all errors, which say nothing. */
type Mark = `~effect/${string}`

type Deeper = [never, 0, 1, 2, 3, 4, 5, 6, 7]

/** The places below `At` where there is a type of Effect's; `never` if there is none. */
type Foreign<T, At extends string, Depth extends number = 7> = [Depth] extends [never]
  ? never
  : 0 extends 1 & T
    ? `${At} is any`
    : T extends Known
      ? never
      : Exclude<Extract<keyof T, Mark>, keyof Error> extends never
        ? ForeignWithin<T, At, Deeper[Depth]>
        : At
type ForeignWithin<T, At extends string, Depth extends number> = T extends abstract new (
  ...given: infer Given
) => infer Made
  ? Foreign<Given[number], `${At}(given)`, Depth> | Foreign<Made, `${At}(made)`, Depth>
  : T extends (...given: infer Given) => infer Made
    ? Foreign<Given[number], `${At}(given)`, Depth> | Foreign<Made, `${At}()`, Depth>
    : T extends Promise<infer A>
      ? Foreign<A, `${At}, awaited`, Depth>
      : T extends AsyncGenerator<infer A, unknown, unknown>
        ? Foreign<A, `${At}, each`, Depth>
        : T extends ReadonlyArray<infer A>
          ? Foreign<A, `${At}[]`, Depth>
          : { [K in keyof T & string]: Foreign<T[K], `${At}.${K}`, Depth> }[keyof T & string]

type Never<T> = [T] extends [never] ? true : T

/** Does not compile when there is such a place; the compiler's message names it. */
const plain: {
  readonly values: Never<Foreign<typeof Promises, "promise">>
  readonly client: Never<Foreign<Promises.Bcda, "Bcda">>
  readonly options: Never<Foreign<Promises.ConnectOptions | Promises.SinceLastOptions, "options">>
  readonly errors: Never<Foreign<Promises.BcdaError, "BcdaError">>
} = { values: true, client: true, options: true, errors: true }

type Found<T> = [Foreign<T, "it">] extends [never] ? false : true
const found: ReadonlyArray<true> = [
  true satisfies Found<Effect.Effect<1>>,
  true satisfies Found<() => Promise<{ readonly deep: ReadonlyArray<Duration.Duration> }>>,
  true satisfies Found<(given?: { readonly a?: Duration.Input }) => void>,
  true satisfies Found<{ of(): AsyncGenerator<Option.Option<string>, void, undefined> }>,
  true satisfies Found<() => Result.Result<1, 2>>,
  true satisfies Found<Redacted.Redacted>,
  true satisfies Found<Layer.Layer<never>>,
  true satisfies Found<Stream.Stream<1>>,
  true satisfies Found<typeof Schema.String>,
  true satisfies Found<Context.Context<never>>
]
const clean: ReadonlyArray<false> = [
  false satisfies Found<() => Promise<{ readonly deep: ReadonlyArray<{ readonly a: 1 } | string> }>>,
  false satisfies Found<ReadableStream<Uint8Array>>
]

describe("the types of the entry with promises", () => {
  // What is proven here is proven by the compiler; that it compiles is looked at by `tsc -b`, of which tests are a part.
  it("hold nothing of Effect's", () => {
    assert.deepStrictEqual(new Set(Object.values(plain)), new Set([true]))
    assert.lengthOf(found, 10)
    assert.lengthOf(clean, 2)
  })
})
