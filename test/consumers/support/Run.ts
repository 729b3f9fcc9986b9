import { execFile } from "node:child_process"
import { promisify } from "node:util"

const ran = promisify(execFile)

/** Runs a program to its end and gives its stdout. Rejects with all that it said when it fails. */
export const run = async (
  program: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }
): Promise<string> => {
  const env = { ...process.env, ...options.env }
  try {
    const { stdout } = await ran(program, [...args], { cwd: options.cwd, env, maxBuffer: 64 * 1024 * 1024 })
    return stdout
  } catch (error) {
    const said =
      error instanceof Error && "stdout" in error && "stderr" in error
        ? String(error.stdout) + String(error.stderr)
        : ""
    throw new Error(`${program} ${args.join(" ")} in ${options.cwd}:\n${said}`, { cause: error })
  }
}
