import type { HeldCopy } from "./copy.ts"
import type { Beginning } from "./copyProof.ts"

/** What has been handed out of a file and cannot be taken back, over all beginnings of it. */
export class HandedOut {
  /** By the copies before this one. */
  known: Beginning | undefined
  copy: HeldCopy | undefined

  sofar(): Beginning | undefined {
    const now = this.copy?.beginning()
    return now !== undefined && now.bytes > (this.known?.bytes ?? 0) ? now : this.known
  }

  /** Before another copy begins: what the one before it has added counts. */
  renew(): Beginning | undefined {
    this.known = this.sofar()
    this.copy = undefined
    return this.known
  }
}

/** What has been handed out of each file, by URL. */
export class AllHandedOut {
  private readonly files = new Map<string, HandedOut>()

  of(url: string): HandedOut {
    const found = this.files.get(url) ?? new HandedOut()
    this.files.set(url, found)
    return found
  }

  /** Whether anything of a file has been. */
  has(url: string): boolean {
    return (this.files.get(url)?.sofar()?.lines ?? 0) > 0
  }
}
