/**
 * What is kept of an answer from a server that may hold real people's data: its size, lines and digest, and of one JSON document its shape,
 * with the values that the protocol itself is made of. Everything else is replaced by what kind of thing it was.
 *
 * Checks see the reduced body and no other, so that a stored run is judged as the live one was. A check that needs one more value gets it
 * by a line here.
 */
import { createHash } from "node:crypto"
import type { TargetKind } from "../TargetDescriptor.ts"

/** Whose data is made up: a server started for this, a mock, CMS's public sandbox. Of any other nobody knows. */
const madeUp: Readonly<Record<TargetKind, boolean>> = {
  embedded: true,
  mock: true,
  sandbox: true,
  other: false,
  production: false
}

export const keepsBodies = (kind: TargetKind): boolean => madeUp[kind]

/** Names of members: "value" keeps a text or number, "whole" all there is below, an object what it names. Arrays are looked through. */
interface Kept {
  readonly [name: string]: "value" | "whole" | Kept
}

const files: Kept = { type: "value", url: "value", count: "value" }

/** By `resourceType`. Of a resource that is not listed nothing is kept but its type. */
const resources: Readonly<Record<string, Kept>> = {
  CapabilityStatement: {
    instantiates: "value",
    status: "value",
    fhirVersion: "value",
    format: "value",
    software: { name: "value", version: "value", releaseDate: "value" },
    implementation: { url: "value" },
    rest: "whole"
  },
  OperationOutcome: { issue: { severity: "value", code: "value" } },
  Bundle: { type: "value", total: "value", entry: { resource: {} } },
  Task: {
    identifier: { use: "value", system: "value", value: "value" },
    status: "value",
    intent: "value",
    input: { type: { text: "value" }, valueString: "value" },
    executionPeriod: { start: "value", end: "value" }
  }
}

/** Documents without a `resourceType`: the manifest, an answer with a token, the SMART configuration, the attribution status. */
const documents: Kept = {
  transactionTime: "value",
  request: "value",
  requiresAccessToken: "value",
  JobID: "value",
  output: files,
  error: files,
  deleted: files,
  access_token: "value",
  token_type: "value",
  expires_in: "value",
  scope: "value",
  refresh_token: "value",
  token_endpoint: "value",
  grant_types_supported: "value",
  capabilities: "value",
  token_endpoint_auth_methods_supported: "value",
  token_endpoint_auth_signing_alg_values_supported: "value",
  scopes_supported: "value",
  ingestion_dates: { type: "value", timestamp: "value" }
}

/** Codes of RFC 6749, section 5.2. They are kept wherever they are: `error` is a list of files in a manifest, and nobody's data is one of them. */
const codes: ReadonlySet<unknown> = new Set([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope"
])

const typeName = /^[A-Za-z]{1,64}$/
const memberName = /^[A-Za-z_][\w-]{0,63}$/

/** JSON as it was written: a member that an object has twice is there twice, which `JSON.parse` would not tell. */
type Json =
  | { readonly members: ReadonlyArray<readonly [string, Json]> }
  | { readonly items: ReadonlyArray<Json> }
  | { readonly value: unknown }

/** Reads what `JSON.parse` takes. Commas and colons say nothing that the order of the rest does not. */
const read = (text: string): Json => {
  JSON.parse(text)
  const tokens = text.match(/"(?:\\.|[^"\\])*"|[-+.\w]+|[[\]{}]/g) ?? []
  let at = 0
  const next = (): string => tokens[at++] ?? "null"
  const until = <A>(end: string, take: () => A): ReadonlyArray<A> => {
    const all: Array<A> = []
    while (tokens[at] !== end) all.push(take())
    at++
    return all
  }
  const node = (): Json => {
    const token = next()
    if (token === "{") return { members: until("}", () => [String(JSON.parse(next())), node()] as const) }
    return token === "[" ? { items: until("]", node) } : { value: JSON.parse(token) }
  }
  return node()
}

/** What is kept of an object: by its type if it has one, wherever it is. */
const keptOf = (members: ReadonlyArray<readonly [string, Json]>, kept: Kept): Kept => {
  const type = members.find(([name]) => name === "resourceType")?.[1]
  if (type === undefined) return kept
  const name = "value" in type && typeof type.value === "string" ? type.value : ""
  const plain: Kept = typeName.test(name) ? { resourceType: "value" } : {}
  return { ...(Object.hasOwn(resources, name) ? resources[name] : {}), ...plain }
}

const write = (json: Json, kept: Kept[string]): string => {
  if ("items" in json) return `[${json.items.map((item) => write(item, kept)).join(",")}]`
  if ("members" in json) {
    const own = typeof kept === "string" ? {} : keptOf(json.members, kept)
    const of = (name: string): Kept[string] =>
      kept === "whole" ? "whole" : Object.hasOwn(own, name) ? (own[name] ?? {}) : {}
    const members = json.members.map(([name, member]) => {
      const shown = kept === "whole" || memberName.test(name) ? name : `[name, ${name.length} long]`
      return `${JSON.stringify(shown)}:${write(member, of(name))}`
    })
    return `{${members.join(",")}}`
  }
  const { value } = json
  const isKept =
    typeof kept === "string" || value === null || typeof value === "boolean" || value === "" || codes.has(value)
  return JSON.stringify(isKept ? value : typeof value === "string" ? `[text, ${value.length} long]` : "[number]")
}

export interface Reduced {
  /** Of a JSON document its shape, as JSON; of anything else a note. */
  readonly shape: string
  readonly sha256: string
  readonly lines: number
}

/** Reduces a text that was redacted already; the digest is of that text, so that nobody can find out a secret by trying. */
export const reduce = (text: string): Reduced => {
  const sha256 = createHash("sha256").update(text).digest("hex")
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0)
  const bytes = Buffer.byteLength(text)
  try {
    return { shape: write(read(text), documents), sha256, lines }
  } catch {
    // not JSON, or nested so deeply that nobody means it
    return { shape: `[no JSON document: ${bytes} bytes, ${lines} lines]`, sha256, lines }
  }
}
