import type { Digest, Engine } from "./engine.ts"
import type { LineCheck, LineFault } from "./lineCheck.ts"

/** A line that is not what it must be. */
export interface LineProblem {
  readonly line: number
  readonly detail: string
  /** `cut`: it is the torn last line of the file, whose rest never came. `long`: it is longer than it may be. */
  readonly kind: "bad" | "cut" | "long"
}

const newline = 10

/**
 * The running proof of an NDJSON file: counts its bytes and lines, digests it and checks every line, whatever way it is cut into blocks.
 * It works on bytes, so a character that two blocks share is never broken. The beginning of a line that goes on in the next block is copied,
 * into room that doubles: a server may send a long line byte by byte.
 */
export class LineProof {
  /** All that has been taken. */
  bytes = 0
  /** Good ones. */
  lines = 0
  /** The good lines with their line ends. `sha256` is of these; a file that has ended consists of nothing else. */
  lineBytes = 0
  private readonly hash: Digest
  private readonly check: LineCheck
  private readonly longestLine: number
  private readonly onLines: ((bytes: Uint8Array) => void) | undefined
  private begun = new Uint8Array(0)
  private begunBytes = 0

  /** `onLines` sees the good lines with their line ends, several at once or one in pieces; all that an `update` shows it ends with a line. */
  constructor(engine: Engine, check: LineCheck, longestLine: number, onLines?: (bytes: Uint8Array) => void) {
    this.hash = engine.sha256()
    this.check = check
    this.longestLine = longestLine
    this.onLines = onLines
  }

  /** Takes the next block. The proof is over once it has found a problem. */
  update(block: Uint8Array): LineProblem | undefined {
    this.bytes += block.length
    let from = 0
    let counted = 0
    let problem: LineProblem | undefined
    for (let at = block.indexOf(newline); at !== -1; at = block.indexOf(newline, from)) {
      const isWhole = this.begunBytes === 0
      problem = this.begunBytes + at - from > this.longestLine ? this.tooLong() : this.look(block.subarray(from, at))
      if (problem !== undefined) break
      if (!isWhole) counted = at
      from = at + 1
    }
    this.count(block.subarray(counted, from))
    if (problem !== undefined) return problem
    if (this.begunBytes + block.length - from > this.longestLine) return this.tooLong()
    if (from < block.length) this.begin(block.subarray(from))
    return undefined
  }

  /** Takes the end of the file. NDJSON may leave out the last line end, but not half a resource. */
  end(): LineProblem | undefined {
    if (this.begunBytes === 0) return undefined
    const fault = this.take(new Uint8Array(0))
    return fault === undefined ? undefined : this.problem(fault.detail, fault.torn ? "cut" : "bad")
  }

  /** Of `lineBytes`, in lower-case hexadecimal. */
  sha256(): string {
    return this.hash.hex()
  }

  private look(rest: Uint8Array): LineProblem | undefined {
    const fault = this.take(rest)
    return fault === undefined ? undefined : this.problem(fault.detail, "bad")
  }

  /** Takes the rest of a line, which is all of it if none has begun. One that has is counted here, but for its line end. */
  private take(rest: Uint8Array): LineFault | undefined {
    let line = rest
    const isBegun = this.begunBytes > 0
    if (isBegun) {
      this.begin(rest)
      line = this.begun.subarray(0, this.begunBytes)
      this.begunBytes = 0
    }
    const fault = this.check(line)
    if (fault !== undefined) return fault
    if (isBegun) this.count(this.onLines === undefined ? line : line.slice())
    this.lines++
    return undefined
  }

  private count(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.hash.update(bytes)
    this.lineBytes += bytes.length
    this.onLines?.(bytes)
  }

  private begin(part: Uint8Array): void {
    const length = this.begunBytes + part.length
    if (length > this.begun.length) {
      const room = new Uint8Array(Math.max(length, 2 * this.begun.length))
      room.set(this.begun.subarray(0, this.begunBytes))
      this.begun = room
    }
    this.begun.set(part, this.begunBytes)
    this.begunBytes = length
  }

  private tooLong(): LineProblem {
    return this.problem(`the line is longer than ${this.longestLine} bytes`, "long")
  }

  private problem(detail: string, kind: LineProblem["kind"]): LineProblem {
    return { line: this.lines + 1, detail, kind }
  }
}
