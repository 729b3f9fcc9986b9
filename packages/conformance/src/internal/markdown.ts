/** Text from a server goes into Markdown as text: no table, link, tag or code span of its own. */
export const plain = (text: string): string =>
  text.replace(/[\r\n]+/g, " ").replace(/[\\`*_[\]<>|]/g, (character) => `\\${character}`)

/** Text as code within a line, whatever it holds. */
export const code = (text: string): string => `\`${text.replace(/[`\r\n|]/g, " ")}\``

/** A table, as the lines of it. */
export const table = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string | number>>
): ReadonlyArray<string> => [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`)
