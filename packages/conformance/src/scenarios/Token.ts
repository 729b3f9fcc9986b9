import type { Scenario } from "../Scenario.ts"
import { getToken, json, post } from "./Requests.ts"

export const token: Scenario = {
  id: "token",
  title: "Getting a token",
  smoke: true,
  steps: [
    getToken("token", "Ask for a token"),
    post("token-wrong-secret", "Ask for a token with a wrong secret", "{tokenUrl}", {
      hazard: "refusal",
      onlyWithAuth: true,
      auth: "wrong-secret",
      headers: json
    })
  ]
}
