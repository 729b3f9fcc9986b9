/** What a page shows as code, and what a comment above it says that it is. Comments are not seen on the rendered page. */
import { fromMarkdown } from "mdast-util-from-markdown"

/** What can be said of a block of code in comments directly above it. */
export interface Said {
  /** `<!-- file: NAME -->`: it is the content of this file, which a later command uses. */
  readonly file?: string
  /** `<!-- schema: NAME -->`: what the JSON has to be, by a name of `Data.ts`. */
  readonly schema?: string
  /** `<!-- exit: N -->`: the commands end with this code. Default 0. */
  readonly exit?: string
  /** `<!-- stays open -->`: the command runs on in a terminal of its own. */
  readonly "stays open"?: string
  /** `<!-- prints -->`: what the block before prints; `…` stands for whatever there is. */
  readonly prints?: string
}

/** A block of code of a page. */
export interface Block {
  /** `docs/guides/first-export.md` */
  readonly page: string
  /** Where it begins; lines count from 1. */
  readonly line: number
  readonly language: string
  readonly code: string
  readonly said: Said
}

type Node = ReturnType<typeof fromMarkdown> | ReturnType<typeof fromMarkdown>["children"][number]

const known: ReadonlySet<string> = new Set(["file", "schema", "exit", "stays open", "prints"])

/** Comments that other tests read, such as `<!-- proof -->`, say nothing of the block. */
const saidBy = (before: ReadonlyArray<Node>): Said => {
  const above = before.slice(before.findLastIndex(({ type }) => type !== "html") + 1)
  const text = above.map((node) => ("value" in node ? node.value : "")).join("\n")
  const comments = text.matchAll(/<!--\s*([a-z ]+?)\s*(?::\s*(.*?)\s*)?-->/g)
  return Object.fromEntries(
    [...comments].flatMap(([, name = "", value = ""]) => (known.has(name) ? [[name, value]] : []))
  )
}

/** All blocks of a page in their order, also those in lists and quotations. */
export const blocksOf = (page: string, text: string): ReadonlyArray<Block> => {
  const within = (node: Node): ReadonlyArray<Block> => {
    if (!("children" in node)) return []
    return node.children.flatMap((child, at): ReadonlyArray<Block> => {
      if (child.type !== "code") return within(child)
      const said = saidBy(node.children.slice(0, at))
      return [
        { page, line: child.position?.start.line ?? 0, language: child.lang ?? "", code: `${child.value}\n`, said }
      ]
    })
  }
  return within(fromMarkdown(text))
}

/** A link or a picture of a page, as it is written. */
export interface Link {
  readonly page: string
  readonly line: number
  readonly url: string
}

/** All links of a page, and what its headings can be linked by. */
export const linksOf = (page: string, text: string) => {
  const links: Array<Link> = []
  const anchors = new Set<string>()
  const visit = (node: Node): void => {
    if (node.type === "link" || node.type === "image" || node.type === "definition")
      links.push({ page, line: node.position?.start.line ?? 0, url: node.url })
    if (node.type === "heading") anchors.add(anchorOf(wordsOf(node)))
    if ("children" in node) node.children.forEach(visit)
  }
  visit(fromMarkdown(text))
  return { links, anchors }
}

/** The text of a node without its marks. */
export const wordsOf = (node: Node): string => {
  if ("children" in node) return node.children.map(wordsOf).join("")
  return "value" in node ? node.value : ""
}

/** The way GitHub names a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-")
