/** The SMART configuration, and whether groups can be looked up. */
import { citing, isAbsoluteUrl, isText, list, mediaType, member, oneDocument, status } from "../Assertion.ts"
import { type Check, type Excuse, notApplicable, type View } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"

/** The document; a server that gives tokens in another way need not have one. */
const published = (view: View): Exchange | Excuse => {
  const answer = view.one("smart-configuration")
  const isThere = answer.response !== undefined && answer.response.status < 300
  return isThere || view.target.auth === "smart"
    ? answer
    : notApplicable("the server does not use SMART Backend Services")
}

const includes =
  (...wanted: ReadonlyArray<string>) =>
  (value: unknown): boolean =>
    wanted.some((one) => list(value).includes(one))

export const discoveryChecks: ReadonlyArray<Check> = [
  {
    id: "discovery/published",
    title: "The SMART configuration can be read by anybody, as JSON",
    requirements: ["smart#discovery-doc", "smart#discovery-json"],
    steps: ["smart-configuration"],
    judge: (view) => {
      const document = published(view)
      if ("excuse" in document) return document
      return [
        ...citing(["smart#discovery-doc"], status(document, [200]), oneDocument(document)),
        ...citing(["smart#discovery-json"], mediaType(document, ["application/json"]))
      ]
    }
  },
  {
    id: "discovery/backend-services",
    title: "The SMART configuration tells what a backend service needs to get a token",
    requirements: [
      "smart#discovery-token-endpoint",
      "smart#discovery-grant-types",
      "smart#discovery-capabilities",
      "smart#discovery-auth-methods",
      "smart#discovery-algs",
      "smart#discovery-scopes"
    ],
    steps: ["smart-configuration"],
    judge: (view) => {
      const document = published(view)
      if ("excuse" in document) return document
      const says = (id: string, name: string, expected: string, holds: (value: unknown) => boolean) =>
        citing([`smart#discovery-${id}`], member(document, [name], expected, holds))
      return [
        ...says("token-endpoint", "token_endpoint", "an absolute URL", isAbsoluteUrl),
        ...says("grant-types", "grant_types_supported", "client_credentials", includes("client_credentials")),
        ...says(
          "capabilities",
          "capabilities",
          "client-confidential-asymmetric",
          includes("client-confidential-asymmetric")
        ),
        ...says(
          "auth-methods",
          "token_endpoint_auth_methods_supported",
          "private_key_jwt",
          includes("private_key_jwt")
        ),
        ...says(
          "algs",
          "token_endpoint_auth_signing_alg_values_supported",
          "RS384 or ES384",
          includes("RS384", "ES384")
        ),
        ...says("scopes", "scopes_supported", "at least one", (value) => list(value).some(isText))
      ]
    }
  },
  {
    id: "metadata/group-read",
    title: "A group that can be exported can be read",
    requirements: ["export#group-read-search"],
    steps: ["group-read"],
    judge: (view) => {
      const group = view.one("group-read")
      return [status(group, [200]), member(group, ["resourceType"], "Group", (value) => value === "Group")]
    }
  }
]
