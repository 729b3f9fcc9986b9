import { Option } from "effect"
import { Flag } from "effect/cli"

/** Flags that several commands share. Credentials are never among them: other users of a machine can read a command line. */

export const target = Flag.String("target").pipe(
  Flag.withMetavar("T"),
  Flag.withDescription(
    "embedded (a sandbox started for this run), sandbox (CMS's public one), production, or the base URL of a BCDA"
  )
)

export const apiVersion = Flag.Literals("api-version", ["v1", "v2", "v3"]).pipe(
  Flag.withDescription("Default: v3, or the version that the URL ends in. CMS removes v1 and v2 on 2027-07-30"),
  Flag.optional,
  Flag.map(Option.getOrUndefined)
)

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("JSON lines on stdout, the last one the summary; no progress"),
  Flag.withDefault(false)
)

export const out = (what: string) => Flag.String("out").pipe(Flag.withMetavar("DIR"), Flag.withDescription(what))

/** `A,B` as a list; absent as `undefined`. */
export const list = (name: string, metavar: string, what: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(what),
    Flag.optional,
    Flag.map((text) =>
      Option.getOrUndefined(
        Option.map(text, (text) =>
          text
            .split(",")
            .map((word) => word.trim())
            .filter((word) => word !== "")
        )
      )
    )
  )

/** A piece of text that may be absent. */
export const text = (name: string, metavar: string, what: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(what),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  )
