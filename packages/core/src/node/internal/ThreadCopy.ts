import { writevSync } from "node:fs"
import { createGunzip, type Gunzip, gunzipSync } from "node:zlib"
import { inputSlice, inSlices } from "../../internal/bytes.ts"
import { type Beginning, CopyProof, type Fault, plainBlock } from "../../internal/copyProof.ts"
import { bytesOfType, jsonOfType, type Verify } from "../../internal/lineCheck.ts"
import type { Limits } from "../../Policy.ts"
import { outputBlock, releaseBlocks } from "./GunzipBlocks.ts"
import { nodeBytes } from "./NodeBytes.ts"

/** A file whose bytes go to a thread. */
export interface ThreadFile {
  /** Open for writing, where it is to be written. It belongs to who asks. */
  readonly fd: number
  readonly contentEncoding: "gzip" | "identity"
  readonly kept: boolean
  readonly type: string
  readonly verify: Verify
  readonly limits: Limits
  readonly refuseEmpty: boolean
}

/** What a thread says of a file. */
export type Said =
  /** So many bytes of the wire are done with; `bytes` are all the plain ones so far. */
  | { readonly is: "taken"; readonly wireBytes: number; readonly bytes: number }
  | { readonly is: "whole"; readonly file: Beginning; readonly bytes: number }
  | { readonly is: "fault"; readonly fault: Fault }
  /** The disk would not; a code of the system. */
  | { readonly is: "failed"; readonly code: string }
  /** From here on nothing of it is written, and nothing said. */
  | { readonly is: "dropped" }

/**
 * A file on its way from the wire to the disk, in a thread: inflated, proven, digested and written. All of that is here one plain loop; effects decide
 * in the thread that sends the bytes. While this thread looks at one block and writes it, the thread pool inflates the next.
 */
export class ThreadCopy {
  private readonly file: ThreadFile
  private readonly say: (said: Said) => void
  private readonly proof: CopyProof
  private gunzip: Gunzip | undefined
  /** The beginning of a compressed file, until it is too large to be inflated at once. */
  private early: Array<Uint8Array> = []
  private readonly blocks: Array<Uint8Array> = []
  private isEnded = false
  private isBusy = false
  private isOver = false
  /** Ends the wait for the inflater, which does not call back once it has failed. */
  private giveUp: () => void = () => undefined

  constructor(file: ThreadFile, say: (said: Said) => void) {
    const { limits, refuseEmpty, type, verify } = file
    this.file = file
    this.say = say
    const check = verify === "bytes" ? bytesOfType(nodeBytes, type) : jsonOfType(nodeBytes, type)
    this.proof = new CopyProof({ engine: nodeBytes, check, limits, refuseEmpty })
  }

  take(block: Uint8Array): void {
    this.blocks.push(block)
    void this.work()
  }

  end(): void {
    this.isEnded = true
    void this.work()
  }

  drop(): void {
    this.over({ is: "dropped" })
  }

  private async work(): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    for (let block = this.blocks.shift(); block !== undefined && !this.isOver; block = this.blocks.shift()) {
      await this.move(block)
    }
    this.isBusy = false
    if (!this.isEnded || this.isOver) return
    if (this.gunzip !== undefined) await this.endOfGzip(this.gunzip)
    else if (this.file.contentEncoding === "gzip") this.guarded(() => this.inflateAtOnce())
    this.guarded(() => this.finish())
  }

  /** Takes one block of the wire. */
  private async move(block: Uint8Array): Promise<void> {
    const wireBytes = block.byteLength
    if (this.found(this.proof.arrived(wireBytes))) return
    if (this.file.contentEncoding === "identity") this.guarded(() => this.lookAt(block))
    else if (this.gunzip === undefined && this.proof.wireBytes <= inputSlice) this.early.push(block)
    else await this.inflate(block)
    if (!this.isOver) this.say({ is: "taken", wireBytes, bytes: this.proof.bytes })
  }

  /** Most of BCDA's files are small: one call inflates them, where each step of a stream is a hop to the thread pool and back. */
  private inflateAtOnce(): void {
    const wire = Buffer.concat(this.early)
    if (wire.length === 0) return this.over({ is: "fault", fault: { _tag: "BadGzip", detail: "it is empty" } })
    let plain: Uint8Array
    try {
      plain = gunzipSync(wire, { chunkSize: outputBlock })
    } catch (error) {
      return this.over({ is: "fault", fault: { _tag: "BadGzip", detail: error instanceof Error ? error.message : "" } })
    }
    this.lookAt(plain)
    // It has a buffer to itself, mostly a larger one.
    if (plain.buffer instanceof ArrayBuffer && !plain.buffer.detached) plain.buffer.transfer(0)
    if (this.file.kept && !this.isOver) this.write(wire)
  }

  private async inflate(block: Uint8Array): Promise<void> {
    this.gunzip ??= this.startGunzip()
    const blocks = [...this.early, block]
    this.early = []
    for (const one of blocks) {
      for (const slice of inSlices(one)) if (!this.isOver) await this.inflated(this.gunzip, slice)
      // A file that was given up may still be read from by zlib.
      this.guarded(() => {
        if (this.file.kept) this.write(one)
        releaseBlocks([one])
      })
    }
  }

  private startGunzip(): Gunzip {
    const gunzip = createGunzip({ chunkSize: outputBlock })
    // Once zlib has been asked for the next block, and so at the same time.
    gunzip.on("data", (block: Buffer) => queueMicrotask(() => this.guarded(() => this.plain(block))))
    gunzip.on("error", (error) => this.over({ is: "fault", fault: { _tag: "BadGzip", detail: error.message } }))
    return gunzip
  }

  private inflated(gunzip: Gunzip, slice: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.giveUp = resolve
      gunzip.write(slice, () => resolve())
    })
  }

  private endOfGzip(gunzip: Gunzip): Promise<void> {
    return new Promise((resolve) => {
      this.giveUp = resolve
      gunzip.once("end", resolve).end()
    })
  }

  private lookAt(plain: Uint8Array): void {
    for (const piece of inSlices(plain, plainBlock)) this.plain(piece)
  }

  private plain(block: Uint8Array): void {
    if (this.isOver || this.found(this.proof.look(block))) return
    if (!this.file.kept) this.write(block)
    releaseBlocks([block])
  }

  private finish(): void {
    if (this.found(this.proof.end())) return
    this.over({ is: "whole", file: this.proof.beginning(), bytes: this.proof.bytes })
  }

  private write(block: Uint8Array): void {
    for (let rest = block; rest.byteLength > 0; ) rest = rest.subarray(writevSync(this.file.fd, [rest]))
  }

  private found(fault: Fault | undefined): boolean {
    if (fault !== undefined) this.over({ is: "fault", fault })
    return fault !== undefined
  }

  /** Does nothing once the file is over; a disk that fails is said. */
  private guarded<A>(step: () => A): A | undefined {
    if (this.isOver) return undefined
    try {
      return step()
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined
      if (typeof code !== "string") throw error
      this.over({ is: "failed", code })
      return undefined
    }
  }

  private over(last: Said): void {
    if (this.isOver) return
    this.isOver = true
    this.blocks.length = 0
    this.gunzip?.destroy()
    this.giveUp()
    this.say(last)
  }
}
