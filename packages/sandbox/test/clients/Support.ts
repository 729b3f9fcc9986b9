import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type DataSource, generated } from "@bcda-kit/sandbox"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { noPace } from "../node/Wire.ts"

/** What a client of a stranger is sent against: a sandbox, and the text of every file it has written, as the source gave it. */
export const startForClients = async () => {
  const written: Array<string> = []
  const claims = generated({ seed: 3 })
  const data: DataSource = {
    plan: (selection) =>
      claims.plan(selection).map((subJob) => ({
        ...subJob,
        async *lines() {
          let text = ""
          // The generator's people have plain names; a client that takes bytes for characters shows with this one.
          const stranger = JSON.stringify({ id: "-0", name: "Muñoz Đặng 漢字 👋", resourceType: subJob.type })
          for await (const item of subJob.lines()) {
            if (typeof item === "string") text += `${item}\n`
            yield item
          }
          yield stranger
          text += `${stranger}\n`
          written.push(text)
        }
      }))
  }
  // Sixty people make two files of claims.
  const sandbox = await startSandbox({ data, enrollees: 60, pace: noPace })
  return { sandbox, written, [Symbol.asyncDispose]: sandbox.close }
}

/** Fingerprints in an order of their own: clients name and order files as they like. */
export const fingerprints = (files: Iterable<string | Uint8Array>): ReadonlyArray<string> =>
  [...files].map((file) => createHash("sha256").update(file).digest("hex")).toSorted()

export const temporary = () => {
  const path = mkdtempSync(join(tmpdir(), "bcda-sandbox-clients-"))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

const readme = readFileSync(join(import.meta.dirname, "..", "..", "README.md"), "utf8")

/** A block of code of the package's README, found by its first line: what people paste is what the tests run. */
export const pasted = (firstLine: string): string => {
  const [, code] = readme.split(/^```\w*\n/m).flatMap((part) => (part.startsWith(firstLine) ? ["", part] : []))
  if (code === undefined) throw new Error(`the README has no block that begins with ${firstLine}`)
  return code.slice(0, code.indexOf("\n```"))
}
