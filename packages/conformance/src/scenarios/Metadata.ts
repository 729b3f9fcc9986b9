import type { Scenario } from "../Scenario.ts"
import { get, json } from "./Requests.ts"

export const metadata: Scenario = {
  id: "metadata",
  title: "What the server says it is",
  smoke: true,
  steps: [get("metadata", "Read the CapabilityStatement without a token", "{api}/metadata", { auth: "none" })]
}

/** What SMART servers publish beside it, and whether groups can be looked up. */
export const discovery: Scenario = {
  id: "discovery",
  title: "What else can be looked up",
  steps: [
    get("smart-configuration", "Read the SMART configuration", "{api}/.well-known/smart-configuration", {
      weekly: "Thursday",
      auth: "none",
      headers: json
    }),
    get("group-read", "Read the group that is exported", "{group}", { weekly: "Sunday" })
  ]
}
