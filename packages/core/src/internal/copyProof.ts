import type { Limits } from "../Policy.ts"
import type { Engine } from "./engine.ts"
import type { LineCheck } from "./lineCheck.ts"
import { type LineProblem, LineProof } from "./lineProof.ts"

/** How a file is proven. */
export interface ProofOptions {
  readonly engine: Omit<Engine, "inflation">
  readonly check: LineCheck
  readonly limits: Limits
  /** See `FetchOptions.refuseEmpty`. */
  readonly refuseEmpty?: boolean | undefined
  /** What has left this process of the file already, and must come again to the byte. */
  readonly handedOut?: Beginning | undefined
  /** Sees good lines and their line ends; see `LineProof`. */
  readonly onLines?: ((bytes: Uint8Array) => void) | undefined
}

/** The good lines at the beginning of a file: so many bytes, lines, and their digest. */
export interface Beginning {
  readonly bytes: number
  readonly lines: number
  readonly sha256: string
}

/** What is wrong with a file. Plain data, because it may be found in another thread; `copy.ts` makes errors of them. */
export type Fault =
  | { readonly _tag: "BadGzip"; readonly detail: string }
  | { readonly _tag: "BadLine"; readonly line: number; readonly detail: string }
  | { readonly _tag: "CutShort"; readonly got: number }
  | { readonly _tag: "FileChanged"; readonly lines: number }
  | { readonly _tag: "LimitExceeded"; readonly limit: "fileBytes" | "inflation" | "lineBytes"; readonly most: number }

/** The ratio of plain to compressed bytes says something only after this many plain ones. */
const ratioCounts = 64 * 1024 * 1024

/** Plain bytes are looked at in blocks of at most this: a transport may hand over a whole file at once. */
export const plainBlock = 256 * 1024

const empty: LineProblem = { line: 1, detail: "the file is empty, and its server lists no empty ones", kind: "bad" }

const nothing: Beginning = { bytes: 0, lines: 0, sha256: "" }

/** The running proof of a file: of its lines, of its limits, and that it is what has been handed out of it. It is over with the first fault. */
export class CopyProof {
  wireBytes = 0
  private readonly lines: LineProof
  private readonly limits: Limits
  private readonly handedOut: Beginning
  private readonly refuseEmpty: boolean

  constructor({ check, engine, handedOut, limits, onLines, refuseEmpty }: ProofOptions) {
    this.lines = new LineProof(engine, check, limits.lineBytes, onLines)
    this.limits = limits
    this.handedOut = handedOut ?? nothing
    this.refuseEmpty = refuseEmpty === true
  }

  /** Plain ones. */
  get bytes(): number {
    return this.lines.bytes
  }

  /** Counts bytes of the wire, before they are inflated. */
  arrived(bytes: number): Fault | undefined {
    this.wireBytes += bytes
    return this.wireBytes > this.limits.fileBytes ? this.exceeds("fileBytes") : undefined
  }

  /** Looks at the next plain bytes. */
  look(block: Uint8Array): Fault | undefined {
    const known = Math.min(block.byteLength, Math.max(0, this.handedOut.bytes - this.bytes))
    if (known > 0 && !this.comesAgain(block.subarray(0, known))) return this.changed()
    const problem = known < block.byteLength ? this.lines.update(block.subarray(known)) : undefined
    if (problem !== undefined) return this.faultOf(problem)
    if (this.bytes > this.limits.fileBytes) return this.exceeds("fileBytes")
    return this.bytes > Math.max(ratioCounts, this.wireBytes * this.limits.inflation)
      ? this.exceeds("inflation")
      : undefined
  }

  /** Takes the end of the file. */
  end(): Fault | undefined {
    const last = this.lines.end()
    // A torn line says that the file was cut once more, and not that it has changed.
    if (this.bytes < this.handedOut.bytes && last?.kind !== "cut") return this.changed()
    const problem = last ?? (this.refuseEmpty && this.lines.lines === 0 ? empty : undefined)
    return problem === undefined ? undefined : this.faultOf(problem)
  }

  beginning(): Beginning {
    return { bytes: this.lines.lineBytes, lines: this.lines.lines, sha256: this.lines.sha256() }
  }

  /** Looks at lines that have been handed out before: what comes now must be the same. */
  private comesAgain(block: Uint8Array): boolean {
    const problem = this.lines.update(block)
    const { bytes, sha256 } = this.handedOut
    return problem === undefined && (this.bytes !== bytes || this.lines.sha256() === sha256)
  }

  private changed(): Fault {
    return { _tag: "FileChanged", lines: this.handedOut.lines }
  }

  private exceeds(limit: "fileBytes" | "inflation" | "lineBytes"): Fault {
    return { _tag: "LimitExceeded", limit, most: this.limits[limit] }
  }

  private faultOf({ line, detail, kind }: LineProblem): Fault {
    if (kind === "long") return this.exceeds("lineBytes")
    return kind === "cut" ? { _tag: "CutShort", got: this.wireBytes } : { _tag: "BadLine", line, detail }
  }
}
