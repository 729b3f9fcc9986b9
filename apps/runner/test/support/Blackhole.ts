import { spawn } from "node:child_process"
import { once } from "node:events"
import { connect, type Socket } from "node:net"

const listening = `
const server = require("node:net").createServer()
server.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => console.log(server.address().port))
`

/**
 * An address that drops connections, as BCDA's production does for addresses that are not registered: a server that is stopped in its tracks,
 * and whose queue is full, so that the system answers no further greeting.
 */
export const blackhole = async () => {
  const child = spawn(process.execPath, ["-e", listening], { stdio: ["ignore", "pipe", "inherit"] })
  const [line]: ReadonlyArray<unknown> = await once(child.stdout, "data")
  const port = Number(String(line))
  child.kill("SIGSTOP")
  const waiting: Array<Socket> = []
  const knock = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1")
      waiting.push(socket)
      socket.once("connect", () => resolve(true))
      socket.once("error", () => resolve(false))
      // On this machine a greeting is answered at once, or not at all.
      setImmediate(() => setImmediate(() => setImmediate(() => resolve(false))))
    })
  for (let n = 0; n < 16; n++) await knock()
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of waiting) socket.destroy()
      const closed = once(child, "close")
      child.kill("SIGKILL")
      await closed
    }
  }
}
