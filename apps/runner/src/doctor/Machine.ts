/** What of this machine an export needs. */
import { statfs } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import type { Target } from "@bcda-kit/core"
import { Effect, Result } from "effect"
import { type Connection, variable } from "../Connection.ts"
import { certificatesIn, trust } from "../config/Trust.ts"
import { type Finding, fail, failed, ok, warn } from "../Diagnosis.ts"
import { ExitCode } from "../ExitCode.ts"
import { bytes } from "../Output.ts"

/** The Node that core needs. */
const oldestNode = [22, 19] as const
/** An export of ten thousand people has some ten GB. */
const littleRoom = 10_000_000_000
export const nodeFinding = (version: string): Finding => {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number)
  const [wantedMajor, wantedMinor] = oldestNode
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
    ? ok("node", `Node ${version}`)
    : fail(
        "node",
        `Node ${version} is too old`,
        `this needs ${wantedMajor}.${wantedMinor} or later`,
        "Install a current Node.",
        ExitCode.usage
      )
}

/** Room where an export would go; the directory itself need not be there yet. */
export const diskFinding = async (directory: string): Promise<Finding> => {
  const path = resolve(directory)
  try {
    const { bavail, bsize } = await statfs(path)
    return roomFinding(path, bavail * bsize)
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN"
    if (code === "ENOENT" && dirname(path) !== path) return diskFinding(dirname(path))
    return fail("disk", `${path} cannot be looked at`, code, "Choose another directory for exports.", ExitCode.usage)
  }
}

export const roomFinding = (path: string, room: number): Finding => {
  const what = `${bytes(room)} free at ${path}`
  if (room >= littleRoom) return ok("disk", what)
  const why = "an export of ten thousand people has some 10 GB, a tenth of it with --gzip keep"
  return room === 0
    ? fail("disk", what, why, "Make room, or choose another directory.", ExitCode.usage)
    : warn("disk", what, why, "Make room, or use --gzip keep, if your export is large.")
}

/** Whom this machine trusts to vouch for servers. A target's own file of authorities is trusted until the scope closes. */
export const authoritiesFinding = Effect.fnUntraced(function* ({ caFile }: Pick<Connection, "caFile">) {
  if ((yield* variable("NODE_TLS_REJECT_UNAUTHORIZED")) === "0") {
    return fail(
      "authorities",
      "Certificates are not checked",
      "NODE_TLS_REJECT_UNAUTHORIZED is 0: anybody in between can pose as the server, and gets the secret",
      "Unset it; give the authority that is missing as caFile in the configuration, or by NODE_EXTRA_CA_CERTS.",
      ExitCode.usage
    )
  }
  const extra = yield* variable("NODE_EXTRA_CA_CERTS")
  // Of a file that cannot be used Node only says so on stderr, and goes on without it.
  const read = yield* Effect.result(extra === "" ? Effect.void : certificatesIn(extra, "NODE_EXTRA_CA_CERTS"))
  if (Result.isFailure(read)) return failed("authorities", read.failure)
  const trusted = yield* Effect.result(caFile === undefined ? Effect.void : trust(caFile))
  if (Result.isFailure(trusted)) return failed("authorities", trusted.failure)
  const more = [extra, caFile].filter((file) => file !== undefined && file !== "")
  return ok(
    "authorities",
    more.length === 0 ? "Node's own are trusted" : `Node's own and ${more.join(", ")} are trusted`
  )
})

const proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]

const isThisMachine = (hostname: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)

/** Whether a proxy is asked for, which nothing here goes through. What the variables hold may be a password, and is not shown. */
export const proxyFinding = Effect.fnUntraced(function* (target: Target) {
  const { hostname } = new URL(target.baseUrl)
  const values = yield* Effect.forEach(proxies, variable)
  const set = proxies.filter((_, at) => values[at] !== "")
  if (set.length === 0) return ok("proxy", "none is asked for")
  if (isThisMachine(hostname)) return ok("proxy", `${set.join(", ")} is not for this machine itself`)
  return warn(
    "proxy",
    `${set.join(", ")} is set, and bcda does not go through proxies`,
    "it connects straight to the server; a network that lets nothing else out than a proxy stops it",
    `Let this machine reach ${hostname} directly. BCDA's production registers addresses, so it has to be a fixed one anyway.`
  )
})
