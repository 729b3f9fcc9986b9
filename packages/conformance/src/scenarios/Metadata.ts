import type { Scenario } from "../Scenario.ts"
import { get, json } from "./Requests.ts"

export const metadata: Scenario = {
  id: "metadata",
  title: "What the server says it is",
  smoke: true,
  steps: [get("metadata", "Read the CapabilityStatement without a token", "{api}/metadata", { auth: "none" })]
}

/** What SMART servers publish beside it. Most of them say there, and only there, where tokens come from. */
export const smartConfiguration: Scenario = {
  id: "smart-configuration",
  title: "What the server says of its tokens",
  smoke: true,
  steps: [
    get("smart-configuration", "Read the SMART configuration", "{api}/.well-known/smart-configuration", {
      weekly: "Thursday",
      auth: "none",
      headers: json,
      keep: [{ name: "tokenUrl", status: 200, from: { json: ["token_endpoint"] }, as: "token-endpoint" }]
    })
  ]
}

/** Whether groups can be looked up. */
export const discovery: Scenario = {
  id: "discovery",
  title: "What else can be looked up",
  steps: [get("group-read", "Read the group that is exported", "{group}", { weekly: "Sunday" })]
}
