import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { root } from "./support/Repository.ts"

/** A repository with two released packages and the real script. */
const repository = () => {
  const home = mkdtempSync(join(tmpdir(), "bcda kit changesets "))
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(home, file)), { recursive: true })
    writeFileSync(join(home, file), text)
  }
  const git = (...args: ReadonlyArray<string>) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args], { cwd: home })
  const commit = () => {
    git("add", "-A")
    git("commit", "-q", "-m", "change")
  }
  cpSync(join(root, "scripts"), join(home, "scripts"), { recursive: true })
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"))
  write(".gitignore", "node_modules\n")
  write(".changeset/config.json", '{ "baseBranch": "main" }')
  write("package.json", '{ "name": "home", "private": true, "type": "module" }')
  write("pnpm-workspace.yaml", "packages: [packages/*]\n")
  mkdirSync(join(home, "apps"))
  for (const name of ["one", "two"]) {
    write(`packages/${name}/package.json`, `{ "name": "${name}", "version": "1.0.0" }`)
    write(`packages/${name}/src/index.ts`, "export {}\n")
    write(`packages/${name}/api/index.api.md`, "nothing\n")
  }
  git("init", "-q", "-b", "main")
  commit()
  return {
    write,
    commit,
    /** The exit code and all that is said. */
    check: () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/check-changesets.mjs"], {
        cwd: home,
        encoding: "utf8"
      })
      return { status, said: stdout + stderr }
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true })
  }
}

const changeset = (name: string) => `---\n"${name}": minor\n---\n\nSomething is new.\n`

describe("the check of changesets", () => {
  it("is content with what is released as it is", () => {
    using repo = repository()
    assert.deepStrictEqual(repo.check(), { status: 0, said: "nothing to release\n" })
  })

  it("asks for a changeset when sources change", () => {
    using repo = repository()
    repo.write("packages/one/src/index.ts", "export const one = 1\n")
    repo.commit()
    const { said, status } = repo.check()
    assert.strictEqual(status, 1)
    assert.include(said, "packages/one/src/index.ts")
    repo.write(".changeset/new.md", changeset("two"))
    assert.strictEqual(repo.check().status, 0)
  })

  it("asks for one that names the package whose public API changed", () => {
    using repo = repository()
    repo.write("packages/one/api/index.api.md", "something\n")
    repo.write(".changeset/other.md", changeset("two"))
    repo.commit()
    const { said, status } = repo.check()
    assert.strictEqual(status, 1)
    assert.include(said, "the public API of one")
    repo.write(".changeset/new.md", changeset("one"))
    assert.deepStrictEqual(repo.check(), { status: 0, said: "to be released: new, other\n" })
  })

  it("refuses one that names a stranger", () => {
    using repo = repository()
    repo.write(".changeset/new.md", changeset("three"))
    const { said, status } = repo.check()
    assert.strictEqual(status, 1)
    assert.include(said, "three, which is not a published package")
  })
})
