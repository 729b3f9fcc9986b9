import { Effect } from "effect"
import { attributionTime } from "../Attribution.ts"
import { goJson, json, utf8 } from "../Http.ts"
import { requireCaller } from "../Judge.ts"
import { outcome } from "../OperationOutcome.ts"
import { rfc3339 } from "../Time.ts"
import type { Handler } from "../World.ts"

/** `GET …/attribution_status`: when BCDA last got lists of the organization's people. Needs no Accept, no Prefer. */
export const attributionStatus: Handler = (exchange) =>
  Effect.gen(function* () {
    const caller = yield* requireCaller(exchange)
    // When the files cannot be read, BCDA says that there are none.
    const lists = exchange.troubles.has("attribution-lookup") ? [] : (["all", "runout"] as const)
    const dates = lists.flatMap((list) => {
      const at = attributionTime(caller, list, exchange.now)
      const type = list === "all" ? "last_attribution_update" : "last_runout_update"
      return at === undefined ? [] : [{ timestamp: rfc3339(at), type }]
    })
    if (dates.length === 0) return outcome(exchange.version, 404, "not-found")
    const body = { ingestion_dates: dates }
    return { ...json(200, body), body: utf8(`${goJson(body)}\n`) }
  })
