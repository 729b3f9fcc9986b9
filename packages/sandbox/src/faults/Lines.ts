import { utf8 } from "../internal/Http.ts"
import type { Changes } from "./Fault.ts"

/** Edits of what is in a file, before it is compressed: gzip stays valid, and lengths and ranges fit. */

type Chunks = AsyncIterable<Uint8Array>

/** Lines without their newlines. */
export const linesOf = async function* (content: Chunks): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ""
  for await (const chunk of content) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n")
    rest = lines.pop() ?? ""
    yield* lines
  }
  rest += decoder.decode()
  if (rest !== "") yield rest
}

const encoded = async function* (pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield typeof piece === "string" ? utf8(piece) : piece
}

/** A change that makes other content out of the lines; what it gives is written as it is. */
export const editLines =
  (edit: (lines: AsyncIterable<string>) => AsyncIterable<string | Uint8Array>): NonNullable<Changes["file"]> =>
  (file, write) =>
    write(file.encoding, encoded(edit(linesOf(file.content()))))

/** A change of every line, newlines apart. */
export const editEveryLine = (edit: (line: string, index: number) => string): NonNullable<Changes["file"]> =>
  editLines(async function* (lines) {
    let index = 0
    for await (const line of lines) yield `${edit(line, index++)}\n`
  })

/**
 * A change of one line, counted from 1; of the last one when there are fewer. The edit gives what is written in the
 * line's place, its newline included, and also sees the line before.
 */
export const editOneLine = (
  number: number,
  edit: (line: string, before: string | undefined) => string | Uint8Array
): NonNullable<Changes["file"]> =>
  editLines(async function* (lines) {
    let [index, before, held]: [number, string | undefined, string | undefined] = [0, undefined, undefined]
    for await (const line of lines) {
      if (held !== undefined) {
        yield index === number ? edit(held, before) : `${held}\n`
        before = held
      }
      held = line
      index++
    }
    if (held !== undefined) yield index <= number ? edit(held, before) : `${held}\n`
  })
