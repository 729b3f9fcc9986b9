// Child processes without a shell (paths may hold spaces), with signals and exit codes passed through.
import { spawn } from "node:child_process"
import { constants } from "node:os"
import { root } from "./environment.mjs"

const signals = ["SIGINT", "SIGTERM", "SIGHUP"]

/** Passes the signals we receive on to the child: it decides how to stop, and we wait until it has. */
const forwardTo = (child) => {
  const received = []
  const forward = (signal) => {
    received.push(signal)
    child.kill(signal)
  }
  for (const signal of signals) process.on(signal, forward)
  const stop = () => {
    for (const signal of signals) process.off(signal, forward)
  }
  return { received, stop }
}

const ended = (child) =>
  new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => resolve({ code, signal }))
  })

/** The child takes over our terminal, stdin, stdout and stderr. Resolves with how it ended. */
export const handOver = async (program, args, env) => {
  const child = spawn(program, args, { cwd: root, env, stdio: "inherit" })
  const { stop } = forwardTo(child)
  return ended(child).finally(stop)
}

/** Runs a tool quietly; its output is given back and only shown when it matters. Interrupted, it counts as stopped by the signal. */
export const quietly = async (program, args, { cwd = root, env }) => {
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
  const output = []
  child.stdout.on("data", (chunk) => output.push(chunk))
  child.stderr.on("data", (chunk) => output.push(chunk))
  const { received, stop } = forwardTo(child)
  const end = await ended(child).finally(stop)
  const stopped = received.length > 0 ? { code: null, signal: received[0] } : {}
  return { ...end, ...stopped, output: Buffer.concat(output).toString("utf8").trim() }
}

/** A child stopped by a signal counts as 128 + its number, as a shell would say. */
export const exitCodeOf = ({ code, signal }) => code ?? 128 + (constants.signals[signal] ?? 0)

export const exitLike = (end) => {
  process.exitCode = exitCodeOf(end)
}
