/** A server that repeats secrets and a beneficiary's number wherever it can: none of them gets into any file of the run. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checks, outcomeOf, type ResultLine, TargetKind } from "../src/index.ts"
import { described, runOn } from "./support/Judging.ts"
import { temporaryDirectory } from "./support/TemporaryDirectory.ts"
import { canarySecret, canaryToken, type Reply, type Scene, tinyBcda } from "./support/TinyBcda.ts"

const mbi = "7QX9YZ8WV55"
const dashed = "7QX9-YZ8-WV55"
const signature = "c0ffee5197a7u4e"
const jwt = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJzc2FzIn0.bm90aGluZw"
const basic = Buffer.from(`tiny-client:${canarySecret}`).toString("base64")
/** Known only by the name of its member. */
const refresh = "canary-refresh-0b44d1"
const canaries = [canarySecret, canaryToken, basic, mbi, dashed, signature, jwt, refresh]

/** As JSON may write it: every character by its number. */
const numbered = (text: string): string =>
  text.replace(/./g, (character) => `\\u00${character.charCodeAt(0).toString(16).padStart(2, "0")}`)

/** Quotes all of them in each header and body, plainly and behind the escapes of JSON and URLs. */
const parrot = () => {
  let issued = false
  return (reply: Reply, { headers, route }: Scene): Reply => {
    // no server can repeat a token before it exists
    issued ||= route === "token"
    // and a signature is known by its place in a URL
    const known = canaries.filter(
      (canary) => (issued || canary !== canaryToken) && canary !== signature && canary !== refresh
    )
    const link = `https://files.invalid/x?y=1&X-Amz-Signature=${signature}`
    const echo = [headers["authorization"] ?? "", ...known, encodeURIComponent(known.join(" ")), link].join(" ")
    const told = {
      ...reply,
      headers: { ...reply.headers, "x-echo": echo, [`x-${mbi}`]: mbi, "set-cookie": `session=${canarySecret}` }
    }
    if (route === "file") {
      const odd = { resourceType: mbi, id: "1", [canarySecret]: echo, [mbi]: mbi }
      return "content-encoding" in reply.headers
        ? told
        : { ...told, body: `${JSON.stringify(odd)}\n${reply.body.toString()}` }
    }
    // this answer must stay one that a token can be read from
    if (route === "token" && reply.status === 200) return told
    const members = [
      `"echo":${JSON.stringify(echo).replaceAll("&", "\\u0026").replaceAll("/", "\\/")}`,
      `"numbered":"${known.map(numbered).join(" ")}"`,
      `"refresh_token":"${refresh}"`
    ].join(",")
    const text = reply.body.toString()
    const body = text.includes("{") ? text.replace("{", `{${members},`) : `${text}${echo}`
    // what a manifest says of a type is a server's text too
    return { ...told, body: body.replace('"type":"Coverage"', `"type":"${mbi} ${canarySecret}"`) }
  }
}

const filesOf = (path: string): ReadonlyArray<readonly [string, string]> =>
  readdirSync(path).map((name) => [name, readFileSync(join(path, name), "utf8")])

/** What a text shows of the canaries. */
const shown = (text: string): ReadonlyArray<string> =>
  canaries.filter((canary) => text.toLowerCase().includes(canary.toLowerCase()))

describe("a canary in the server's answers", () => {
  for (const kind of TargetKind.literals) {
    it.live(`gets into no file of a run on a target of kind ${kind}`, () =>
      Effect.gen(function* () {
        const path = yield* temporaryDirectory
        const tiny = yield* tinyBcda({ mutate: parrot() })
        const lines: ReadonlyArray<ResultLine> = yield* runOn(tiny, {
          // without the kind's own budget, which spreads requests over minutes
          target: { ...described(tiny, { kind }), budget: {} },
          directory: path
        })
        const written = filesOf(path)
        assert.sameMembers(
          written.map(([name]) => name),
          [
            "badge.json",
            "badge.svg",
            "capture.jsonl",
            "coverage.md",
            "junit.xml",
            "report.html",
            "report.md",
            "results.jsonl"
          ]
        )
        for (const [name, text] of written) {
          assert.isNotEmpty(text, name)
          assert.deepStrictEqual(shown(text), [], name)
        }
        // what is parsed once more, as a reader of the files does, shows none either
        const capture = written.find(([name]) => name === "capture.jsonl")?.[1] ?? ""
        for (const line of capture.trimEnd().split("\n"))
          assert.deepStrictEqual(shown(decoded(JSON.parse(line))), [], "capture.jsonl, decoded")
        // it was there to be seen, and stands for itself
        for (const tag of ["[client-secret#1]", "[token#1]", "[mbi#1]", "[signature#1]", "[jwt#1]", "[basic#1]"])
          assert.include(capture, tag)
        assert.strictEqual(lines.filter((line) => line.kind === "verdict").length, checks.length)
        assert.isTrue(outcomeOf(lines).red)
      })
    )
  }
})

/** Every text in a value, and every text in those that are JSON themselves. */
const decoded = (value: unknown): string => {
  if (typeof value === "string") {
    try {
      return `${value} ${decoded(JSON.parse(value))}`
    } catch {
      return value
    }
  }
  if (typeof value !== "object" || value === null) return ""
  return Object.entries(value)
    .map(([name, member]) => `${name} ${decoded(member)}`)
    .join(" ")
}
