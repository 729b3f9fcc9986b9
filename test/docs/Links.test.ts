import { existsSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { isCheckout, read, root, trackedFiles } from "../support/Repository.ts"
import { linksOf } from "./support/Blocks.ts"

if (!isCheckout) console.warn("SKIPPED: this is not a git checkout; the links between its pages were not followed")

/** Pages of this repository by their address on GitHub, which published READMEs have to use. */
const ours = /^https:\/\/github\.com\/bcda-kit\/bcda-kit\/(?:blob|tree)\/main\//

const pages = trackedFiles.filter((file) => file.endsWith(".md") && !/\/api\/|^\.changeset\/|CHANGELOG/.test(file))

type Found = ReadonlyMap<string, ReturnType<typeof linksOf>>
const found: Found = new Map(pages.map((page) => [page, linksOf(page, read(page))]))

/** The file and the heading that a link leads to; nothing for those that lead elsewhere. */
const aimOf = (page: string, url: string): { readonly file: string; readonly anchor: string } | undefined => {
  const [path = "", anchor = ""] = url.split("#")
  if (ours.test(url)) return { file: path.replace(ours, ""), anchor }
  if (/^[a-z]+:/.test(url)) return undefined
  return { file: path === "" ? page : normalize(join(dirname(page), path)), anchor }
}

const deadIn = (some: Found): ReadonlyArray<string> =>
  [...some.values()]
    .flatMap(({ links }) => links)
    .flatMap(({ line, page, url }) => {
      const aim = aimOf(page, url)
      if (aim === undefined) return []
      const anchors = some.get(aim.file)?.anchors ?? found.get(aim.file)?.anchors
      const isThere = existsSync(join(root, aim.file)) && (aim.anchor === "" || anchors?.has(aim.anchor) === true)
      return isThere ? [] : [`${page}:${line}: ${url}`]
    })

describe.skipIf(!isCheckout)("the links of every page", () => {
  it("lead to what is there", () => {
    assert.isAbove([...found.values()].flatMap(({ links }) => links).length, 100)
    assert.deepStrictEqual(deadIn(found), [])
  })

  it("are missed where nothing is", () => {
    const page = "docs/page.md"
    const good =
      "[a](docs/decisions/README.md) [b](CONTRIBUTING.md#rules-of-the-house) [c](#here) [d](https://example.org/nothing)\n\n# Here"
    const ofOurs = "https://github.com/bcda-kit/bcda-kit/blob/main"
    const dead = ["nothing.md", "../README.md#three-commands", `${ofOurs}/docs/nothing.md`]
    const text = dead.map((url) => `[x](${url})`).join("\n\n")
    assert.deepStrictEqual(deadIn(new Map([["README.md", linksOf("README.md", good)]])), [])
    assert.deepStrictEqual(
      deadIn(new Map([[page, linksOf(page, text)]])),
      dead.map((url, n) => `${page}:${2 * n + 1}: ${url}`)
    )
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
