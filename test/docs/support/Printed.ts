/** What a page says that something prints, compared with what it does print. */

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")

/** A pattern of text in which some parts stand for others. */
const patternOf = (text: string, parts: RegExp, standsFor: (part: string) => string): string =>
  text
    .split(parts)
    .map((part, n) => (n % 2 === 1 ? standsFor(part) : literal(part)))
    .join("")

/**
 * What is wrong with what was printed, or nothing. Shown is what came on stdout, or on stderr, or both; `…` is whatever there is on a line, and
 * alone on a line any lines.
 */
export const differenceFrom = (
  shown: string,
  { stderr, stdout }: { readonly stdout: string; readonly stderr: string }
): string | undefined => {
  const lines = shown
    .trimEnd()
    .split("\n")
    .map((line) =>
      line.trim() === "…" ? "(?:.*\\n)*?" : `${patternOf(line.trimEnd(), /(…)/, () => ".*?")}[^\\S\\n]*\\n`
    )
  const pattern = new RegExp(`^${lines.join("")}$`)
  return [stdout, stderr, stdout + stderr].some((printed) => pattern.test(`${printed.trimEnd()}\n`))
    ? undefined
    : `it prints\n${stdout}${stderr}and the page says\n${shown}`
}

const plain = (text: string) =>
  text
    .replaceAll(/["'`]/g, "'")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([[\]{},]) ?/g, "$1")

/** `console.log(x) // 42` says what is printed. Numbers may be others, `...` is whatever there is; quotes and breaks of lines do not count. */
export const missingFrom = (program: string, printed: string): string | undefined => {
  const said = [...program.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)].map(([, text = ""]) => text)
  const patterns = said.map((text) =>
    patternOf(plain(text), /(\d+|\.\.\.)/, (part) => (part === "..." ? ".*?" : "\\d+"))
  )
  return new RegExp(patterns.join(".*?")).test(plain(printed))
    ? undefined
    : `it prints\n${printed}and the program says\n${said.join("\n")}`
}
