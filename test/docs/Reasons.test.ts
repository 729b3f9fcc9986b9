import { readFileSync } from "node:fs"
import { join } from "node:path"
import { ExportReason } from "@bcda-kit/core"
import { assert, describe, it } from "@effect/vitest"
import { read, root } from "../support/Repository.ts"

/** The names of all classes of reasons, as the code has them. */
const reasons = ["Reasons.ts", "FileReasons.ts"].flatMap((file) =>
  [...readFileSync(join(root, "packages", "core", "src", file), "utf8").matchAll(/^export class (\w+) /gm)].map(
    ([, name = ""]) => name
  )
)

const rows = [...read("docs/guides/errors.md").matchAll(/^\| `(\w+)` \| (.+) \| (.+) \|$/gm)].map(
  ([, name = "", happened = "", advice = ""]) => ({ name, happened, advice })
)

describe("the guide to errors", () => {
  it("has every reason, once", () => {
    assert.isAbove(reasons.length, 40)
    assert.deepStrictEqual(rows.map(({ name }) => name).toSorted(), reasons.toSorted())
    // Nothing that an export can end with is missing because it is declared elsewhere.
    const members = ExportReason.members.map((member) => member.identifier)
    assert.deepStrictEqual(
      members.filter((name) => !reasons.includes(name)),
      []
    )
  })

  it("says of each what happened and what to do", () => {
    for (const { advice, happened, name } of rows) {
      assert.match(happened, /^[A-Z].*\.$/, name)
      assert.match(advice, /^[A-Z`].*[.`]$/, name)
    }
  })
})
