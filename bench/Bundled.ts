import { join } from "node:path"
import { rolldown } from "rolldown"

/** The program of the client's threads, which it starts from beside itself. */
const thread = join(import.meta.dirname, "..", "packages", "core", "src", "node", "internal", "CopyThread.ts")

/** A program as its users would run it: Node's stripping of types takes 80 MB in each thread, and is not the client's. */
export const bundled = async (input: string, folder: string): Promise<string> => {
  const bundle = await rolldown({ input: { program: input, CopyThread: thread }, platform: "node", tsconfig: false })
  await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" })
  await bundle.close()
  return join(folder, "program.mjs")
}
