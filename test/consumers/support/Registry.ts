import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { run } from "./Run.ts"

/** A package as `pnpm publish` would send it. */
interface Packed {
  readonly name: string
  readonly version: string
  readonly manifest: { readonly [key: string]: unknown }
  readonly tarball: Buffer
}

/** The `package.json` that a package's tarball begins with or holds; tar keeps a file's size in octal, 124 bytes into its header. */
const manifestOf = (tarball: Buffer): Packed["manifest"] => {
  const tar = gunzipSync(tarball)
  for (let at = 0; at < tar.length; ) {
    const name = tar.toString("utf8", at, tar.indexOf(0, at))
    const size = Number.parseInt(tar.toString("ascii", at + 124, at + 135), 8) || 0
    if (name === "package/package.json") return JSON.parse(tar.toString("utf8", at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  throw new Error("a tarball without a package.json")
}

/** Packs the workspace's packages: dist in place of src, and versions in place of `workspace:` and `catalog:`. */
const pack = async (root: string, folder: string): Promise<ReadonlyArray<Packed>> => {
  mkdirSync(folder, { recursive: true })
  await run(process.execPath, ["scripts/pack.mjs", folder], { cwd: root })
  return readdirSync(folder).map((file) => {
    const tarball = readFileSync(join(folder, file))
    const manifest = manifestOf(tarball)
    return { name: String(manifest["name"]), version: String(manifest["version"]), manifest, tarball }
  })
}

/**
 * A registry that has the workspace's packages as if they had been published, and sends npm to the real one for all others. So consumers
 * install as they will, ranges between our packages included.
 */
export const startRegistry = async (options: {
  readonly root: string
  readonly folder: string
  readonly upstream: string
}) => {
  const packages = new Map((await pack(options.root, options.folder)).map((one) => [one.name, one]))
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? "/").slice(1))
    const [name = "", file] = path.split("/-/")
    const own = packages.get(name)
    if (own === undefined)
      return response.writeHead(302, { location: new URL(request.url ?? "/", upstream).href }).end()
    if (file !== undefined)
      return response.writeHead(200, { "content-type": "application/octet-stream" }).end(own.tarball)
    const dist = {
      tarball: `${url}${name}/-/package.tgz`,
      integrity: `sha512-${createHash("sha512").update(own.tarball).digest("base64")}`
    }
    const packument = {
      name,
      "dist-tags": { latest: own.version },
      versions: { [own.version]: { ...own.manifest, dist } }
    }
    return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(packument))
  })
  const upstream = options.upstream.endsWith("/") ? options.upstream : `${options.upstream}/`
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the registry does not listen on a port")
  const url = `http://127.0.0.1:${address.port}/`
  return {
    url,
    packages,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
