import { goJson, type Received, type Reply, utf8 } from "../internal/Http.ts"
import { queryUnescape } from "../internal/Query.ts"
import { type Changes, isRecord } from "./Fault.ts"

/** Small edits of answers and requests, out of which faults are made. What finds nothing to edit gives back what it got. */

type Named = { readonly headers: Received["headers"] }

export const headerOf = ({ headers }: Named, name: string): string | undefined =>
  headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]

/** Without a header, in any spelling. */
export const withoutHeader = <A extends Named>(message: A, name: string): A => {
  const headers = message.headers.filter(([key]) => key.toLowerCase() !== name.toLowerCase())
  return headers.length === message.headers.length ? message : { ...message, headers }
}

/** With one line of a header, in place of all others. */
export const withHeader = <A extends Named>(message: A, name: string, value: string): A => ({
  ...message,
  headers: [...withoutHeader(message, name).headers, [name, value]]
})

export const withStatus = (reply: Reply, status: number): Reply => ({ ...reply, status })

/** With another body; a length that was announced goes. */
export const withBody = (reply: Reply, body: Reply["body"] | string): Reply => ({
  ...withoutHeader(reply, "Content-Length"),
  body: typeof body === "string" ? utf8(body) : body
})

/** The text of a body that is at hand; files are not. */
export const textOf = ({ body }: Reply): string | undefined =>
  body instanceof Uint8Array ? new TextDecoder().decode(body) : undefined

/** Edits the text of a body that is at hand and not empty. */
export const editText = (reply: Reply, edit: (text: string) => string | Uint8Array): Reply => {
  const text = textOf(reply)
  return text === undefined || text === "" ? reply : withBody(reply, edit(text))
}

export type Json = Readonly<Record<string, unknown>>

/** The one JSON object of a body, if that is what it is. */
export const jsonOf = (reply: Reply): Json | undefined => {
  const text = textOf(reply)
  if (text === undefined || !text.startsWith("{")) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Edits the JSON object of an answer of success. */
export const editJson = (reply: Reply, edit: (value: Json) => unknown): Reply => {
  const value = reply.status < 300 ? jsonOf(reply) : undefined
  if (value === undefined) return reply
  const edited = edit(value)
  return edited === value ? reply : withBody(reply, goJson(edited))
}

/** The same as a change that a fault makes. */
export const editing = (edit: (value: Json) => unknown): Changes => ({ reply: (reply) => editJson(reply, edit) })

export const without = (value: Json, name: string): Json =>
  name in value ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== name)) : value

/** Objects of a list that is a member, or none. */
export const objectsOf = (value: Json, name: string): ReadonlyArray<Json> => {
  const list = value[name]
  return Array.isArray(list) ? list.filter(isRecord) : []
}

/** Edits the objects of a list that is a member; nothing when there are none. */
export const editList = (
  value: Json,
  name: string,
  edit: (items: ReadonlyArray<Json>) => ReadonlyArray<unknown>
): Json => {
  const items = objectsOf(value, name)
  return items.length === 0 ? value : { ...value, [name]: edit(items) }
}

/** Edits the first object of a list that is a member. */
export const editFirst = (value: Json, name: string, edit: (item: Json) => unknown): Json =>
  editList(value, name, ([first, ...rest]) => (first === undefined ? rest : [edit(first), ...rest]))

const nameOf = (pair: string): string | undefined => queryUnescape(pair.split("=", 1)[0] ?? "")

/** Values of a parameter as they stand in the URL. */
export const parametersOf = ({ query }: Received, name: string): ReadonlyArray<string> =>
  query
    .split("&")
    .filter((pair) => nameOf(pair) === name && pair.includes("="))
    .map((pair) => pair.slice(pair.indexOf("=") + 1))

export const withoutParameter = (received: Received, name: string): Received => {
  const query = received.query
    .split("&")
    .filter((pair) => nameOf(pair) !== name)
    .join("&")
  return query === received.query ? received : { ...received, query }
}

/** With one value of a parameter, in place of all others; the value as it should stand in the URL. */
export const withParameter = (received: Received, name: string, value: string): Received => {
  const { query } = withoutParameter(received, name)
  return { ...received, query: [...(query === "" ? [] : [query]), `${name}=${value}`].join("&") }
}
