import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type RunningSandbox, startSandbox } from "@bcda-kit/sandbox/node"
import { Schema } from "effect"
import { NightLine } from "../../../src/nightly/NightLine.ts"
import { bcda, jsonLines } from "../../support/Bcda.ts"

export const credentials = { BCDA_CLIENT_ID: "sandbox-small", BCDA_CLIENT_SECRET: "not-a-secret-small" }

/** A sandbox whose jobs are done at once. */
export const serving = () => startSandbox({ enrollees: 3, pace: { pendingMillis: 0, perSubJobMillis: 0 } })

/** A target file, so that the target has one name wherever it listens. */
export const described = (folder: string, name: string, { baseUrl }: Pick<RunningSandbox, "baseUrl">) => {
  const path = join(folder, `${name}.json`)
  writeFileSync(path, JSON.stringify({ name, baseUrl }))
  return path
}

const decodeLine = Schema.decodeUnknownSync(NightLine)

/** A place for nights, and the command in it; a part of the suite is enough to see what is told. */
export const nightsIn = (folder: string, env: Readonly<Record<string, string>> = credentials) => {
  const home = join(folder, "bcda-nightly")
  const read = (...path: ReadonlyArray<string>) => readFileSync(join(home, ...path), "utf8")
  return {
    home,
    read,
    lines: () => jsonLines(read("history", "history.jsonl")).map((line) => decodeLine(line)),
    run: (night: string, targets: ReadonlyArray<string>, ...more: ReadonlyArray<string>) =>
      bcda(
        [
          "nightly",
          ...targets.flatMap((target) => ["--target", target]),
          "--night",
          night,
          "--only",
          "token,metadata,manifest",
          ...more
        ],
        { env, cwd: folder }
      )
  }
}
