import { spawn, spawnSync } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer } from "node:http"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "vite"
import { assert, describe, it } from "vitest"

const browser = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"]).status === 0
)
if (browser === undefined) console.warn("SKIPPED: there is no chromium here; the sandbox was not run in a browser")

/** The page's script in one piece, as a bundler makes it for a browser: nothing of Node may be in it. */
const bundled = async (): Promise<string> => {
  const made = await build({
    configFile: false,
    logLevel: "error",
    root: import.meta.dirname,
    build: { write: false, minify: false, lib: { entry: join(import.meta.dirname, "page.ts"), formats: ["es"] } }
  })
  const [output] = Array.isArray(made) ? made : []
  const [chunk] = output?.output ?? []
  if (chunk?.type !== "chunk") throw new Error("the page was not bundled")
  return chunk.code
}

const worker = () => readFile(createRequire(import.meta.url).resolve("msw/mockServiceWorker.js"), "utf8")

/** Serves the page, and resolves with what it reports. */
const withPage = async <A>(use: (url: string, result: Promise<string>) => Promise<A>): Promise<A> => {
  const files: Readonly<Record<string, readonly [type: string, content: string]>> = {
    "/": ["text/html", '<!doctype html><title>bcda</title><script type="module" src="/page.js"></script>'],
    "/page.js": ["text/javascript", await bundled()],
    "/mockServiceWorker.js": ["text/javascript", await worker()]
  }
  const { promise: result, resolve: report } = Promise.withResolvers<string>()
  const server = createServer((request, response) => {
    const [type, content] = files[request.url ?? "/"] ?? ["text/plain", ""]
    response.setHeader("content-type", type)
    response.end(content)
    if (request.url !== "/result") return
    let body = ""
    request.on("data", (chunk: Buffer) => (body += chunk.toString()))
    request.on("end", () => report(body))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  try {
    const address = server.address()
    return await use(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`, result)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

/** A browser that looks at a page, with all its processes ended by their group. */
const browse = async (name: string, url: string, done: Promise<string>): Promise<string> => {
  const profile = await mkdtemp(join(tmpdir(), "sandbox-browser-"))
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", `--user-data-dir=${profile}`]
  const child = spawn(name, [...flags, url], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, TMPDIR: profile }
  })
  let said = ""
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()))
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()))
  try {
    const failed = gone.then(() => Promise.reject(new Error(`the browser ended by itself:\n${said}`)))
    return await Promise.race([done, failed])
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL")
    await gone
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

describe.skipIf(browser === undefined)("in a browser, behind msw's service worker", () => {
  it("exports, moves its time and has faults", () =>
    withPage(async (url, result) => {
      const reported: unknown = JSON.parse(await browse(browser ?? "", url, result))
      assert.deepStrictEqual(reported, {
        statuses: [202, 202, 503],
        job: "https://sandbox.bcda.cms.gov/api/v3/jobs/1",
        lines: 3,
        log: [
          ["token", "token#1"],
          ["kick-off", "token#1"],
          ["status", "token#1"],
          ["status", "token#1"],
          ["file", "token#1"],
          ["metadata", null]
        ]
      })
    }))
})
