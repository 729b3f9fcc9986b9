import { Effect } from "effect"
import type { Received, Reply } from "./Http.ts"
import { checkToken, versionOfPath } from "./Judge.ts"
import { leave } from "./Pipeline.ts"
import { parseQuery } from "./Query.ts"
import { match } from "./Router.ts"
import type { Trouble } from "./Trouble.ts"
import type { World } from "./World.ts"

/**
 * One request from the wire to the wire. The token check comes before routing, except on the token service, which is a
 * server of its own in BCDA.
 */
export const answer = Effect.fnUntraced(function* (world: World, received: Received): Effect.fn.Return<Reply> {
  const now = world.now()
  const { area, handler, params } = match(received.method, received.path)
  const troubles: ReadonlySet<Trouble> = new Set()
  const checked = yield* Effect.result(checkToken(world, received, troubles))
  const routed = checked._tag === "Success"
  const reply = routed
    ? yield* handler({
        world,
        received,
        query: parseQuery(received.query),
        version: versionOfPath(received.path),
        params,
        caller: checked.success,
        now,
        troubles
      }).pipe(Effect.catchTag("Refusal", (refusal) => Effect.succeed(refusal.reply)))
    : checked.failure.reply
  return yield* leave({ received, area, routed, now, reply })
})
