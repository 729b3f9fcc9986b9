import { Duration, Effect, Option, Schema } from "effect"

/**
 * The kinds of options that faults have. All of them are plain JSON, and each has a default.
 */
const withDefault = <S extends Schema.Codec<string | number, string | number>>(schema: S, byDefault: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(byDefault)))

/** Any text. */
export const text = (byDefault: string, about: string) =>
  withDefault(Schema.String.annotate({ description: about }), byDefault)

/** A whole number, not negative. */
export const whole = (byDefault: number, about: string) =>
  withDefault(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description: about }), byDefault)

const isDuration = (words: string): boolean => Option.isSome(durationOf(words))

const durationOf = (words: string): Option.Option<Duration.Duration> => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) (milli|second|minute|hour|day|week)s?$/.exec(words) ?? []
  const make = {
    milli: Duration.millis,
    second: Duration.seconds,
    minute: Duration.minutes,
    hour: Duration.hours,
    day: Duration.days,
    week: Duration.weeks
  }
  switch (unit) {
    case "milli":
    case "second":
    case "minute":
    case "hour":
    case "day":
    case "week":
      return Option.some(make[unit](Number(amount)))
    default:
      return Option.none()
  }
}

/** Milliseconds of a length of time such as `90 seconds`; undefined for other words. */
export const millisOf = (words: string): number | undefined =>
  Option.getOrUndefined(Option.map(durationOf(words), Duration.toMillis))

/** A length of time in words: `250 millis`, `90 seconds`, `10 minutes`, `24 hours`. */
export const DurationText = Schema.String.check(
  Schema.makeFilter((words) => isDuration(words) || "a length of time such as 90 seconds")
)

export const duration = (byDefault: string, about: string) =>
  withDefault(DurationText.annotate({ description: about }), byDefault)
