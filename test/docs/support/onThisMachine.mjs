// Loaded first by every Node that a page starts: CMS's hosts are a server on this machine, and nothing else is reached beyond it.
import { Socket } from "node:net"

const hosts = new Set(["sandbox.bcda.cms.gov", "api.bcda.cms.gov"])
const here = new Set(["127.0.0.1", "::1", "localhost"])
const port = Number(process.env["CMS_STANDS_IN"])
const connect = Reflect.get(Socket.prototype, "connect")

Socket.prototype.connect = function (...args) {
  // Node's own callers hand over an array of the options and a callback.
  const [given] = args
  const options = Array.isArray(given) ? given[0] : given
  if (typeof options === "object" && options !== null && options.path == null) {
    if (hosts.has(options.host)) Object.assign(options, { host: "127.0.0.1", port, lookup: undefined })
    else if (options.host !== undefined && !here.has(options.host)) {
      queueMicrotask(() => this.destroy(new Error(`${options.host} is not on this machine`)))
      return this
    }
  }
  return connect.apply(this, args)
}
