import { createHash } from "node:crypto"
import { get } from "node:http"
import { pipeline } from "node:stream/promises"
import { createGunzip } from "node:zlib"
import { type FileItem, finished, kickOff, login } from "../Bcda.ts"
import { startServer } from "../Measured.ts"
import type { SampleLine } from "../Record.ts"
import { claims, selectionOf } from "../servers/Claims.ts"

/** More than this the sandbox's process must not take. */
const memoryLimit = 512e6

/** What a file has to be. */
interface Planned {
  readonly sha256: string
  readonly bytes: number
  readonly lines: number
}

/** The files of a persona's export, made once more and looked at line by line. */
const planned = async (persona: string): Promise<ReadonlyArray<Planned>> => {
  const files: Array<Planned> = []
  for (const { lines: items, type } of claims().plan(await selectionOf(persona))) {
    const hash = createHash("sha256")
    let bytes = 0
    let lines = 0
    for await (const line of items()) {
      if (typeof line !== "string") continue
      const resource: { readonly resourceType: string } = JSON.parse(line)
      if (resource.resourceType !== type) throw new Error(`a ${resource.resourceType} among ${type}`)
      hash.update(`${line}\n`)
      bytes += Buffer.byteLength(line) + 1
      lines++
    }
    if (lines > 0) files.push({ sha256: hash.digest("hex"), bytes, lines })
  }
  return files
}

/** Fetches a file as it is stored and reads it through. */
const fetched = ({ url }: FileItem, authorization: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { headers: { authorization, "accept-encoding": "gzip" }, agent: false }, (response) => {
      const hash = createHash("sha256")
      pipeline(response, createGunzip({ chunkSize: 256 * 1024 }), hash).then(() => resolve(hash.digest("hex")), reject)
    }).on("error", reject)
  })

/** Does something with each of many, a few at a time. */
const each = async <A>(items: ReadonlyArray<A>, atOnce: number, work: (item: A) => Promise<void>): Promise<void> => {
  const rest = items.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of rest) await work(item)
    })
  )
}

const secondsSince = (started: bigint): number => Number(process.hrtime.bigint() - started) / 1e9

/**
 * Many small organizations and a large one export everything at the same moment. All jobs have to complete, and every
 * file has to be the planned one, byte for byte, with the sandbox's process below its memory limit. Fails otherwise.
 */
export const load = async (jobs: number, record: (line: SampleLine) => void): Promise<void> => {
  const expected = { small: await planned("small"), large: await planned("large") }
  const wanted = [...Array.from({ length: jobs }, () => "small" as const), "large" as const]
  const total = (pick: (file: Planned) => number) =>
    wanted.reduce((sum, persona) => sum + expected[persona].reduce((of, file) => of + pick(file), 0), 0)
  const bytes = total((file) => file.bytes)
  const more = { jobs: wanted.length, files: total(() => 1), lines: total(({ lines }) => lines) }

  await using server = await startServer("Sandbox.ts", {})
  const logins = { small: await login(server.baseUrl, "small"), large: await login(server.baseUrl, "large") }
  const note = async (name: string, seconds: number, cpuBefore: number) => {
    const { cpuSeconds, peakRssBytes } = await server.usage()
    const sample = { seconds, bytes, cpuSeconds: cpuSeconds - cpuBefore, peakRssBytes, more }
    record({ kind: "sample", suite: "load", case: name, round: 1, ...sample })
    console.error(`load  ${name} ${seconds.toFixed(1)} s, ${(peakRssBytes / 1e6).toFixed(0)} MB at most`)
    return cpuSeconds
  }

  const idle = await server.usage()
  const started = process.hrtime.bigint()
  const manifests = await Promise.all(
    wanted.map(async (persona) => {
      const job = await kickOff(server.baseUrl, logins[persona])
      return { persona, files: await finished(job, logins[persona], 1000) }
    })
  )
  const made = await note("made", secondsSince(started), idle.cpuSeconds)

  const serving = process.hrtime.bigint()
  let broken = 0
  for (const { files, persona } of manifests) {
    const got: Array<string> = []
    await each(files, 5, async (file) => void got.push(await fetched(file, logins[persona])))
    const want = expected[persona].map(({ sha256 }) => sha256).toSorted()
    if (got.toSorted().join() !== want.join()) broken++
  }
  await note("fetched and compared", secondsSince(serving), made)
  const { peakRssBytes } = await server.usage()
  if (broken > 0) throw new Error(`${broken} of ${wanted.length} exports are not what was planned`)
  if (peakRssBytes > memoryLimit) throw new Error(`the sandbox took ${peakRssBytes} bytes of memory`)
}
