/** Getting a token, and being refused one. */
import { assertion, citing, get, header, isText, jsonOf, mediaType, member, refused, status } from "../Assertion.ts"
import { type Check, notRun } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"

/** The page says about twenty minutes; the clocks of two services make it a second more or less, and nobody minds a minute. */
const shortest = 1100
const longest = 1300

/** A token was refused, and there is none in the answer either. */
const withoutToken = (refusal: Exchange) => {
  const given = get(jsonOf(refusal), ["access_token"])
  return [status(refusal, [400, 401]), assertion(refusal, "body $.access_token", "nothing", given, given === undefined)]
}

export const tokenChecks: ReadonlyArray<Check> = [
  {
    id: "token/issued",
    title: "The right credentials get a bearer token",
    requirements: ["smart#token-issued", "export#role-auth-server", "SEED-06", "TODAY-11"],
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
    steps: ["token"],
    judge: (view) => {
      const life = (expected: string, least: number, most: number) =>
        member(view.one("token"), ["expires_in"], expected, (value) => {
          const seconds = isText(value) ? Number(value) : value
          return typeof seconds === "number" && seconds >= least && seconds <= most
        })
      return [
        ...citing(["SEED-26"], life(`${shortest} to ${longest} seconds`, shortest, longest)),
        ...citing(["smart#token-short-lived"], life("minutes, and less than an hour", 1, 3600))
      ]
    }
  },
  {
    id: "token/wrong-secret-refused",
    title: "A wrong secret gets no token",
    requirements: ["smart#err-invalid-client", "SEED-06"],
    steps: ["token-wrong-secret"],
    judge: (view) => withoutToken(view.one("token-wrong-secret"))
  },
  {
    id: "token/no-credentials-refused",
    title: "Who does not say who asks gets no token",
    requirements: ["smart#err-invalid-client", "SEED-06"],
    steps: ["token-no-credentials"],
    judge: (view) => withoutToken(view.one("token-no-credentials"))
  },
  {
    id: "token/made-up-refused",
    title: "A token that nobody issued opens nothing that a job or an organization has",
    requirements: ["export#sec-limit-to-authorized", "SEED-13"],
    steps: ["status-made-up-token"],
    also: ["status", "file-made-up-token", "jobs-made-up-token", "attribution-made-up-token", "cancel-made-up-token"],
    judge: (view) => {
      const done = view.all("status").slice(-1)
      const isOpen = done.some((manifest) => get(jsonOf(manifest), ["requiresAccessToken"]) === false)
      const guarded = ["status", ...(isOpen ? [] : ["file"]), "jobs", "attribution", "cancel"]
      const answers = guarded
        .flatMap((place) => view.all(`${place}-made-up-token`))
        .filter(({ response }) => response?.status !== 429)
      return answers.length === 0 ? notRun("the server asks to come again later") : answers.map(refused)
    }
  },
  {
    id: "token/not-cached",
    title: "The answer with a token is not to be cached",
    requirements: ["bcda#token-not-cached"],
    steps: ["token"],
    judge: (view) => [
      header(view.one("token"), "cache-control", "no-store", (value) => /\bno-store\b/i.test(value ?? ""))
    ]
  }
]
