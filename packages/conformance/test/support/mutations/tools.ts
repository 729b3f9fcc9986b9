/**
 * The tools that mutations are made of: a mutation changes one thing in the replies of one route.
 */
import { type Mutation, type Reply, type Route, type Scene, type TinyOptions } from "../TinyBcda.ts"

export interface Broken {
  readonly name: string
  /** A fresh one for each run: a mutation may remember what it has seen. */
  readonly server: () => TinyOptions
  readonly kills: readonly [string, ...Array<string>]
  /** It is looked at by a run that finds what earlier nights left, not by one that moves the clock. */
  readonly overNights?: true
}

export type Json = Record<string, unknown>
export type When = (reply: Reply, scene: Scene) => boolean

export const on =
  (route: Route, change: (reply: Reply, scene: Scene) => Reply, when: When = () => true): Mutation =>
  (reply, scene) =>
    scene.route === route && when(reply, scene) ? change(reply, scene) : reply

export const ok: When = ({ status }) => status === 200
export const started: When = ({ status }) => status === 202
export const refusedFor =
  (status: number): When =>
  (reply) =>
    reply.status === status

const parsed = (reply: Reply): Json => {
  const value: Json = JSON.parse(text(reply))
  return value
}

/** A list in a JSON object. */
export const listIn = (value: Json, name: string): ReadonlyArray<Json> => {
  const found = value[name]
  return Array.isArray(found) ? found : []
}

/** Changes the JSON body of a route's good answer. */
export const body = (route: Route, change: (value: Json) => Json, when: When = ok): Mutation =>
  on(route, (reply) => ({ ...reply, body: JSON.stringify(change(parsed(reply))) }), when)

export const header = (route: Route, name: string, value: string | undefined, when: When = ok): Mutation =>
  on(
    route,
    (reply) => {
      const { [name]: _, ...others } = reply.headers
      return { ...reply, headers: value === undefined ? others : { ...others, [name]: value } }
    },
    when
  )

export const without = (name: string) => (value: Json) => {
  const { [name]: _, ...others } = value
  return others
}

export const open = (route: Route): Mutation =>
  on(
    route,
    (_, scene) => scene.granted(),
    (_, scene) => !scene.authorized
  )

export const status = (route: Route, code: number, when: When = ok): Mutation =>
  on(route, (reply) => ({ ...reply, status: code }), when)

export const text = (reply: Reply): string => reply.body.toString()

/** Changes the text of the plain file of one type. */
export const file = (change: (text: string) => string | Buffer, when: When = ok): Mutation =>
  on(
    "file",
    (reply) => ({ ...reply, body: change(text(reply)) }),
    (reply, scene) => when(reply, scene) && reply.headers["content-encoding"] === undefined
  )

export const output = (change: (item: Json, index: number) => Json): Mutation =>
  body("status", (value) => ({ ...value, output: listIn(value, "output").map(change) }))

export const member = (name: string, value: unknown): Mutation =>
  body("status", (manifest) => ({ ...manifest, [name]: value }))

export const rest = (change: (entry: Json) => Json): Mutation =>
  body("metadata", (value) => ({ ...value, rest: listIn(value, "rest").map(change) }))

export const made = (name: string, mutate: Mutation, kills: Broken["kills"]): Broken => ({
  name,
  server: () => ({ mutate }),
  kills
})

/** For a mutation that counts: it begins anew with every run. */
export const fresh = (name: string, mutate: () => Mutation, kills: Broken["kills"]): Broken => ({
  name,
  server: () => ({ mutate: mutate() }),
  kills
})

/** From the second good answer of a route on. */
export const later = (route: Route, change: (reply: Reply) => Reply) => (): Mutation => {
  let seen = 0
  return on(route, (reply) => (seen++ === 0 ? reply : change(reply)), ok)
}

export const madeUp: When = (_, { headers, authorized }) => !authorized && headers["authorization"] !== undefined
export const noToken: When = (_, { headers }) => headers["authorization"] === undefined
export const asks =
  (part: string): When =>
  (_, { url }) =>
    url.search.includes(part)
