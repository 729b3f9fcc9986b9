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
    requirements: ["smart#token-issued", "SEED-06"],
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
    id: "token/lifetime",
    title: "A token lives for about twenty minutes",
    requirements: ["SEED-26", "smart#token-short-lived"],
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
