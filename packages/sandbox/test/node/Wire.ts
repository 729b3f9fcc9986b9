import { mkdtemp, rm } from "node:fs/promises"
import { type IncomingHttpHeaders, request } from "node:http"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { small } from "@bcda-kit/sandbox"
import type { RunningSandbox } from "@bcda-kit/sandbox/node"
import { basic, bearerIn, memberOf } from "../Support.ts"

/** An answer as it came over the socket: nothing inflated, nothing followed, header names as written. */
export interface WireAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: ReadonlyArray<string>
  readonly body: Buffer
}

/** One request over its own connection; `path` goes out as it is. */
export const wire = (
  baseUrl: string,
  path: string,
  headers: Record<string, string> = {},
  method = "GET"
): Promise<WireAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(baseUrl)
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", reject)
      response.on("end", () => {
        const { rawHeaders, statusCode = 0 } = response
        resolve({ status: statusCode, headers: response.headers, rawHeaders, body: Buffer.concat(chunks) })
      })
    })
    sent.on("error", reject)
    sent.end()
  })

export const bearerOf = async ({ baseUrl }: RunningSandbox): Promise<string> => {
  const authorization = basic(small.clientId, small.clientSecret)
  const { body } = await wire(baseUrl, "/auth/token", { authorization }, "POST")
  return bearerIn(body.toString())
}

export interface Item {
  readonly type: string
  readonly url: string
}

const items = (manifest: string, list: string): ReadonlyArray<Item> =>
  [memberOf(manifest, list)].flat().map((item) => {
    const json = JSON.stringify(item)
    return { type: String(memberOf(json, "type")), url: String(memberOf(json, "url")) }
  })

/** Exports over HTTP until the manifest is there. The sandbox should have no pace, or a moving clock. */
export const exportOver = async (
  { baseUrl }: RunningSandbox,
  path: string,
  authorization: string
): Promise<{ readonly output: ReadonlyArray<Item>; readonly error: ReadonlyArray<Item> }> => {
  const headers = { authorization, accept: "application/fhir+json", prefer: "respond-async" }
  const kickOff = await wire(baseUrl, path, headers)
  const location = kickOff.headers["content-location"]
  if (typeof location !== "string") throw new Error(`no job: ${kickOff.status} ${kickOff.body.toString()}`)
  for (;;) {
    const { body, status } = await wire(baseUrl, new URL(location).pathname, { authorization })
    if (status === 200) return { output: items(body.toString(), "output"), error: items(body.toString(), "error") }
    if (status !== 202) throw new Error(`${status} ${body.toString()}`)
  }
}

/** Jobs that complete as soon as their files are whole. */
export const noPace = { pendingMillis: 0, perSubJobMillis: 0 }

/** Sends bytes and reads until the server closes. */
export const raw = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes))
    let got = ""
    socket.setEncoding("latin1")
    socket.on("data", (chunk) => (got += chunk))
    socket.on("end", () => resolve(got))
    socket.on("error", reject)
  })

/** Runs with the system's temporary directory being one of the test's own. */
export const withTemporaryFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "sandbox test "))
  const before = process.env["TMPDIR"]
  process.env["TMPDIR"] = folder
  try {
    await use(folder)
  } finally {
    if (before === undefined) delete process.env["TMPDIR"]
    else process.env["TMPDIR"] = before
    await rm(folder, { recursive: true })
  }
}
