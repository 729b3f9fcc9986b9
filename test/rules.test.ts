import { execFileSync } from "node:child_process"
import { existsSync, statSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { importsOf, isCheckout, packages, read, root, trackedFiles } from "./support/Repository.ts"

if (!isCheckout) console.warn("SKIPPED: this is not a git checkout; the rules of the repository were not checked")

/** The arrows between the rooms; there are no others. */
const arrows: Readonly<Record<string, ReadonlyArray<string>>> = {
  "@bcda-kit/core": [],
  "@bcda-kit/sandbox": [],
  "@bcda-kit/conformance": ["@bcda-kit/core"],
  "@bcda-kit/examples": ["@bcda-kit/core", "@bcda-kit/sandbox"],
  "bcda-kit": ["@bcda-kit/conformance", "@bcda-kit/core", "@bcda-kit/sandbox"]
}

const packageOf = (specifier: string): string =>
  specifier.startsWith("@") ? specifier.split("/").slice(0, 2).join("/") : (specifier.split("/")[0] ?? "")

const sourcesOf = (folder: string) =>
  trackedFiles.filter((file) => file.startsWith(`${folder}/`) && /\.(ts|mjs)$/.test(file))

const containing = (pattern: RegExp, files: ReadonlyArray<string>) => files.filter((file) => pattern.test(read(file)))

/** The lines of a script or a code block, without their comments. */
const commands = (text: string) => text.split("\n").map((line) => line.trim().replace(/\s+#.*$/, ""))

const named = (room: string) => (room === "runner" ? "bcda-kit" : `@bcda-kit/${room}`)

/** The whole arrows of the picture in ARCHITECTURE.md, by the names of their packages. */
const drawn = (picture: string): Readonly<Record<string, ReadonlyArray<string>>> => {
  const rooms = [...picture.matchAll(/^ {2}(\w+)\["/gm)].map(([, room = ""]) => room)
  const all = [...picture.matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(([, from = "", to = ""]) => ({ from, to }))
  const to = (room: string) => all.filter(({ from }) => from === room).map((arrow) => named(arrow.to))
  return Object.fromEntries(rooms.map((room) => [named(room), to(room).toSorted()]))
}

describe.skipIf(!isCheckout)("the rooms", () => {
  it("are drawn as they are", () => {
    const [, picture = ""] = /```mermaid\n([\s\S]*?)```/.exec(read("ARCHITECTURE.md")) ?? []
    // The examples take the sandbox for their tests alone, which the picture draws in dots.
    const whole = { ...arrows, "@bcda-kit/examples": ["@bcda-kit/core"] }
    assert.deepStrictEqual(drawn(picture), whole)
    assert.notDeepEqual(drawn(picture.replace("runner --> core", "")), whole)
    const strangers = sourcesOf("examples").filter(
      (file) =>
        !file.startsWith("examples/test/") && importsOf(file).some((one) => packageOf(one) === "@bcda-kit/sandbox")
    )
    assert.deepStrictEqual(strangers, [])
    for (const { folder } of packages) assert.include(picture, `<b>${folder}</b>`)
  })

  it("are the ones that the arrows name", () => {
    assert.deepStrictEqual(packages.map(({ manifest }) => manifest.name).toSorted(), Object.keys(arrows).toSorted())
  })

  it.for(packages.map((one) => [one.manifest.name, one] as const))(
    "%s depends on no room it must not know",
    ([name, one]) => {
      const { dependencies, devDependencies, peerDependencies } = one.manifest
      const own = new Set([name, ...(arrows[name] ?? [])])
      const declared = Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })
      const rooms = new Set(Object.keys(arrows))
      assert.deepStrictEqual(
        declared.filter((dependency) => rooms.has(dependency) && !own.has(dependency)),
        []
      )
      // Tests included: a test of core that starts the sandbox would tie the two together all the same.
      const strangers = sourcesOf(one.folder).flatMap((file) =>
        importsOf(file)
          .filter((specifier) => {
            if (!specifier.startsWith(".")) return rooms.has(packageOf(specifier)) && !own.has(packageOf(specifier))
            return !normalize(join(dirname(file), specifier)).startsWith(`${one.folder}/`)
          })
          .map((specifier) => `${file} imports ${specifier}`)
      )
      assert.deepStrictEqual(strangers, [])
    }
  )

  it("keep Node out of what runs everywhere", () => {
    const everywhere = ["packages/core/src", "packages/sandbox/src"]
      .flatMap(sourcesOf)
      .filter((file) => !/\/node\//.test(file))
    assert.isAbove(everywhere.length, 0)
    const node = everywhere.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith("node:") && file !== "packages/core/src/promise.ts")
        .map((specifier) => `${file} imports ${specifier}`)
    )
    assert.deepStrictEqual(node, [])
  })
})

describe.skipIf(!isCheckout)("the packages", () => {
  it("take every third-party version from the catalog, where it is exact", () => {
    const loose = packages.flatMap(({ manifest }) =>
      Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
        .filter(([, range]) => range !== "catalog:" && range !== "workspace:^")
        .map(([name, range]) => `${manifest.name}: ${name} ${range}`)
    )
    assert.deepStrictEqual(loose, [])
    const [, catalog = ""] = /\ncatalog:\n((?: {2}.+\n)+)/.exec(read("pnpm-workspace.yaml")) ?? []
    const versions = catalog.trimEnd().split("\n")
    assert.isAbove(versions.length, 10)
    assert.deepStrictEqual(
      versions.filter((line) => !/: \d+\.\d+\.\d+$/.test(line)),
      []
    )
  })

  it("hold every file that they say they publish", () => {
    const missing = packages.flatMap(({ folder, manifest }) =>
      (manifest.files ?? [])
        .filter((file) => !["dist", "bundle"].includes(file) && !existsSync(join(root, folder, file)))
        .map((file) => `${folder}/${file}`)
    )
    assert.deepStrictEqual(missing, [])
  })

  it("do not export their insides", () => {
    const inside = packages.flatMap(({ manifest }) =>
      Object.keys(manifest.exports ?? {}).filter((entry) => entry.includes("internal") || entry.includes("*"))
    )
    assert.deepStrictEqual(inside, [])
  })

  it("are released together", () => {
    const { fixed }: { readonly fixed: ReadonlyArray<ReadonlyArray<string>> } = JSON.parse(
      read(".changeset/config.json")
    )
    const published = packages.filter(({ manifest }) => manifest.private !== true).map(({ manifest }) => manifest.name)
    assert.deepStrictEqual(
      fixed.map((group) => group.toSorted()),
      [published.toSorted()]
    )
  })
})

describe.skipIf(!isCheckout)("the front door", () => {
  it("is the same for people and for CI", () => {
    const ci = commands(read(".ci/run"))
    for (const command of ["npm test", "npm run check"]) {
      assert.isTrue(
        ci.some((line) => line.endsWith(` ${command}`)),
        `.ci/run runs ${command}`
      )
    }
    assert.include(commands(read("README.md")), "npm test")
    assert.include(commands(read("CONTRIBUTING.md")), "npm run check")
    assert.strictEqual(statSync(join(root, ".ci/run")).mode & 0o111, 0o111)
  })

  it("brings the versions that the workspace is written for", () => {
    const [, node = "", pnpm = ""] =
      /versions = \{ node: "([\d.]+)", pnpm: "([\d.]+)" \}/.exec(read("scripts/lib/toolchain.mjs")) ?? []
    const manifest: { readonly devEngines: { readonly packageManager: { readonly version: string } } } = JSON.parse(
      read("package.json")
    )
    assert.strictEqual(manifest.devEngines.packageManager.version, `^${pnpm}`)
    const [, types] = /"@types\/node": (\d+)\./.exec(read("pnpm-workspace.yaml")) ?? []
    assert.strictEqual(node.split(".")[0], types)
  })
})

describe.skipIf(!isCheckout)("tracked files", () => {
  const text = trackedFiles.filter((file) => !/\.(png|gz|ico)$/.test(file))
  it("name no directory of anybody's machine and no registry", () => {
    // The brackets keep this file from being one of them.
    const named = /\/[w]ork\/|\/[r]oot\/|\/[U]sers\/|\/[h]ome\/[a-z]|registry\.[n]pmjs|registry\.[y]arnpkg/
    assert.deepStrictEqual(containing(named, text), [])
  })

  it("need nothing that lies beside the repository, except tests that say so when it is absent", () => {
    const outside = containing(
      /\.\.\/shared|"\.\.", "shared"/,
      text.filter((file) => file !== "test/rules.test.ts")
    )
    assert.deepStrictEqual(
      outside.filter((file) => !(/\/test\//.test(file) && /SKIPPED/.test(read(file)))),
      []
    )
  })

  it("leave what tools produce to .gitignore", () => {
    const ignored = execFileSync("git", ["ls-files", "-ci", "--exclude-standard"], { cwd: root, encoding: "utf8" })
    assert.strictEqual(ignored, "")
  })
})
