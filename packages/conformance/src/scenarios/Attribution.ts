import type { Scenario } from "../Scenario.ts"
import { get, json } from "./Requests.ts"

/** The first thing asked with the token. */
export const attribution: Scenario = {
  id: "attribution",
  title: "Attribution status",
  smoke: true,
  steps: [
    get("attribution", "Read the attribution status", "{api}/attribution_status", {
      onlyOn: { bcda: true },
      headers: json
    })
  ]
}
