/** Where evidence is to be found, in words: the same in every report. */
import type { Evidence } from "../Result.ts"

/** `file bad lines, line 3, byte 118`: the byte is the number of bytes before it. */
export const placeOf = ({ at, line, offset }: Pick<Evidence, "at" | "line" | "offset">): string =>
  [at, ...(line === undefined ? [] : [`line ${line}`]), ...(offset === undefined ? [] : [`byte ${offset}`])].join(", ")
