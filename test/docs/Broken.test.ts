import { readdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { linksOf } from "./support/Blocks.ts"
import { layOut, type Page, tryPage } from "./support/Pages.ts"
import { type Setting, setUp } from "./support/Setting.ts"
import { typeErrorsIn } from "./support/Types.ts"

/** Pages that are wrong in one way each, and what is said of them: what tries the pages for users can see. */

const block = (language: string, code: string, comment = "") => `${comment}\n\`\`\`${language}\n${code}\n\`\`\`\n\n`

interface Broken {
  readonly text: string
  /** What has to be said; nothing for a page that is right. */
  readonly problem?: RegExp
}

const broken: Readonly<Record<string, Broken>> = {
  "a command that fails": { text: block("sh", "true\nfalse\ntrue"), problem: /:2: it ends with 1 and not with 0/ },
  "a pipe that fails": { text: block("sh", "false | cat"), problem: /it ends with 1/ },
  "a flag that is none": {
    text: block("sh", "bcda status --targett sandbox"),
    problem: /it ends with 2[\s\S]*--targett/
  },
  "a command that is none": { text: block("sh", "npx bcda-kitt"), problem: /it ends with 127/ },
  "a script that is none": { text: block("sh", "npm run pak -- here"), problem: /npm run pak is not known/ },
  "a package that is none": { text: block("sh", "npm install @bcda-kit/cores"), problem: /it ends with 127/ },
  "a variable that nobody set": { text: block("sh", "echo $NOBODY"), problem: /unbound variable/ },
  "a variable that is not exported": {
    text: block("sh", "WORD=set") + block("sh", "node -p 'process.env.WORD.length'"),
    problem: /it ends with 1/
  },
  "an end that is not the one shown": {
    text: block("sh", "true", "<!-- exit: 1 -->"),
    problem: /ends with 0 and not with 1/
  },
  "a command that ends and should stay open": {
    text: block("sh", "bcda status --targett", "<!-- stays open -->"),
    problem: /it ends with 2/
  },
  "a host that is not on this machine": {
    text: block("sh", "node -e 'fetch(`https://example.org`)'"),
    problem: /example\.org is not on this machine/
  },
  "another output": {
    text: block("sh", "echo one; echo two") + block("text", "one\nthree", "<!-- prints -->"),
    problem: /:7: it prints\none\ntwo/
  },
  "more output than is shown": {
    text: block("sh", "echo one; echo two") + block("text", "one", "<!-- prints -->"),
    problem: /it prints/
  },
  "a program that throws": {
    text: block("ts", "const { x } = JSON.parse('null')\nconsole.log(x)"),
    problem: /it ends with 1/
  },
  "a program that prints something else": {
    text: block("ts", 'console.log("a") // b'),
    problem: /the program says\nb/
  },
  "a program that nothing uses": {
    text: block("ts", "export {}", "<!-- file: lost.ts -->"),
    problem: /nothing uses lost\.ts/
  },
  "JSON that is none": { text: block("json", "[{", "<!-- schema: faults -->"), problem: /SyntaxError/ },
  "a fault that is none": {
    text: block("json", '[{ "fault": "cutt" }]', "<!-- schema: faults -->"),
    problem: /there is no fault/
  },
  "a target with a member that is none": {
    text: block("json", '{ "baseUrl": "https://bcda.example", "budgets": {} }', "<!-- schema: target -->"),
    problem: /budgets/
  },
  "a configuration with a member that is none": {
    text: block("ts", "export default { targts: {} }", "<!-- file: bcda.config.ts -->"),
    problem: /targts/
  },
  "JSON of which nobody says what it is": { text: block("json", "[]"), problem: /JSON needs/ },
  "a workflow that cannot be": { text: block("yaml", "on: push\njobs:\n  a:\n    steps: []\n"), problem: /runs-on/ },
  "a block of another kind": { text: block("python", "print(1)"), problem: /nothing is known to be done/ },
  "a block in a list": { text: `- so:\n\n  \`\`\`sh\n  false\n  \`\`\`\n`, problem: /:3: it ends with 1/ },

  "nothing that is wrong": {
    text: [
      block("sh", "export WORD=set && mkdir below && cd below"),
      block("sh", 'test "$WORD" = set && test "$(basename "$PWD")" = below && cd ..'),
      block("ts", "export const answer: number = 42", "<!-- file: answer.ts -->"),
      block("ts", 'import { answer } from "./answer.ts"\n\nconsole.log({ answer }) // { answer: 41 }'),
      block("sh", "echo one; echo two; echo 3 seconds"),
      block("text", "one\n…\n… seconds", "<!-- prints -->"),
      block("json", '[{ "fault": "cut" }]', "<!-- file: below/faults.json -->\n<!-- schema: faults -->"),
      block("sh", "grep cut below/faults.json"),
      block("sh", "false\ntrue", "<!-- exit: 1 -->"),
      block("sh", "exit 3", "<!-- exit: 3 -->"),
      block("sh", "echo out; echo in >&2"),
      block("text", "out", "<!-- prints -->"),
      block("text", "in", "<!-- prints -->"),
      block("text", "out\nin", "<!-- prints -->")
    ].join("")
  }
}

let setting: Setting
let pages: ReadonlyMap<string, Page>

beforeAll(async () => {
  setting = await setUp()
  pages = new Map(Object.entries(broken).map(([name, { text }]) => [name, layOut(setting.home, name, text, [])]))
}, 120_000)
afterAll(async () => {
  const { home } = setting
  await setting[Symbol.asyncDispose]()
  assert.notInclude(readdirSync(tmpdir()), basename(home))
})

describe.concurrent("a page that is wrong turns its test red", () => {
  it.for(Object.entries(broken))("%s", async ([name, { problem }], { signal }) => {
    const page = pages.get(name)
    if (page === undefined) throw new Error(`${name} was not laid out`)
    const problems = await tryPage(page, { setting, given: {}, notRun: [], signal })
    if (problem === undefined) return assert.deepStrictEqual(problems, [])
    assert.lengthOf(problems, 1)
    assert.match(problems[0] ?? "", problem)
  })

  it("a program of other types than it says", async () => {
    const page = layOut(setting.home, "types", block("ts", 'const n: number = "1"\nconsole.log(n)'), [])
    const found = (await typeErrorsIn(setting.home)).filter((line) => line.startsWith(`${basename(page.folder)}/`))
    assert.lengthOf(found, 1)
    assert.match(found[0] ?? "", /^types\/program-1\.ts\(1,7\): error TS2322/)
  })

  it("a block that is left out is not run, and one that begins otherwise is", async () => {
    const text = block("sh", "false # left") + block("sh", "exit 7")
    const page = layOut(setting.home, "left out", text, [])
    const notRun = [{ page: "left out", begins: "false # left", because: "to see" }]
    const problems = await tryPage(page, { setting, given: {}, notRun, signal: new AbortController().signal })
    assert.lengthOf(problems, 1)
    assert.match(problems[0] ?? "", /it ends with 7/)
  })
})

describe("links", () => {
  it("are found with the headings that they can lead to", () => {
    const { anchors, links } = linksOf(
      "page.md",
      "# To stdout: `--out -`\n\nsee [it](other.md#there) and ![a](b.svg)\n"
    )
    assert.deepStrictEqual([...anchors], ["to-stdout---out--"])
    assert.deepStrictEqual(
      links.map(({ line, url }) => [line, url]),
      [
        [3, "other.md#there"],
        [3, "b.svg"]
      ]
    )
  })
})
