import type { FaultName } from "@bcda-kit/sandbox"
import type { Row } from "../support/Expected.ts"
import { around } from "./Around.ts"
import { aside } from "./Aside.ts"
import { asking } from "./Asking.ts"
import { files } from "./Files.ts"
import { following } from "./Following.ts"

/** What is to come of every fault and variant of the sandbox's catalogue. */
const expected: Readonly<Record<string, Row | ReadonlyArray<Row>>> = {
  ...asking,
  ...following,
  ...files,
  ...around,
  ...aside
}

/** The rows of an entry; none when somebody forgot it. */
export const rowsOf = (name: FaultName): ReadonlyArray<Row> => [expected[name] ?? []].flat()

export const named: ReadonlyArray<string> = Object.keys(expected)
