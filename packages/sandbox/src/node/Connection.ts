import type { IncomingMessage, ServerResponse } from "node:http"
import { constants, type Http2ServerRequest, Http2ServerResponse } from "node:http2"
import { ConnectionLost, type Received, type Reply, targetParts } from "../internal/Http.ts"
import { type GiveBack, giveBackOf } from "../internal/Lending.ts"

/** Requests and answers of HTTP/1.1 and HTTP/2; the second speaks the first one's interface. */
export type Incoming = IncomingMessage | Http2ServerRequest
export type Outgoing = ServerResponse | Http2ServerResponse

const mostBodyBytes = 8192

/** Only headers say whether there is one. */
const hasBody = ({ headers }: Incoming): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0

/** The beginning of the body, for the log. All of it is read, as Go reads what is left of one; nobody waits for it. */
const bodyOf = (request: Incoming): Promise<string> =>
  new Promise((resolve) => {
    const chunks: Array<Buffer> = []
    let bytes = 0
    request.on("data", (chunk: Buffer) => {
      if (bytes < mostBodyBytes) chunks.push(chunk)
      bytes += chunk.byteLength
    })
    const over = () => resolve(Buffer.concat(chunks).subarray(0, mostBodyBytes).toString())
    request.on("end", over)
    request.on("close", over)
  })

/** Header lines in order. HTTP/2 keeps the request line among them, which is told apart by its colon. */
const linesOf = (rawHeaders: ReadonlyArray<string>): Received["headers"] =>
  Array.from(
    { length: rawHeaders.length / 2 },
    (_, index) => [rawHeaders[index * 2] ?? "", rawHeaders[index * 2 + 1] ?? ""] as const
  ).filter(([name]) => !name.startsWith(":"))

/** The request as it stands on the wire: raw target, header lines in their order. */
export const receivedFrom = (request: Incoming, scheme: Received["scheme"]): Received => {
  const { headers, method = "GET", socket, url = "/" } = request
  return {
    method,
    ...targetParts(url),
    scheme,
    host: headers.host ?? headers[":authority"]?.toString() ?? `127.0.0.1:${socket.localPort}`,
    headers: linesOf(request.rawHeaders),
    ...(hasBody(request) ? { body: bodyOf(request) } : {})
  }
}

const writable = (response: Outgoing): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off("drain", done)
      response.off("close", done)
      resolve()
    }
    response.on("drain", done)
    response.on("close", done)
  })

/** What HTTP/2 has other means for. */
const ofConnection = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"])

const isClose = ([name, value]: Reply["headers"][number]): boolean =>
  name.toLowerCase() === "connection" && value.toLowerCase() === "close"

/** HTTP/2 has no reason phrase, and says that a connection is to end in a frame of its own, as Go does. */
const writeHead2 = (response: Http2ServerResponse, { headers, status }: Reply): void => {
  for (const [name, value] of headers) {
    if (!ofConnection.has(name.toLowerCase())) response.appendHeader(name, value)
  }
  const { session } = response.stream
  if (headers.some(isClose)) response.once("finish", () => session?.close())
  response.writeHead(status)
}

const writeHead1 = (response: ServerResponse, { headers, reason, status }: Reply): void => {
  // Go says nothing of a connection that lives on; Node would.
  response.removeHeader("connection")
  for (const [name, value] of headers) response.appendHeader(name, value)
  if (reason === undefined) response.writeHead(status)
  else response.writeHead(status, reason)
}

/**
 * Headers go out at once, as they do when Go's buffer is flushed by the first piece of a file: with that piece if it is there already, alone
 * if it is not. HTTP/2 has sent them.
 */
const flushHead = (response: Outgoing): void => {
  if (response instanceof Http2ServerResponse) return
  const { socket } = response
  socket?.cork()
  response.flushHeaders()
  process.nextTick(() => socket?.uncork())
}

/** Writes a piece, and gives it back once the system has it. HTTP/2 does not say when that is. */
const write = (response: Outgoing, chunk: Uint8Array, giveBack: GiveBack | undefined): boolean => {
  if (response instanceof Http2ServerResponse) return response.write(chunk)
  if (giveBack === undefined) return response.write(chunk)
  return response.write(chunk, (error) => {
    if (!error) giveBack(chunk)
  })
}

/** What was written is on its way, or will never be. */
const written = (response: Outgoing): Promise<void> =>
  new Promise((resolve) => {
    const { socket } = response
    if (response instanceof Http2ServerResponse || socket === null || response.destroyed) resolve()
    else {
      response.once("close", resolve)
      socket.write("", () => resolve())
    }
  })

/** Bodies may wait, even for ever; a client that leaves ends that, too. */
const sendBody = async (response: Outgoing, body: AsyncIterable<Uint8Array>): Promise<void> => {
  const giveBack = giveBackOf(body)
  const chunks = body[Symbol.asyncIterator]()
  const leave = () => {
    chunks.return?.().catch(() => undefined)
  }
  response.once("close", leave)
  if (response.destroyed) return leave()
  try {
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      if (response.destroyed) return leave()
      if (!write(response, next.value, giveBack) && !response.destroyed) await writable(response)
    }
  } catch (cause) {
    // What came before the end still arrives.
    await written(response)
    throw cause
  }
  response.end()
}

/** Puts a reply on the connection, no faster than the client reads. A client that leaves ends the reading of the file. */
export const send = async (response: Outgoing, reply: Reply): Promise<void> => {
  if (reply.lost !== undefined) throw new ConnectionLost({ how: reply.lost })
  if (response instanceof Http2ServerResponse) writeHead2(response, reply)
  else writeHead1(response, reply)
  if (reply.body instanceof Uint8Array) {
    response.end(reply.body)
    return
  }
  flushHead(response)
  await sendBody(response, reply.body)
}

/** What goes wrong while sending can only be shown as BCDA's timeouts show: the connection ends. */
export const drop = (response: Outgoing, cause: unknown): void => {
  const reset = cause instanceof ConnectionLost && cause.how === "reset"
  if (response instanceof Http2ServerResponse) {
    // Of the streams of a connection only this one is concerned.
    if (reset) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    else response.stream.session?.destroy()
  } else if (reset) response.socket?.resetAndDestroy()
  else response.destroy()
}
