import { isUtf8 } from "node:buffer"
import { createHash } from "node:crypto"

/** What is wrong with a line. `detail` must not quote it: lines hold patient data. */
export interface LineFault {
  readonly detail: string
  /** Whether the beginning of a good line would look like this. */
  readonly torn: boolean
}

/** Looks at one line, without its line end. */
export type LineCheck = (line: Buffer) => LineFault | undefined

/** A line that is not what it must be. `cut`: it is the torn last line of the file, whose rest never came. */
export interface LineProblem {
  readonly line: number
  readonly detail: string
  readonly cut: boolean
}

/** Longest line that is taken. The longest claim known from BCDA is some 30 kB; without a limit an endless line would fill the memory. */
const longestLine = 64 * 1024 * 1024

const newline = 10

/** Each line parses as JSON and is an object whose `resourceType` is `type`. `onResource` sees every one of them. */
export const jsonOfType =
  (type: string, onResource?: (resource: { readonly [key: string]: unknown }) => void): LineCheck =>
  (line) => {
    if (line.length === 0) return { detail: "the line is empty", torn: false }
    if (!isUtf8(line)) return { detail: "the line is not UTF-8", torn: true }
    let value: unknown
    try {
      value = JSON.parse(line.toString("utf8"))
    } catch {
      // The error's own message quotes the line.
      return { detail: "the line is not JSON", torn: true }
    }
    if (!isRecord(value)) return { detail: "the line is not a JSON object", torn: false }
    if (value["resourceType"] !== type) return { detail: `the line's resourceType is not ${type}`, torn: false }
    onResource?.(value)
    return undefined
  }

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * The running proof of an NDJSON file: counts its bytes and lines, digests it and checks every line, whatever way it is cut into blocks.
 * It works on bytes, so a character that two blocks share is never broken. Blocks are kept until the end of the last line in them: they must
 * not be written to afterwards.
 */
export class LineProof {
  bytes = 0
  lines = 0
  private readonly hash = createHash("sha256")
  private readonly check: LineCheck
  private begun: Array<Buffer> = []
  private begunBytes = 0

  constructor(check: LineCheck) {
    this.check = check
  }

  /** Takes the next block. The proof is over once it has found a problem. */
  update(block: Buffer): LineProblem | undefined {
    this.hash.update(block)
    this.bytes += block.length
    let from = 0
    for (let at = block.indexOf(newline); at !== -1; at = block.indexOf(newline, from)) {
      const fault = this.take(block.subarray(from, at))
      if (fault !== undefined) return this.problem(fault.detail, false)
      from = at + 1
    }
    if (from < block.length) {
      this.begun.push(block.subarray(from))
      this.begunBytes += block.length - from
      if (this.begunBytes > longestLine) return this.problem(`the line is longer than ${longestLine} bytes`, false)
    }
    return undefined
  }

  /** Takes the end of the file. NDJSON may leave out the last line end, but not half a resource. */
  end(): LineProblem | undefined {
    if (this.begunBytes === 0) return undefined
    const fault = this.take(Buffer.alloc(0))
    return fault === undefined ? undefined : this.problem(fault.detail, fault.torn)
  }

  /** Lower-case hexadecimal. To be asked once, after `end`. */
  sha256(): string {
    return this.hash.digest("hex")
  }

  private take(rest: Buffer): LineFault | undefined {
    let line = rest
    if (this.begunBytes > 0) {
      line = Buffer.concat([...this.begun, rest])
      this.begun = []
      this.begunBytes = 0
    }
    const fault = this.check(line)
    if (fault === undefined) this.lines++
    return fault
  }

  private problem(detail: string, cut: boolean): LineProblem {
    return { line: this.lines + 1, detail, cut }
  }
}
