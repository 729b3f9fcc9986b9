import { createReadStream } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { createGunzip } from "node:zlib"
import { listening } from "./Listening.ts"
import { portOf } from "./Ports.ts"

// The least that Node can do: stored files, inflated for those who want them plain, a connection for each.
const { directory }: { readonly directory: string } = JSON.parse(process.argv[2] ?? "{}")
const server = createServer((request, response) => {
  const stored = createReadStream(join(directory, `${request.url}.gz`))
  response.setHeader("Connection", "close")
  if (request.headers["accept-encoding"] === "gzip") {
    response.setHeader("Content-Encoding", "gzip")
    void pipeline(stored, response).catch(() => response.destroy())
  } else void pipeline(stored, createGunzip(), response).catch(() => response.destroy())
})
server.listen(0, "127.0.0.1", () => {
  listening(`http://127.0.0.1:${portOf(server)}`, async () => {
    server.close()
    server.closeAllConnections()
  })
})
