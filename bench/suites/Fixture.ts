import { createReadStream, createWriteStream, statSync } from "node:fs"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGzip } from "node:zlib"
import { generate } from "selfsigned"
import { startServer, temporary } from "../Measured.ts"
import { claims, selectionOf } from "../servers/Claims.ts"

/** What `servers/Fixture.ts` serves. */
export interface FixtureOptions {
  /** Paths: a block of whole lines, and the gzip of that block, `repeats` times over. */
  readonly plain: string
  readonly gzipped: string
  readonly repeats: number
  /** How many files the manifest lists, all alike. */
  readonly files: number
  /** What every file is sent as, whatever the client takes. */
  readonly wire: "gzip" | "identity"
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** A block has this many bytes at most: it is kept in the server's memory. */
const largestBlock = 125e6

/** Lines of made-up claims without end: the same people again and again. */
async function* claimLines() {
  const selection = await selectionOf("small")
  for (;;) {
    const planned = claims().plan({ ...selection, types: ["ExplanationOfBenefit"] })
    for (const { lines } of planned) for await (const line of lines()) if (typeof line === "string") yield `${line}\n`
  }
}

/** Whole lines of about as many bytes. */
async function* linesOf(bytes: number) {
  let made = 0
  for await (const line of claimLines()) {
    if (made >= bytes) return
    made += Buffer.byteLength(line)
    yield line
  }
}

const repeated = async function* (path: string, times: number) {
  for (let n = 0; n < times; n++) yield* createReadStream(path, { highWaterMark: 1024 * 1024 })
}

/**
 * A server of its own that has `files` files of about `fileBytes` plain bytes each, claims as the sandbox makes them, in memory. With `tls`
 * the certificate is in `certificate`, a path.
 */
export const startFixture = async (options: {
  readonly files: number
  readonly fileBytes: number
  readonly wire: FixtureOptions["wire"]
  readonly tls?: boolean | undefined
}) => {
  const { files, fileBytes, tls = false, wire } = options
  const folder = temporary()
  const repeats = Math.max(1, Math.round(fileBytes / largestBlock))
  const plain = join(folder.path, "plain")
  const gzipped = join(folder.path, "gzipped")
  const certificate = join(folder.path, "certificate.pem")
  await pipeline(Readable.from(linesOf(fileBytes / repeats)), createWriteStream(plain))
  await pipeline(Readable.from(repeated(plain, repeats)), createGzip(), createWriteStream(gzipped))
  const asked: FixtureOptions = {
    plain,
    gzipped,
    repeats,
    files,
    wire,
    ...(tls && { tls: await keyPair(certificate) })
  }
  const server = await startServer("Fixture.ts", asked)
  const plainBytes = statSync(plain).size * repeats
  return {
    baseUrl: server.baseUrl,
    certificate: tls ? certificate : undefined,
    urls: Array.from({ length: files }, (_, n) => `${server.baseUrl}/data/1/${String(n).padStart(5, "0")}.ndjson`),
    plainBytes: plainBytes * files,
    ratio: plainBytes / statSync(gzipped).size,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    }
  }
}

const keyPair = async (path: string) => {
  const made = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }
    ]
  })
  await pipeline(Readable.from([made.cert]), createWriteStream(path))
  return { key: made.private, cert: made.cert }
}
