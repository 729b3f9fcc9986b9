import { createHash } from "node:crypto"
import type { LineCheck, LineFault } from "./LineCheck.ts"

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
  bytes = 0
  lines = 0
  private readonly hash = createHash("sha256")
  private readonly check: LineCheck
  private readonly longestLine: number
  private begun = Buffer.alloc(0)
  private begunBytes = 0

  constructor(check: LineCheck, longestLine: number) {
    this.check = check
    this.longestLine = longestLine
  }

  /** Takes the next block. The proof is over once it has found a problem. */
  update(block: Buffer): LineProblem | undefined {
    this.hash.update(block)
    this.bytes += block.length
    let from = 0
    for (let at = block.indexOf(newline); at !== -1; at = block.indexOf(newline, from)) {
      if (this.begunBytes + at - from > this.longestLine) return this.tooLong()
      const fault = this.take(block.subarray(from, at))
      if (fault !== undefined) return this.problem(fault.detail, "bad")
      from = at + 1
    }
    if (this.begunBytes + block.length - from > this.longestLine) return this.tooLong()
    if (from < block.length) this.begin(block.subarray(from))
    return undefined
  }

  /** Takes the end of the file. NDJSON may leave out the last line end, but not half a resource. */
  end(): LineProblem | undefined {
    if (this.begunBytes === 0) return undefined
    const fault = this.take(Buffer.alloc(0))
    return fault === undefined ? undefined : this.problem(fault.detail, fault.torn ? "cut" : "bad")
  }

  /** Lower-case hexadecimal. To be asked once, after `end`. */
  sha256(): string {
    return this.hash.digest("hex")
  }

  private take(rest: Buffer): LineFault | undefined {
    let line = rest
    if (this.begunBytes > 0) {
      this.begin(rest)
      line = this.begun.subarray(0, this.begunBytes)
      this.begunBytes = 0
    }
    const fault = this.check(line)
    if (fault === undefined) this.lines++
    return fault
  }

  private begin(part: Buffer): void {
    const length = this.begunBytes + part.length
    if (length > this.begun.length) {
      const room = Buffer.allocUnsafe(Math.max(length, 2 * this.begun.length))
      this.begun.copy(room, 0, 0, this.begunBytes)
      this.begun = room
    }
    part.copy(this.begun, this.begunBytes)
    this.begunBytes = length
  }

  private tooLong(): LineProblem {
    return this.problem(`the line is longer than ${this.longestLine} bytes`, "long")
  }

  private problem(detail: string, kind: LineProblem["kind"]): LineProblem {
    return { line: this.lines + 1, detail, kind }
  }
}
