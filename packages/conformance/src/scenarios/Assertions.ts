import type { Auth, Scenario } from "../Scenario.ts"
import { json, post } from "./Requests.ts"

const ask = (id: string, title: string, auth: Auth) =>
  post(id, title, "{tokenUrl}", { hazard: "refusal", onlyOn: { auth: "smart" }, after: "token", auth, headers: json })

/** Each is wrong in one place, and the rest of it as good as that of the run's own token. */
export const assertions: Scenario = {
  id: "assertions",
  title: "Proofs of a private key that prove nothing",
  steps: [
    ask("token-replayed", "Ask for a token with an assertion that was used before", "replayed-assertion"),
    ask("token-wrong-audience", "Ask for a token with an assertion for another server", "wrong-audience"),
    ask("token-expired-assertion", "Ask for a token with an assertion that has expired", "expired-assertion"),
    ask("token-unknown-client", "Ask for a token as a client that nobody registered", "unknown-client"),
    ask("token-other-issuer", "Ask for a token with an assertion that somebody else issued", "other-issuer"),
    ask("token-unknown-key", "Ask for a token with a key that nobody registered", "unknown-key"),
    ask("token-wrong-grant", "Ask for a token by a grant that a client does not have", "wrong-grant")
  ]
}
