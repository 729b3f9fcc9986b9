import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"

/** All modules that a module imports, directly or not; packages by name. */
const importsOf = (entry: URL, seen = new Map<string, ReadonlyArray<string>>()): Map<string, ReadonlyArray<string>> => {
  const source = readFileSync(fileURLToPath(entry), "utf8")
  const specifiers = [...source.matchAll(/^(?:import|export)\b[^"]*? from "([^"]+)"|^import "([^"]+)"/gm)].map(
    ([, from, bare]) => from ?? bare ?? ""
  )
  seen.set(entry.href, specifiers)
  for (const specifier of specifiers) {
    const next = new URL(specifier, entry)
    if (specifier.startsWith(".") && !seen.has(next.href)) importsOf(next, seen)
  }
  return seen
}

const foreign = (entry: string): ReadonlyArray<string> =>
  [...new Set([...importsOf(new URL(`../src/${entry}`, import.meta.url)).values()].flat())].filter(
    (specifier) => !specifier.startsWith(".")
  )

describe("the main entry and msw", () => {
  it("run anywhere: they import effect and msw, nothing of Node, nothing of core", () => {
    assert.deepStrictEqual(foreign("index.ts"), ["effect"])
    assert.sameMembers([...foreign("msw.ts")], ["effect", "msw/http"])
  })

  it("use no global that only Node has", () => {
    for (const href of importsOf(new URL("../src/msw.ts", import.meta.url)).keys()) {
      const source = readFileSync(fileURLToPath(href), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
      assert.notMatch(source, /\b(?:Buffer|process|setImmediate|__dirname|require)\b[.(]/, href)
    }
  })
})
