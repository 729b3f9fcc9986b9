/** Small real servers on 127.0.0.1 for the tests of this folder; each closes, with its connections, at the end of its `await using` block. */
import { once } from "node:events"
import * as http from "node:http"
import * as net from "node:net"

export interface Loopback extends AsyncDisposable {
  readonly url: string
}

/** An HTTP server. */
export const serve = async (handler: http.RequestListener): Promise<Loopback> => {
  const server = http.createServer(handler)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: addressOf(server),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    }
  }
}

/** A server that says exactly what `talk` writes, once the request's headers have arrived: for answers that `node:http` refuses to send. */
export const serveRaw = async (talk: (socket: net.Socket) => void): Promise<Loopback> => {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => undefined)
    let seen = ""
    socket.on("data", (data) => {
      if (seen.includes("\r\n\r\n")) return
      seen += data.toString("latin1")
      if (seen.includes("\r\n\r\n")) talk(socket)
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: addressOf(server),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    }
  }
}

const addressOf = (server: net.Server): string => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("not listening")
  return `http://127.0.0.1:${address.port}`
}
