import { isDeepStrictEqual } from "node:util"
import type { Receipt } from "@bcda-kit/core"
import { mbi, secret } from "./Claims.ts"
import type { Trace } from "./Client.ts"
import type { Contents } from "./Directory.ts"
import type { World } from "./World.ts"

/** `<type> <sha256>` of every file of an export, sorted. */
export type Whole = ReadonlyArray<string>

const listOf = (receipt: Receipt): Whole => receipt.files.map(({ sha256, type }) => `${type} ${sha256}`).toSorted()

/** What is wrong with a directory whose export claims to be complete; `expected` are the files that it must hold. */
export const flawsOfComplete = (receipt: Receipt, contents: Contents, expected: Whole): ReadonlyArray<string> => {
  const flaws: Array<string> = []
  if (!receipt.complete) flaws.push("it succeeded with a receipt that is not complete")
  if (!isDeepStrictEqual(contents.receipt, receipt)) flaws.push("the receipt on disk is another one")
  if (!isDeepStrictEqual(listOf(receipt), expected)) flaws.push("it succeeded with other bytes than the server's")
  for (const { bytes, lines, path, sha256 } of receipt.files) {
    const file = contents.files.find((one) => one.path === path)
    if (file === undefined) flaws.push(`${path} is in the receipt and not on disk`)
    else if (file.sha256 !== sha256 || file.bytes !== bytes || file.lines !== lines) {
      flaws.push(`${path} is not what the receipt says`)
    }
  }
  const more = contents.files.filter(({ path }) => !receipt.files.some((file) => file.path === path))
  for (const path of [...more.map((file) => file.path), ...contents.leftovers]) flaws.push(`${path} lies about`)
  return flaws
}

/** What is wrong with a directory whose export failed. */
export const flawsOfFailed = (contents: Contents, expected: Whole): ReadonlyArray<string> => {
  const flaws: Array<string> = []
  if (contents.receipt?.complete === true) flaws.push("it failed with a receipt that claims to be complete")
  const known = new Set(expected.map((file) => file.split(" ")[1]))
  for (const { path, sha256 } of contents.files) {
    if (!known.has(sha256)) flaws.push(`${path} has its final name, and other bytes than the server's`)
  }
  const strangers = contents.leftovers.filter((path) => !path.includes("/"))
  for (const path of strangers) flaws.push(`${path} lies about`)
  return flaws
}

/** Whether the secret, a token or a beneficiary's number got to where it must not be. */
export const leaks = (world: World, trace: Trace, contents: Contents): ReadonlyArray<string> => {
  const flaws: Array<string> = []
  const tokens = new Set(trace.sent.flatMap(({ authorization = "" }) => authorization.split(" ")[1] ?? []))
  const canaries = { secret: [secret, ...tokens], "beneficiary's number": [mbi] }
  for (const [what, values] of Object.entries(canaries)) {
    for (const value of values) {
      if (trace.told.some((text) => text.includes(value))) flaws.push(`a ${what} in a log, span, event or error`)
      if (contents.records.includes(value)) flaws.push(`a ${what} in the journal or receipt`)
    }
  }
  const home = [world.running.baseUrl, world.running.baseUrl.replace("127.0.0.1", "localhost")]
  const strange = trace.sent.filter(({ origin }) => !home.includes(origin))
  if (
    strange.some(({ authorization }) => authorization !== undefined) ||
    world.elsewhere.seen.some((one) => one !== undefined)
  ) {
    flaws.push("a token went to a foreign origin")
  }
  if (world.elsewhere.seen.length > 0) flaws.push("a request went to a foreign origin")
  return flaws
}
