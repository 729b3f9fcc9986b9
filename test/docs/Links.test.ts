import { existsSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { isCheckout, read, root, trackedFiles } from "../support/Repository.ts"
import { linksOf } from "./support/Blocks.ts"

if (!isCheckout) console.warn("SKIPPED: this is not a git checkout; the links between its pages were not followed")

/** Pages of this repository by their address on GitHub, which published READMEs have to use. */
const ours = /^https:\/\/github\.com\/bcda-kit\/bcda-kit\/(?:blob|tree)\/main\//

const pages = trackedFiles.filter((file) => file.endsWith(".md") && !/\/api\/|^\.changeset\/|CHANGELOG/.test(file))
const found = new Map(pages.map((page) => [page, linksOf(page, read(page))]))

/** The file and the heading that a link leads to; nothing for those that lead elsewhere. */
const aimOf = (page: string, url: string): { readonly file: string; readonly anchor: string } | undefined => {
  const [path = "", anchor = ""] = url.split("#")
  if (ours.test(url)) return { file: path.replace(ours, ""), anchor }
  if (/^[a-z]+:/.test(url)) return undefined
  return { file: path === "" ? page : normalize(join(dirname(page), path)), anchor }
}

describe.skipIf(!isCheckout)("the links of every page", () => {
  it("lead to what is there", () => {
    const all = [...found.values()].flatMap(({ links }) => links)
    const dead = all.flatMap(({ line, page, url }) => {
      const aim = aimOf(page, url)
      if (aim === undefined) return []
      const anchors = found.get(aim.file)?.anchors
      const isThere = existsSync(join(root, aim.file)) && (aim.anchor === "" || anchors?.has(aim.anchor) === true)
      return isThere ? [] : [`${page}:${line}: ${url}`]
    })
    assert.isAbove(all.length, 100)
    assert.deepStrictEqual(dead, [])
  })

  it("of a guide and from the first page lead to each other", () => {
    const guides = pages.filter((page) => page.startsWith("docs/guides/"))
    const reached = new Set((found.get("README.md")?.links ?? []).map(({ url }) => url))
    assert.deepStrictEqual(
      guides.filter((guide) => !reached.has(guide)),
      []
    )
  })
})
