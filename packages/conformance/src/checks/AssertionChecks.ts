/** How a server of SMART Backend Services takes the proof of a private key. */
import { type Assertion, assertion, citing, get, isText, jsonOf, member, status } from "../Assertion.ts"
import { type Check, type Excuse, notApplicable, type View } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"

/** No token was given, and it was said that none would be. */
const withoutToken = (refusal: Exchange): ReadonlyArray<Assertion> => {
  const given = get(jsonOf(refusal), ["access_token"])
  return [status(refusal, [400, 401]), assertion(refusal, "body $.access_token", "nothing", given, given === undefined)]
}

/** The codes of RFC 6749, section 5.2. */
const codes = [
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope"
]

const errorCode = (refusal: Exchange, expected: ReadonlyArray<string>): Assertion =>
  member(refusal, ["error"], expected.join(" or "), (value) => isText(value) && expected.includes(value))

/** Only where the client proved itself by an assertion. */
const ifSmart = (view: View, judge: () => ReadonlyArray<Assertion>): ReadonlyArray<Assertion> | Excuse =>
  view.target.auth === "smart" ? judge() : notApplicable("the target's tokens do not come by smart")

export const assertionChecks: ReadonlyArray<Check> = [
  {
    id: "assertion/validated",
    title: "An assertion for another server, or one that has expired, gets no token",
    requirements: ["smart#jwt-validate"],
    steps: ["token-wrong-audience", "token-expired-assertion"],
    judge: (view) => ["token-wrong-audience", "token-expired-assertion"].flatMap((step) => withoutToken(view.one(step)))
  },
  {
    id: "assertion/once",
    title: "An assertion gets a token once",
    requirements: ["smart#jwt-replay"],
    steps: ["token-replayed"],
    judge: (view) => withoutToken(view.one("token-replayed"))
  },
  {
    id: "assertion/client-known",
    title: "An assertion of an unknown client, or of another one than its issuer, gets no token",
    requirements: ["smart#jwt-client-match"],
    steps: ["token-unknown-client", "token-other-issuer"],
    judge: (view) => ["token-unknown-client", "token-other-issuer"].flatMap((step) => withoutToken(view.one(step)))
  },
  {
    id: "assertion/key-known",
    title: "An assertion under the name of a key that was not registered gets no token",
    requirements: ["smart#key-resolution"],
    steps: ["token-unknown-key"],
    judge: (view) => withoutToken(view.one("token-unknown-key"))
  },
  {
    id: "assertion/refusals-by-oauth",
    title: "Who proves nothing is told invalid_client, and a wrong grant is refused as OAuth has it",
    requirements: ["smart#err-invalid-client", "smart#err-oauth-5-2"],
    steps: ["token-unknown-client", "token-wrong-audience", "token-wrong-grant"],
    judge: (view) => [
      ...citing(
        ["smart#err-invalid-client"],
        ...["token-unknown-client", "token-wrong-audience"].map((step) => errorCode(view.one(step), ["invalid_client"]))
      ),
      ...citing(
        ["smart#err-oauth-5-2"],
        ...withoutToken(view.one("token-wrong-grant")),
        errorCode(view.one("token-wrong-grant"), codes)
      )
    ]
  },
  {
    id: "assertion/taken",
    title: "An assertion by a registered key gets a token without a jku, and the token says its scope",
    requirements: ["smart#jku-fallback", "smart#token-fields"],
    steps: ["token"],
    judge: (view) =>
      ifSmart(view, () => {
        const token = view.one("token")
        return [
          ...citing(["smart#jku-fallback"], status(token, [200])),
          ...citing(["smart#token-fields"], member(token, ["scope"], "the scope granted", isText))
        ]
      })
  }
]
