import * as http from "node:http"
import * as https from "node:https"
import { gunzipSync } from "node:zlib"
import { Schema } from "effect"
import { persona } from "./Claims.ts"

/** An answer, inflated if it came compressed. */
export interface PlainAnswer {
  readonly status: number
  readonly location: string
  readonly body: Buffer
}

/** The simplest of all clients, to compare ours with: one request, the whole answer, no opinion. */
export const plain = (url: string, headers: Record<string, string> = {}, method = "GET"): Promise<PlainAnswer> =>
  new Promise((resolve, reject) => {
    const { request } = url.startsWith("https:") ? https : http
    const sent = request(url, { method, headers, agent: false }, (response: http.IncomingMessage) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", reject)
      response.on("end", () => {
        const bytes = Buffer.concat(chunks)
        const isGzip = response.headers["content-encoding"] === "gzip"
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers["content-location"]?.toString() ?? "",
          body: isGzip ? gunzipSync(bytes) : bytes
        })
      })
    })
    sent.on("error", reject)
    sent.end()
  })

const Token = Schema.fromJsonString(Schema.Struct({ access_token: Schema.String }))

/** An `Authorization` of its own. */
export const logIn = async (baseUrl: string, { clientId, clientSecret } = persona): Promise<string> => {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64")
  const { body } = await plain(`${baseUrl}/auth/token`, { authorization: `Basic ${basic}` }, "POST")
  return `Bearer ${Schema.decodeSync(Token)(body.toString()).access_token}`
}

/** The headers that a kick-off and a list of jobs want. */
export const asynchronous = { accept: "application/fhir+json", prefer: "respond-async" }

const Task = Schema.Struct({ identifier: Schema.Array(Schema.Struct({ value: Schema.String })), status: Schema.String })
const Jobs = Schema.fromJsonString(Schema.Struct({ entry: Schema.Array(Schema.Struct({ resource: Task })) }))

/** The state of every job there ever was, on all API versions, by its number. */
export const jobsOf = async (baseUrl: string, authorization: string): Promise<ReadonlyMap<string, string>> => {
  const { body, status } = await plain(`${baseUrl}/api/v3/jobs`, { ...asynchronous, authorization })
  const tasks = status === 404 ? [] : Schema.decodeSync(Jobs)(body.toString()).entry.map(({ resource }) => resource)
  return new Map(tasks.map(({ identifier, status }) => [identifier[0]?.value ?? "", status]))
}
