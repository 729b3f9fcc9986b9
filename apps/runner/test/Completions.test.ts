import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { bcda, temporary } from "./support/Bcda.ts"

/** What a shell is asked with the words so far, the last of them being completed. */
const ask = `source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(( $# - 1 ))
COMP_LINE="$*" COMP_POINT=\${#COMP_LINE}
$(complete -p bcda | sed -E 's/.*-F ([^ ]+).*/\\1/') bcda "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "\${COMPREPLY[@]}"`

const isThere = (shell: string) => spawnSync(shell, ["-c", "true"]).status === 0

describe.skipIf(!isThere("bash"))("in bash", () => {
  it("commands, options, their values and paths are completed", async () => {
    using directory = temporary()
    const { code, stderr, stdout } = await bcda(["--completions", "bash"])
    assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
    const script = join(directory.path, "bcda.bash")
    writeFileSync(script, stdout)
    mkdirSync(join(directory.path, "claims"))
    const complete = (...words: ReadonlyArray<string>) => {
      const asked = spawnSync("bash", ["--norc", "-c", ask, "bash", script, "bcda", ...words], { cwd: directory.path })
      assert.strictEqual(asked.status, 0, asked.stderr.toString())
      return asked.stdout.toString().split("\n").slice(0, -1)
    }
    assert.deepStrictEqual(complete("ex"), ["export"])
    assert.deepStrictEqual(complete("jobs", ""), ["list", "show", "cancel", "adopt"])
    assert.deepStrictEqual(complete("export", "--pre"), ["--preset"])
    assert.deepStrictEqual(complete("export", "--gzip", ""), ["keep", "decode"])
    assert.deepStrictEqual(complete("export", "--out", "cl"), ["claims"])
    assert.deepStrictEqual(complete("conformance", "rejudge", "--prof"), ["--profile"])
    assert.deepStrictEqual(complete("nothing-like-it"), [""])
  })
})

for (const shell of ["zsh", "fish"]) {
  const present = isThere(shell)
  if (!present) console.warn(`SKIPPED: there is no ${shell} here; its completions were printed and not tried`)

  it.skipIf(!present)(`${shell} can read its completions`, async () => {
    using directory = temporary()
    const { stdout } = await bcda(["--completions", shell])
    const script = join(directory.path, `bcda.${shell}`)
    writeFileSync(script, stdout)
    const read = spawnSync(shell, ["--no-execute", script])
    assert.strictEqual(read.status, 0, read.stderr.toString())
  })

  it(`${shell} gets every command`, async () => {
    const { code, stdout } = await bcda(["--completions", shell])
    assert.strictEqual(code, 0)
    for (const word of ["export", "jobs", "doctor", "conformance", "--preset", "preset"]) assert.include(stdout, word)
  })
}
