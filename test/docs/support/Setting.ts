/** Where a page is tried: a folder, servers of this machine for those that the page names, and the commands that it uses. */
import { once } from "node:events"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { generate } from "selfsigned"
import { root } from "../../support/Repository.ts"

const pace = { pendingMillis: 0, perSubJobMillis: 0 }

/** People of the small persona; the claims of more would only take longer. */
const enrollees = 20

const preload = join(import.meta.dirname, "onThisMachine.mjs")
const main = join(root, "apps", "runner", "src", "main.ts")

/** Where each package that a page may install is in this workspace. */
const modules: Readonly<Record<string, string>> = {
  "@bcda-kit/core": "packages/core",
  "@bcda-kit/sandbox": "packages/sandbox",
  "@bcda-kit/conformance": "packages/conformance",
  "@types/node": "node_modules/@types/node",
  effect: "packages/core/node_modules/effect",
  "fhir-kit-client": "packages/conformance/node_modules/fhir-kit-client",
  msw: "packages/sandbox/node_modules/msw",
  vitest: "node_modules/vitest"
}

/** `npx`, `npm` and `bcda` as a page uses them; whatever else it wants of them fails, so that no page is believed to have been run. */
const commands = {
  bcda: `exec node ${JSON.stringify(main)} "$@"`,
  npx: `program=$1; shift
case $program in
bcda-kit) exec bcda "$@" ;;
vitest) exec node ${JSON.stringify(join(root, "node_modules", "vitest", "vitest.mjs"))} "$@" ;;
*) echo "npx $program is not known to the tests of the pages" >&2; exit 127 ;;
esac`,
  npm: `command=$1; shift
[ "$command" != run ] || { command="run $1"; shift; }
case $command in
start) [ "\${1-}" != -- ] || shift; exec bcda "$@" ;;
"run pack") [ "\${1-}" != -- ] || shift; NODE_OPTIONS= exec node ${JSON.stringify(join(root, "scripts", "pack.mjs"))} "$@" ;;
install) for name; do case $name in --save-dev|${Object.keys(modules).join("|")}|bcda-kit) ;; *) echo "$name is no package of the tests of the pages" >&2; exit 127 ;; esac; done ;;
*) echo "npm $command is not known to the tests of the pages" >&2; exit 127 ;;
esac`
}

/** In place of the two ports that pages write down, 3000 and 3001. */
export interface Ports {
  readonly port: number
  readonly control: number
}

/** Two ports that nobody uses at the moment. */
export const freePorts = async (): Promise<Ports> => {
  const servers = [createServer(), createServer()]
  const [port = 0, control = 0] = await Promise.all(
    servers.map(async (server) => {
      await once(server.listen(0, "127.0.0.1"), "listening")
      const address = server.address()
      return typeof address === "object" && address !== null ? address.port : 0
    })
  )
  await Promise.all(servers.map((server) => once(server.close(), "close")))
  return { port, control }
}

export interface Setting extends AsyncDisposable {
  /** The folder of all pages. */
  readonly home: string
  /** What programs find in their environment. */
  readonly env: Readonly<Record<string, string>>
  /** A server of the page's own on a port of its own, and one that takes orders for it on another. */
  readonly local: (ports: Ports) => Promise<Awaited<ReturnType<typeof startSandbox>>>
}

/** Installs the packages and commands, and starts what stands in for CMS. */
export const setUp = async (): Promise<Setting> => {
  const home = mkdtempSync(join(tmpdir(), "bcda kit pages "))
  for (const [name, folder] of Object.entries(modules)) {
    const link = join(home, "node_modules", name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, folder), link, "dir")
  }
  writeFileSync(join(home, "package.json"), '{ "type": "module" }\n')
  const bin = join(home, "bin")
  mkdirSync(bin)
  for (const [name, script] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/bin/bash\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const altNames = ["sandbox.bcda.cms.gov", "api.bcda.cms.gov"].map((value) => ({ type: 2 as const, value }))
  const made = await generate([{ name: "commonName", value: "CMS's stand-in" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames }
    ]
  })
  const certificate = join(home, "certificate.pem")
  writeFileSync(certificate, made.cert)
  const cms = await startSandbox({ enrollees, pace, tls: { key: made.private, cert: made.cert } })
  const locals: Array<Awaited<ReturnType<typeof startSandbox>>> = []
  return {
    home,
    env: {
      PATH: [bin, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
      HOME: home,
      TMPDIR: tmpdir(),
      CMS_STANDS_IN: String(cms.port),
      NODE_EXTRA_CA_CERTS: certificate,
      NODE_OPTIONS: `--import=${JSON.stringify(preload)}`,
      NODE_COMPILE_CACHE: join(home, "compiled")
    },
    local: async ({ control, port }) => {
      const started = await startSandbox({ enrollees, pace, port, control: { port: control } })
      locals.push(started)
      return started
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([cms, ...locals].map((sandbox) => sandbox.close()))
      rmSync(home, { recursive: true, force: true })
    }
  }
}
