/** The programs of pages, as the compiler sees them. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { root } from "../../support/Repository.ts"

const tsc = join(dirname(fileURLToPath(import.meta.resolve("typescript/package.json"))), "bin", "tsc")

/** What the compiler has to say of the programs below a folder, one line each: `guide/program-1.ts(3,7): error …`. */
export const typeErrorsIn = async (home: string): Promise<ReadonlyArray<string>> => {
  const compilerOptions = {
    noEmit: true,
    composite: false,
    rewriteRelativeImportExtensions: false,
    declaration: false,
    declarationMap: false,
    noUnusedLocals: false,
    preserveSymlinks: false
  }
  const config = { extends: join(root, "tsconfig.base.json"), compilerOptions, include: ["*/*.ts"] }
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify(config))
  const child = spawn(process.execPath, [tsc, "-p", ".", "--pretty", "false"], {
    cwd: home,
    stdio: ["ignore", "pipe", "inherit"]
  })
  let said = ""
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()))
  await once(child, "close")
  return said.split(/\n(?=\S)/).filter((line) => line.trim() !== "")
}
