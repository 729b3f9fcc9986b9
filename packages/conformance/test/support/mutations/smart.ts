/** What can be wrong with a server that takes the proof of a private key. */
import type { Mutation } from "../TinyBcda.ts"
import { claimsOf, headerOf, tinyKid } from "../TinySmart.ts"
import { type Broken, body, on, refusedFor, type When, without } from "./tools.ts"

type Claims = Readonly<Record<string, unknown>>

/** A server of SMART Backend Services that is wrong in one place. */
const smart = (name: string, mutate: () => Mutation, kills: Broken["kills"]): Broken => ({
  name,
  server: () => ({ auth: "smart", mutate: mutate() }),
  kills
})

const given = { status: 200, headers: { "content-type": "application/json" }, body: '{"access_token":"for-anybody"}' }

/** Gives a token for an assertion that claims something which it should not. */
const takes = (wrong: (claims: Claims, header: Claims) => boolean): Mutation => {
  const when: When = (reply, { form }) => {
    const jwt = form.get("client_assertion") ?? ""
    return reply.status === 400 && wrong(claimsOf(jwt), headerOf(jwt))
  }
  return on("token", () => given, when)
}

const strange = (id: unknown) => id !== "tiny-client"

export const assertions: ReadonlyArray<Broken> = [
  smart(
    "an assertion for another server gets a token",
    () => takes(({ aud }) => String(aud).endsWith(".invalid/token")),
    ["assertion/validated"]
  ),
  smart("an assertion that has expired gets a token", () => takes(({ exp }) => Number(exp) * 1000 < Date.now()), [
    "assertion/validated"
  ]),
  smart("an assertion gets as many tokens as one likes", () => {
    const seen = new Set<string>()
    const again: When = (_, { form }) => seen.size === seen.add(form.get("client_assertion") ?? "").size
    return on("token", () => given, again)
  }, ["assertion/once"]),
  smart("anybody's assertion gets a token", () => takes(({ iss, sub }) => strange(iss) && strange(sub)), [
    "assertion/client-known"
  ]),
  smart("an assertion by somebody else gets a token", () => takes(({ iss, sub }) => strange(iss) && !strange(sub)), [
    "assertion/client-known"
  ]),
  smart("a key of any name gets a token", () => takes((_, { kid }) => kid !== tinyKid), ["assertion/key-known"]),
  smart(
    "no signature is looked at",
    () => takes(({ iss, aud }, { kid }) => !strange(iss) && kid === tinyKid && !String(aud).includes("invalid")),
    ["token/wrong-secret-refused"]
  ),
  smart(
    "any grant gets a token",
    () =>
      on(
        "token",
        () => given,
        (_, { form }) => form.get("grant_type") === "password"
      ),
    ["assertion/refusals-by-oauth"]
  ),
  smart(
    "a wrong proof is called a bad request",
    () => body("token", (value) => ({ ...value, error: "invalid_request" }), refusedFor(400)),
    ["assertion/refusals-by-oauth"]
  ),
  smart("a refusal has a code of its own", () => body("token", () => ({ error: "E42" }), refusedFor(400)), [
    "assertion/refusals-by-oauth"
  ]),
  smart("a token does not say what it is for", () => body("token", without("scope")), ["assertion/taken"]),
  smart(
    "an assertion needs a jku",
    () => on("token", () => ({ ...given, status: 400, body: '{"error":"invalid_client"}' })),
    ["assertion/taken", "token/issued"]
  )
]
