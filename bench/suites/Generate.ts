import { get } from "node:http"
import { alternate, type Case } from "../Alternate.ts"
import { finished, kickOff, login } from "../Bcda.ts"
import { startServer } from "../Measured.ts"
import type { SampleLine } from "../Record.ts"

const bytesOf = (url: string, authorization: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { headers: { authorization }, agent: false }, (response) => {
      let bytes = 0
      response.on("data", (chunk: Buffer) => (bytes += chunk.byteLength))
      response.on("end", () => resolve(bytes))
      response.on("error", reject)
    }).on("error", reject)
  })

/** How fast a job's files are made: from the kick-off to the manifest, in plain bytes, gzipping and writing included. */
export const generate = async (rounds: number, people: number, record: (line: SampleLine) => void): Promise<void> => {
  await using server = await startServer("Sandbox.ts", { enrollees: people })
  const authorization = await login(server.baseUrl, "small")
  const sizes = new Map<string, number>()
  const cases = ["v2", "v3"].map((version): Case => {
    const take = async () => {
      const before = await server.usage()
      const started = process.hrtime.bigint()
      const job = await kickOff(server.baseUrl, authorization, version)
      const files = await finished(job, authorization, 20)
      const seconds = Number(process.hrtime.bigint() - started) / 1e9
      const after = await server.usage()
      // The same every time, so counted once and out of the way.
      const bytes =
        sizes.get(version) ??
        (await Promise.all(files.map(({ url }) => bytesOf(url, authorization)))).reduce((sum, size) => sum + size, 0)
      sizes.set(version, bytes)
      return { seconds, bytes, cpuSeconds: after.cpuSeconds - before.cpuSeconds, peakRssBytes: after.peakRssBytes }
    }
    return { name: version, take }
  })
  await alternate("generate", cases, rounds, record)
}
