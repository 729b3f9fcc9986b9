/** Servers that only our own client understands: each check of ours may pass, and the run is red all the same. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { outcomeOf } from "../src/index.ts"
import { judged } from "./support/Judging.ts"
import { type Mutation, outcome, type Scene } from "./support/TinyBcda.ts"

/** What a server that was only ever tried with our client may hold against everybody else. */
const quirks: Readonly<Record<string, (scene: Scene) => boolean>> = {
  "wants Host with a capital": ({ names }) => !names.includes("Host"),
  "wants a request to begin with something else than the host": ({ names }) => names[0]?.toLowerCase() === "host",
  "refuses what it cannot negotiate: languages": ({ headers }) => headers["accept-language"] !== undefined,
  "knows no other compression than gzip": ({ headers }) => (headers["accept-encoding"] ?? "").includes("deflate"),
  "refuses what browsers add": ({ headers }) => headers["sec-fetch-mode"] !== undefined
}

const against =
  (refuses: (scene: Scene) => boolean): Mutation =>
  (reply, scene) =>
    scene.route !== "token" && refuses(scene) ? outcome(400, "structure", "Bad Request") : reply

describe("a server that only our own client understands, because it", () => {
  for (const [name, refuses] of Object.entries(quirks)) {
    it.live(name, () =>
      Effect.gen(function* () {
        const { by, lines, verdicts } = yield* judged({ mutate: against(refuses) })
        const failed = verdicts.filter(({ verdict }) => verdict === "fail").map(({ check }) => check)
        const theirs = ["metadata", "export", "status", "manifest", "file", "jobs"].map(
          (what) => `second-opinion/${what}`
        )
        assert.deepStrictEqual(failed.toSorted(), theirs.toSorted())
        assert.strictEqual(by.get("metadata/readable")?.verdict, "pass")
        assert.strictEqual(by.get("file/fetched")?.verdict, "pass")
        assert.strictEqual(outcomeOf(lines).exitCode, 1)
      })
    )
  }
})
