/**
 * How SMART Backend Services gives tokens. The Bulk Data IG recommends it and BCDA does not use it, so on a server that does not, a breach
 * is no more than a warning. STU1 of the IG had these rules on a page of its own, with discovery as a recommendation.
 */
import type { Requirement } from "../Requirement.ts"
import { editions, inside, noFeature, noRequest, opposed, otherCredentials, permission, rowsFor } from "./Rows.ts"
import { smart } from "./Sources.ts"

const { may, shall, shallNot, should, shouldNot } = rowsFor("token", { onlyIf: "smart" })
const from2 = { igVersions: editions.fromStu2 }
/** A recommendation to those who advertise at all, in STU1. */
const advised = { strengthIn: { stu1: "SHOULD" } } as const

const wellKnown = smart("backend-services", "Retrieve .well-known/smart-configuration")
const metadata = smart("conformance", "Metadata")
const advertising = smart("client-confidential-asymmetric", "Advertising server support for this profile")
const registering = smart("client-confidential-asymmetric", "Registering a client (communicating public keys)")
const verifying = smart("client-confidential-asymmetric", "Signature Verification")
const asking = smart("backend-services", "Obtain access token")
const enforcing = smart("backend-services", "Enforce Authorization")
const issuing = smart("backend-services", "Issue Access Token")
const evaluating = smart("backend-services", "Evaluate Requested Access")
const access = smart("backend-services", "Access FHIR API")

const discovery: ReadonlyArray<Requirement> = [
  shall("smart#discovery-doc", wellKnown, "A server that wants tokens serves .well-known/smart-configuration.", {
    ...from2
  }),
  shall("smart#discovery-json", wellKnown, "That document is application/json, whatever Accept asks for.", {
    ...from2
  }),
  shall("smart#discovery-token-endpoint", wellKnown, "It names token_endpoint.", {
    ...advised
  }),
  shall("smart#discovery-grant-types", metadata, "Its grant_types_supported has client_credentials.", {
    ...from2
  }),
  shall("smart#discovery-capabilities", advertising, "Its capabilities have client-confidential-asymmetric.", {
    ...from2
  }),
  shall("smart#discovery-auth-methods", advertising, "Its token_endpoint_auth_methods_supported has private_key_jwt.", {
    ...advised
  }),
  shall(
    "smart#discovery-algs",
    advertising,
    "Its token_endpoint_auth_signing_alg_values_supported has RS384, ES384 or both.",
    { ...advised }
  ),
  shall("smart#discovery-scopes", advertising, "It has scopes_supported.", {
    ...advised
  }),
  shall(
    "smart#discovery-launch-only",
    metadata,
    "A server that also launches apps or signs users in names issuer, keys, authorization endpoint and PKCE methods there.",
    { ...from2, ...noFeature("It binds servers that launch apps, which a bulk export does not touch.") }
  ),
  should(
    "smart#discovery-recommended",
    metadata,
    "The document also tells response types and the endpoints for registration, introspection and revocation.",
    { ...from2, ...noRequest("These members help app developers; no step of an export reads them.") }
  )
]

const registration: ReadonlyArray<Requirement> = [
  shall(
    "smart#reg-jwks-url",
    registering,
    "A client may register the URL of its key set.",
    inside("Registration goes by forms and mail between people, before the first exchange.")
  ),
  shall(
    "smart#reg-jwks-inline",
    registering,
    "A client may hand in its key set itself, which the server keeps safe and asks to have renewed.",
    inside("How a server stores the keys it was handed does not show in its answers.")
  ),
  shall(
    "smart#reg-client-id",
    registering,
    "Registration gives the client an id.",
    inside("The client id reaches the suite with its credentials; who assigned it is not to be seen.")
  ),
  shall(
    "smart#algs",
    registering,
    "Signatures by RS384 or ES384 are understood.",
    otherCredentials("It takes one registered key for each algorithm; a run has one key, or none at BCDA.")
  ),
  should("smart#jku-fallback", asking, "An assertion without jku is checked against the keys registered.")
]

const assertions: ReadonlyArray<Requirement> = [
  shall(
    "smart#jwt-validate",
    verifying,
    "An assertion with a wrong signature, audience, issuer or time gets no token."
  ),
  shall("smart#jwt-replay", verifying, "An assertion that was used once gets no second token."),
  shall("smart#jwt-client-match", verifying, "The client id of an assertion is known and is its issuer."),
  shall(
    "smart#key-resolution",
    verifying,
    "The key comes from an allowed jku or the registered set, and fits kid and kty; otherwise there is no token."
  ),
  shall(
    "smart#jwks-fetch",
    verifying,
    "A key set is fetched by GET and kept no longer than its Cache-Control says.",
    noFeature("It takes a key set that the suite hosts where the server can reach it.")
  ),
  shall("smart#err-invalid-client", verifying, "Who cannot prove to be the client gets invalid_client, and no token."),
  shall(
    "smart#err-oauth-5-2",
    asking,
    "Other refusals of a token are errors as OAuth defines them, with a description if possible."
  )
]

const tokens: ReadonlyArray<Requirement> = [
  shall(
    "smart#preauthorized",
    evaluating,
    "The scope granted lies within what was agreed for the client.",
    otherCredentials("It takes a client whose agreed scopes are known and narrower than what it asks for.")
  ),
  shall("smart#token-issued", issuing, "A valid request for a token gets one."),
  shall(
    "smart#token-fields",
    issuing,
    "The answer holds access_token, token_type bearer, expires_in as a number of seconds, and scope."
  ),
  shouldNot(
    "smart#token-300",
    issuing,
    "expires_in is not above 300, and 300 is the value to choose.",
    opposed("BCDA's page says twenty minutes of the same number, and token/lifetime holds it to that.")
  ),
  shall("smart#token-short-lived", issuing, "A token lives for minutes, not for hours."),
  should(
    "smart#token-scope-minimal",
    issuing,
    "The scope granted holds what was asked for and no more.",
    noFeature("BCDA's tokens name no scope; nothing is asked for that could be narrowed.")
  ),
  shouldNot("smart#no-refresh", issuing, "No refresh token comes with the access token."),
  shall("smart#resource-checks-expiry", access, "A token past its expiry opens nothing."),
  shall(
    "smart#resource-checks-scope",
    access,
    "A token opens only what its scope covers.",
    otherCredentials("It takes a token for part of the types; BCDA's cover everything or nothing.")
  ),
  should(
    "smart#unauthorized-type",
    enforcing,
    "Asking for a type outside the scope fails at the kick-off.",
    otherCredentials("It takes a client that is authorized for some types and not for others.")
  ),
  should("smart#unsupported-type", enforcing, "Asking for a type the server does not have fails at the kick-off."),
  may(
    "smart#withheld-notice",
    enforcing,
    "Data held back by policy may be mentioned in the error array.",
    permission("A server may keep silent about what it holds back.")
  ),
  shall(
    "smart#risk-rules",
    access,
    "When a token is needed follows from the service's view of its risks.",
    inside("What an operator thinks of its risks is not written in any answer.")
  ),
  shallNot(
    "smart#not-symmetric",
    smart("conformance", "Client Types"),
    "Clients do not prove themselves by a shared secret.",
    { ...from2, ...opposed("BCDA works with client id and secret alone, so the check would be red on every run.") }
  )
]

export const smartBackendServices: ReadonlyArray<Requirement> = [
  ...discovery,
  ...registration,
  ...assertions,
  ...tokens
]
