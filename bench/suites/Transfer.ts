import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { alternate, type Case } from "../Alternate.ts"
import { bundled } from "../Bundled.ts"
import { measured, temporary } from "../Measured.ts"
import type { SampleLine } from "../Record.ts"
import { startFixture } from "./Fixture.ts"

/** What `clients/BcdaKit.ts` is asked to do. */
export interface Asked {
  readonly baseUrl: string
  readonly directory: string
  readonly gzip: "decode" | "keep"
  readonly verify: "json" | "bytes"
  readonly concurrency: number
}

/** What it says about it. Times are seconds; `startUp` is from the process to the first line of its program. */
export interface Told {
  readonly seconds: number
  readonly startUp: number
  readonly bytes: number
  readonly complete: boolean
}

/** One transfer that both clients make. `most`: how many times curl's time ours may take. */
export interface Transfer {
  readonly name: string
  readonly files: number
  /** Plain size of each file. */
  readonly fileBytes: number
  readonly wire: "gzip" | "identity"
  readonly tls?: boolean
  /** What becomes of a compressed body, in both clients. */
  readonly gzip: Asked["gzip"]
  readonly ours: ReadonlyArray<Pick<Asked, "verify"> & { readonly most: number }>
}

const concurrency = 5

const GB = 1e9
export const transfers: ReadonlyArray<Transfer> = [
  {
    name: "8 files, gzip",
    files: 8,
    fileBytes: GB / 8,
    wire: "gzip",
    gzip: "decode",
    ours: [
      { verify: "bytes", most: 1.15 },
      { verify: "json", most: 2 }
    ]
  },
  {
    name: "1 file, gzip",
    files: 1,
    fileBytes: GB,
    wire: "gzip",
    gzip: "decode",
    ours: [
      { verify: "bytes", most: 1.25 },
      { verify: "json", most: 2 }
    ]
  },
  {
    name: "8 files, gzip, kept",
    files: 8,
    fileBytes: GB / 8,
    wire: "gzip",
    gzip: "keep",
    ours: [
      { verify: "bytes", most: 1.25 },
      { verify: "json", most: 2 }
    ]
  },
  {
    name: "8 files, gzip over TLS",
    files: 8,
    fileBytes: GB / 8,
    wire: "gzip",
    tls: true,
    gzip: "decode",
    ours: [{ verify: "bytes", most: 1.3 }]
  },
  {
    name: "8 files, plain",
    files: 8,
    fileBytes: GB / 8,
    wire: "identity",
    gzip: "decode",
    ours: [{ verify: "bytes", most: 1.5 }]
  },
  {
    name: "2,000 files, gzip",
    files: 2000,
    fileBytes: 200e3,
    wire: "gzip",
    gzip: "decode",
    ours: [{ verify: "bytes", most: 1.3 }]
  }
]

/**
 * Both clients fetch the same files to the same disk, five at a time, each over a connection of its own, as BCDA has it. Ours is taken from
 * its kick-off to its receipt, with every byte proven; curl is told the files and only fetches them. Bytes are plain.
 */
export const transfer = async (
  { files, fileBytes, gzip, name, ours, tls, wire }: Transfer,
  rounds: number,
  record: (line: SampleLine) => void
): Promise<void> => {
  using folder = temporary()
  await using fixture = await startFixture({ files, fileBytes, tls, wire })
  const { baseUrl, certificate, plainBytes, urls } = fixture
  const directory = join(folder.path, "out")
  const program = await bundled(join(import.meta.dirname, "..", "clients", "BcdaKit.ts"), join(folder.path, "program"))
  const list = join(folder.path, "curl.txt")
  writeFileSync(list, urls.map((url, n) => `url = "${url}"\noutput = "${join(directory, `${n}.ndjson`)}"\n`).join(""))

  const curl: Case["take"] = async () => {
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory)
    const encoding = gzip === "decode" ? ["--compressed"] : ["-H", "Accept-Encoding: gzip"]
    const trust = certificate === undefined ? [] : ["--cacert", certificate]
    const parallel = ["-Z", "--parallel-max", String(concurrency)]
    const { stdout: _, ...sample } = await measured("curl", [
      "-sS",
      "--fail",
      ...parallel,
      ...encoding,
      ...trust,
      "-K",
      list
    ])
    return { ...sample, bytes: plainBytes }
  }
  const bcda =
    (verify: Asked["verify"]): Case["take"] =>
    async () => {
      rmSync(directory, { recursive: true, force: true })
      const asked: Asked = { baseUrl, directory, gzip, verify, concurrency }
      const env = certificate === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificate }
      const { stdout, cpuSeconds, peakRssBytes } = await measured(
        process.execPath,
        [program, JSON.stringify(asked)],
        env
      )
      const told: Told = JSON.parse(stdout)
      if (!told.complete || told.bytes !== plainBytes) throw new Error(`${told.bytes} of ${plainBytes} bytes arrived`)
      return {
        seconds: told.seconds,
        bytes: plainBytes,
        ...(cpuSeconds === undefined ? {} : { cpuSeconds }),
        ...(peakRssBytes === undefined ? {} : { peakRssBytes }),
        more: { startUp: told.startUp, ratio: fixture.ratio }
      }
    }
  const cases: ReadonlyArray<Case> = [
    { name: "curl", take: curl },
    ...ours.map(
      ({ most, verify }): Case => ({
        name: `bcda-kit, ${verify}`,
        against: "curl",
        most,
        take: bcda(verify)
      })
    )
  ]
  await alternate(name, cases, rounds, record)
}
