import { Effect } from "effect"
import { type Control, makeControl } from "../Control.ts"
import type { Sandbox } from "../Sandbox.ts"
import type { Incoming, Outgoing } from "./Connection.ts"
import { listen } from "./Listener.ts"

/** More than any list of faults. */
const mostBytes = 1024 * 1024

const readBody = async (request: Incoming): Promise<string | undefined> => {
  const chunks: Array<Buffer> = []
  let bytes = 0
  for await (const chunk of request) {
    const piece: Buffer = Buffer.from(chunk)
    bytes += piece.byteLength
    if (bytes > mostBytes) return undefined
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString()
}

const problem = (status: number, error: string): Response => Response.json({ error }, { status })

/** The request as the control reads it. Its Host header decides the URL, because that is what has to be loopback. */
const answerTo = async ({ fetch }: Control, request: Incoming, signal: AbortSignal): Promise<Response> => {
  const { headers, method = "GET", url = "/" } = request
  if (!url.startsWith("/")) return problem(400, "the path has to begin with a slash")
  const body = await readBody(request)
  if (body === undefined) return problem(413, "the body is larger than a megabyte")
  const lines = Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []))
  const head = { method, headers: Object.fromEntries(lines), signal }
  let asked: Request
  try {
    asked = new Request(`http://${headers.host}${url}`, body === "" ? head : { ...head, body })
  } catch {
    return problem(400, "that is no request")
  }
  return fetch(asked)
}

const send = async (response: Outgoing, answer: Response): Promise<void> => {
  for (const [name, value] of answer.headers) response.setHeader(name, value)
  response.statusCode = answer.status
  response.end(await answer.text())
}

/** Serves the control of a sandbox on a port of its own until the scope closes, and gives its URL. */
export const serveControl = (sandbox: Sandbox, port: number) => {
  const control = makeControl(sandbox)
  const answer = (request: Incoming, response: Outgoing): void => {
    const left = new AbortController()
    response.once("close", () => left.abort())
    answerTo(control, request, left.signal)
      .then((answered) => send(response, answered))
      .catch(() => response.destroy())
  }
  return Effect.map(listen(answer, { port }), (port) => `http://127.0.0.1:${port}`)
}
