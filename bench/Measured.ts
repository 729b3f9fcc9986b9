import { execFile, fork } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import type { Sample } from "./Record.ts"

/** A directory that goes when the suite is done. */
export const temporary = () => {
  const path = mkdtempSync(join(tmpdir(), "bcda-bench-"))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** GNU time: the only way to learn a short program's CPU and memory from outside. */
const gnuTime = "/usr/bin/time"
const hasGnuTime = existsSync(gnuTime)

/** Runs a program to its end; what it said on stdout, too. CPU and memory are of this process alone, and absent without GNU time. */
export const measured = async (
  program: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
): Promise<Omit<Sample, "bytes"> & { readonly stdout: string }> => {
  using folder = temporary()
  const report = join(folder.path, "time")
  const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 }
  const started = process.hrtime.bigint()
  const { stdout } = await (hasGnuTime
    ? promisify(execFile)(gnuTime, ["-q", "-f", "%U %S %M", "-o", report, program, ...args], options)
    : promisify(execFile)(program, [...args], options))
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  if (!hasGnuTime) return { seconds, stdout }
  const [user = 0, system = 0, peak = 0] = readFileSync(report, "utf8").split(" ").map(Number)
  return { seconds, cpuSeconds: user + system, peakRssBytes: peak * 1024, stdout }
}

/** What a server of ours says when asked, and when it has started. */
export type ServerMessage =
  | { readonly is: "listening"; readonly baseUrl: string }
  | { readonly is: "usage"; readonly cpuSeconds: number; readonly peakRssBytes: number }

/** A server in a Node process of its own, see `servers/Listening.ts`. */
export const startServer = async (program: string, options: object) => {
  const child = fork(join(import.meta.dirname, "servers", program), [JSON.stringify(options)], { stdio: "inherit" })
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  const next = <Is extends ServerMessage["is"]>(is: Is) =>
    new Promise<Extract<ServerMessage, { readonly is: Is }>>((resolve, reject) => {
      const listen = (message: ServerMessage) => {
        if (!isOf(message, is)) return
        child.off("message", listen)
        resolve(message)
      }
      child.on("message", listen)
      void ended.then(() => reject(new Error(`${program} has ended`)))
    })
  const { baseUrl } = await next("listening")
  return {
    baseUrl,
    /** CPU so far and largest resident set so far, of the server's process alone. */
    usage: () => {
      const answer = next("usage")
      child.send("usage")
      return answer
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM")
      await ended
    }
  }
}

const isOf = <Is extends ServerMessage["is"]>(
  message: ServerMessage,
  is: Is
): message is Extract<ServerMessage, { readonly is: Is }> => message.is === is
