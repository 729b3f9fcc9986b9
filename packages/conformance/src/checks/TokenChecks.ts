/** Getting a token, and being refused one. */
import { assertion, get, isText, jsonOf, mediaType, member, status } from "../Assertion.ts"
import type { Check } from "../Check.ts"

/** The page says about twenty minutes; the clocks of two services make it a second more or less, and nobody minds a minute. */
const shortest = 1100
const longest = 1300

export const tokenChecks: ReadonlyArray<Check> = [
  {
    id: "token/issued",
    title: "The right credentials get a bearer token",
    requirements: ["smart#token-issued", "export#role-auth-server", "SEED-06", "TODAY-11"],
    mixed: "Without a token there is none of them, whatever kind of credentials the server wants.",
    steps: ["token"],
    judge: (view) => {
      const token = view.one("token")
      return [
        status(token, [200]),
        mediaType(token, ["application/json"]),
        member(token, ["access_token"], "a token", isText),
        member(token, ["token_type"], "bearer", (value) => isText(value) && value.toLowerCase() === "bearer")
      ]
    }
  },
  {
    id: "token/expires-in-number",
    title: "expires_in is a number of seconds",
    requirements: ["smart#token-fields"],
    steps: ["token"],
    judge: (view) => [
      member(
        view.one("token"),
        ["expires_in"],
        "a JSON number above 0",
        (value) => typeof value === "number" && value > 0
      )
    ]
  },
  {
    id: "token/no-refresh-token",
    title: "No refresh token comes with the token",
    requirements: ["smart#no-refresh"],
    steps: ["token"],
    judge: (view) => [
      status(view.one("token"), [200]),
      member(view.one("token"), ["refresh_token"], "nothing", (value) => value === undefined)
    ]
  },
  {
    id: "token/lifetime",
    title: "A token lives for about twenty minutes",
    requirements: ["SEED-26", "smart#token-short-lived"],
    mixed: "It is one number: about twenty minutes to the page, and short to SMART.",
    steps: ["token"],
    judge: (view) => [
      member(view.one("token"), ["expires_in"], `${shortest} to ${longest} seconds`, (value) => {
        const seconds = isText(value) ? Number(value) : value
        return typeof seconds === "number" && seconds >= shortest && seconds <= longest
      })
    ]
  },
  {
    id: "token/wrong-secret-refused",
    title: "A wrong secret gets no token",
    requirements: ["smart#err-invalid-client", "SEED-06"],
    mixed: "A token for a wrong secret breaks the page's word, and SMART's where it binds.",
    steps: ["token-wrong-secret"],
    judge: (view) => {
      const refusal = view.one("token-wrong-secret")
      const given = get(jsonOf(refusal), ["access_token"])
      return [
        status(refusal, [400, 401]),
        assertion(refusal, "body $.access_token", "nothing", given, given === undefined)
      ]
    }
  }
]
