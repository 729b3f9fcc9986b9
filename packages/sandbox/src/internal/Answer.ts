import { Effect } from "effect"
import type { FaultEngine } from "../faults/Engine.ts"
import type { Passage } from "../faults/Passage.ts"
import type { Received, Reply } from "./Http.ts"
import { checkToken, isReadable, unreadable, versionOfPath } from "./Judge.ts"
import { leave } from "./Pipeline.ts"
import { parseQuery } from "./Query.ts"
import { match } from "./Router.ts"
import type { Micros } from "./Time.ts"
import type { World } from "./World.ts"

/**
 * One request from the wire to the wire. The token check comes before routing, except on the token service, which is a
 * server of its own in BCDA. Faults change the request as it is judged, not as it is echoed.
 */
export const answer = Effect.fnUntraced(function* (
  world: World,
  engine: FaultEngine,
  received: Received,
  struck: (fault: string) => void
): Effect.fn.Return<Reply> {
  const passage = engine.begin(world, received, world.now(), struck)
  yield* passage.before
  const now = world.now()
  const { area, reply, routed } =
    passage.instead === undefined ? yield* judge(passage, received, now) : inFrontOf(world, received, passage.instead)
  return yield* leave({ received, area, routed, now, reply, passage })
})

/** The answer of something in front of BCDA: no router saw the request. */
const inFrontOf = ({ behaviour }: World, { method, path }: Received, reply: Reply) => ({
  area: match(method, path, behaviour).area,
  routed: false,
  reply
})

const judge = Effect.fnUntraced(function* (
  { received, stored, troubles, world }: Passage,
  came: Received,
  now: Micros
) {
  if (!isReadable(received.path)) return { area: "other" as const, reply: unreadable, routed: false }
  const { area, handler, params } = match(received.method, received.path, world.behaviour)
  const checked = yield* Effect.result(checkToken(world, received, troubles))
  const routed = checked._tag === "Success"
  const reply = routed
    ? yield* handler({
        world,
        received: { ...received, path: came.path, query: came.query },
        query: parseQuery(received.query),
        version: versionOfPath(received.path),
        params,
        caller: checked.success,
        now,
        troubles,
        stored
      }).pipe(Effect.catchTag("Refusal", (refusal) => Effect.succeed(refusal.reply)))
    : checked.failure.reply
  return { area, reply, routed }
})
