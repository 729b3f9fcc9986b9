import { json, origin, type Received, type Reply, text } from "../../internal/Http.ts"
import { hasToken } from "../Ask.ts"
import { editJson, withBody, withHeader, without } from "../Edit.ts"
import { type Changes, fault } from "../Fault.ts"

const where = ["other"] as const

/** The id of a Group that is read, where BCDA has no route. */
const groupIn = ({ method, path }: Received): string | undefined =>
  method === "GET" ? /^\/api\/v\d\/Group\/(all|runout)$/.exec(path)?.[1] : undefined

const isSmart = ({ path }: Received): boolean => /^\/api\/v\d\/\.well-known\/smart-configuration$/.test(path)

const published: Changes["instead"] = ({ received }) =>
  isSmart(received)
    ? json(200, {
        token_endpoint: `${origin(received)}/auth/token`,
        grant_types_supported: ["client_credentials"],
        token_endpoint_auth_methods_supported: ["private_key_jwt", "client_secret_basic"],
        token_endpoint_auth_signing_alg_values_supported: ["RS384", "ES384"],
        scopes_supported: ["system/*.read"],
        capabilities: ["client-confidential-asymmetric"]
      })
    : undefined

/** There is a SMART configuration, and something is wrong with it. */
const smart = (title: string, change: (reply: Reply) => Reply) =>
  fault({
    title,
    where,
    strike: () => ({
      instead: published,
      reply: (reply, { received }) => (isSmart(received) && reply.status === 200 ? change(reply) : reply)
    })
  })

/** What can be looked up at other servers of the guide, and not at BCDA: groups and the SMART configuration. */
export const discoveryFaults = {
  "group-readable": fault({
    kind: "variant",
    title: "a Group that can be exported can be read too",
    where,
    strike: () => ({
      instead: (moment) => {
        const id = hasToken(moment) ? groupIn(moment.received) : undefined
        return id === undefined ? undefined : json(200, { resourceType: "Group", id, type: "person", actual: true })
      }
    })
  }),
  "group-unreadable": fault({
    title: "a Group that can be exported cannot be read, as in BCDA",
    where,
    todayUnless: "group-readable",
    strike: () => ({
      reply: (reply, { received }) =>
        groupIn(received) !== undefined && reply.status === 200 ? text(404, "404 page not found") : reply
    })
  }),
  "smart-configuration": fault({
    kind: "variant",
    title: "a SMART configuration tells where tokens are had, and that private keys are welcome",
    where,
    strike: () => ({ instead: published })
  }),
  "smart-configuration-as-page": smart("the SMART configuration is a page in HTML", (reply) =>
    withHeader(withBody(reply, "<html><body>Welcome</body></html>"), "Content-Type", "text/html")
  ),
  "smart-configuration-bare": smart("the SMART configuration names no client_credentials", (reply) =>
    editJson(reply, (value) => without(value, "grant_types_supported"))
  )
}
