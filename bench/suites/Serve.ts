import { mkdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { alternate, type Case } from "../Alternate.ts"
import { type FileItem, finished, kickOff, login } from "../Bcda.ts"
import { measured, startServer, temporary } from "../Measured.ts"
import { type SampleLine, versionOf } from "../Record.ts"
import { startNginx } from "../servers/Nginx.ts"

/** What a client says about encodings, and how often it fetches everything: once is over in a blink. */
const wishes = [
  { encoding: "gzip", passes: 10 },
  { encoding: "identity", passes: 1 }
] as const

const nameOf = ({ url }: FileItem): string => new URL(url).pathname.split("/").at(-1) ?? ""

/** One of the servers that are compared. CPU and memory are known of ours only. */
interface Served {
  readonly name: string
  readonly urls: ReadonlyArray<string>
  readonly usage?: Awaited<ReturnType<typeof startServer>>["usage"]
}

/** A copy of each file, stored as the sandbox stores it, for the other servers; and how many bytes each takes on the wire. */
const copyOf = async (files: ReadonlyArray<FileItem>, authorization: string, folder: string) => {
  mkdirSync(join(folder, "stored"))
  const bytes = { gzip: 0, identity: 0 }
  for (const file of files) {
    for (const { encoding } of wishes) {
      const out = join(folder, encoding === "gzip" ? join("stored", `${nameOf(file)}.gz`) : "plain")
      const headers = ["-H", `Authorization: ${authorization}`, "-H", `Accept-Encoding: ${encoding}`]
      await measured("curl", ["-sS", "--fail", ...headers, "-o", out, file.url])
      bytes[encoding] += statSync(out).size
    }
  }
  return bytes
}

/**
 * How fast files leave: curl fetches all files of a job, five at a time, from the sandbox, from the barest server that
 * Node can be, and from nginx where there is one. All have the files gzipped on disk, and inflate them for a client that
 * does not take gzip; every file has its own connection, as BCDA has it. Bytes are those on the wire.
 */
export const serve = async (rounds: number, people: number, record: (line: SampleLine) => void): Promise<void> => {
  using folder = temporary()
  await using sandbox = await startServer("Sandbox.ts", { enrollees: people })
  const authorization = await login(sandbox.baseUrl, "small")
  const files = await finished(await kickOff(sandbox.baseUrl, authorization), authorization, 100)
  const bytes = await copyOf(files, authorization, folder.path)
  await using bare = await startServer("BareNode.ts", { directory: folder.path })
  await using nginx = versionOf("nginx", ["-v"]) === undefined ? undefined : await startNginx(folder.path)
  if (nginx === undefined) console.error("SKIPPED: there is no nginx here to compare with")

  const copies = (baseUrl: string) => files.map((file) => `${baseUrl}/stored/${nameOf(file)}`)
  const servers: ReadonlyArray<Served> = [
    { name: "sandbox", urls: files.map(({ url }) => url), usage: sandbox.usage },
    { name: "bare node:http", urls: copies(bare.baseUrl), usage: bare.usage },
    ...(nginx === undefined ? [] : [{ name: "nginx", urls: copies(nginx.baseUrl) }])
  ]
  const cases = wishes.flatMap(({ encoding, passes }) =>
    servers.map(({ name, urls, usage }): Case => {
      const list = join(folder.path, `${name}-${encoding}.curl`)
      const pass = urls.map((url) => `url = "${url}"\noutput = "/dev/null"\n`).join("")
      writeFileSync(list, pass.repeat(passes))
      const headers = ["-H", `Authorization: ${authorization}`, "-H", `Accept-Encoding: ${encoding}`]
      const curl = ["-sS", "--fail", "--parallel", "--parallel-max", "5", ...headers, "-K", list]
      const take = async () => {
        const before = await usage?.()
        const { seconds } = await measured("curl", curl)
        const after = await usage?.()
        const own =
          before === undefined || after === undefined
            ? {}
            : { cpuSeconds: after.cpuSeconds - before.cpuSeconds, peakRssBytes: after.peakRssBytes }
        return { seconds, bytes: bytes[encoding] * passes, ...own }
      }
      return { name: `${name}, ${encoding}`, ...(nginx === undefined ? {} : { against: `nginx, ${encoding}` }), take }
    })
  )
  await alternate("serve", cases, rounds, record)
}
