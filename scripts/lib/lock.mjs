// One installer at a time per checkout: two first runs started together must not write into each other's folders.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { say, toolchain } from "./environment.mjs"

const file = join(toolchain, "lock")

const holder = () => {
  try {
    return Number(readFileSync(file, "utf8"))
  } catch {
    return undefined
  }
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === "EPERM"
  }
}

const tryTake = () => {
  // Written aside and linked into place: the lock never exists without the pid of its owner.
  const own = `${file}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if (error.code !== "EEXIST") throw error
    return false
  } finally {
    rmSync(own, { force: true })
  }
}

/** Takes the lock of a dead owner out of the way; if somebody else did so first and took it, theirs is put back. */
const clearStale = (pid) => {
  const aside = `${file}.stale.${process.pid}`
  try {
    renameSync(file, aside)
    if (Number(readFileSync(aside, "utf8")) !== pid) linkSync(aside, file)
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

/** Runs `work` alone. A lock left behind by a process that no longer runs is taken over. */
export const alone = async (work) => {
  mkdirSync(toolchain, { recursive: true })
  let told = false
  while (!tryTake()) {
    const pid = holder()
    if (pid !== undefined && !isAlive(pid)) clearStale(pid)
    else {
      if (!told) say("another run is installing; waiting for it")
      told = true
      await sleep(200)
    }
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}
