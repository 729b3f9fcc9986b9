/** What is done at which target, from the command line and the configuration. */
import { type Budget, describeTarget, type ExpectedFailure, type ProfileId, targetOf } from "@bcda-kit/conformance"
import { Effect } from "effect"
import * as Connection from "../Connection.ts"
import { embeddedJudged, type Judged, resolveJudged } from "../JudgedTarget.ts"
import { type NightTarget, smallRequest } from "./Night.ts"

/** One target as it was asked for. */
export interface Wanted {
  /** As `--target`. */
  readonly target: string
  /** As `--config`. */
  readonly config: string | undefined
  readonly profile?: ProfileId | undefined
  readonly expected?: ReadonlyArray<ExpectedFailure> | undefined
  readonly only?: ReadonlyArray<string> | undefined
  /** Stricter than the server's own. */
  readonly budget?: Budget | undefined
  /** Types of the small export. Default: the first of the target's small types. */
  readonly type?: ReadonlyArray<string> | undefined
  /** Default: true. */
  readonly export?: boolean | undefined
  readonly yesProduction: boolean
}

const restricted = (server: Judged, budget: Budget | undefined): Judged =>
  budget === undefined
    ? server
    : { ...server, target: describeTarget(targetOf(server.target), { ...server.target, budget }) }

/** The server, and a client of it. An embedded sandbox runs until the scope closes, and is one for both. */
const serverOf = Effect.fnUntraced(function* (wanted: Wanted) {
  if (wanted.target === "embedded") {
    const resolved = yield* Connection.embedded()
    // Its jobs are gone by the next night.
    return { server: yield* embeddedJudged(resolved), client: Connection.client(resolved), isRemembered: false }
  }
  const server = restricted(yield* resolveJudged(wanted), wanted.budget)
  const { credentials, target } = server
  return { server, client: Connection.client({ target: targetOf(target), credentials }), isRemembered: true }
})

/** A name as the name of a folder, on any system. */
const slugOf = (name: string): string =>
  name.replaceAll(/[^A-Za-z0-9.-]+/g, "-").replaceAll(/^[.-]+|[.-]+$/g, "") || "target"

/** Finds out about every target before anything is sent: a configuration that is wrong for one is told before the others are asked. */
export const resolveTargets = Effect.fnUntraced(function* (all: ReadonlyArray<Wanted>) {
  const taken = new Set<string>()
  return yield* Effect.forEach(
    all,
    Effect.fnUntraced(function* (wanted) {
      const { client, isRemembered, server } = yield* serverOf(wanted)
      const { name } = server.target
      const base = slugOf(name).toLowerCase()
      let slug = base
      for (let number = 2; taken.has(slug); number++) slug = `${base}-${number}`
      taken.add(slug)
      const target: NightTarget = {
        name: slug === base ? name : `${name} ${slug.slice(base.length + 1)}`,
        slug,
        server,
        client,
        isRemembered,
        profile: wanted.profile,
        expected: wanted.expected,
        only: wanted.only,
        request: wanted.export === false ? undefined : smallRequest(server.target, wanted.type)
      }
      return target
    })
  )
})
