import { availableParallelism } from "node:os"
import { extname } from "node:path"
import { Worker } from "node:worker_threads"
import type { Answer, Told } from "./CopyThread.ts"
import type { Said, ThreadFile } from "./ThreadCopy.ts"

/** What comes of a file in a thread: what that says, or that it is no more. */
export type Heard = Said | { readonly is: "died"; readonly error: Error }

/** A thread that files are proven and written in, several at a time. It does not keep the process alive while it has none. */
export class CopyThread {
  /** Whether it runs. False where its program is not there, as in a program that was put into one file. */
  readonly runs: Promise<boolean>
  private readonly worker: Worker
  private readonly files = new Map<number, (heard: Heard) => void>()
  private readonly unsaid = new Map<number, ThreadFile>()
  private next = 0
  private death: Error | undefined

  /** `program` may be another for tests alone. */
  constructor(program = new URL(`./CopyThread${extname(import.meta.url)}`, import.meta.url)) {
    this.worker = new Worker(program, { resourceLimits: { maxYoungGenerationSizeMb: 4 } })
    this.runs = new Promise((resolve) => {
      this.worker.on("message", (answer: Answer) => {
        if (answer.is === "ready") {
          this.worker.unref()
          resolve(true)
        } else this.files.get(answer.id)?.(answer.said)
      })
      this.worker.on("error", (error) => {
        resolve(false)
        this.died(error instanceof Error ? error : new Error(String(error)))
      })
      this.worker.on("exit", (code) => {
        resolve(false)
        this.died(new Error(`a thread has ended with ${code}`))
      })
    })
  }

  get busy(): number {
    return this.files.size
  }

  /** Takes on a file; gives its number. Whoever has one taken on has to `forget` it. */
  begin(file: ThreadFile, hear: (heard: Heard) => void): number {
    const id = this.next++
    if (this.death !== undefined) {
      hear({ is: "died", error: this.death })
      return id
    }
    this.files.set(id, hear)
    this.unsaid.set(id, file)
    this.worker.ref()
    return id
  }

  /** Gives away a block of the wire: of one that has a buffer to itself, nothing is left. */
  take(id: number, block: Uint8Array<ArrayBuffer>): void {
    this.tell({ is: "take", id, block, begins: this.firstOf(id) }, [block.buffer])
  }

  end(id: number): void {
    this.tell({ is: "end", id, begins: this.firstOf(id) })
  }

  /** What a thread has to be told of a file once: it goes with the first of its messages, because each of them wakes the thread. */
  private firstOf(id: number): ThreadFile | undefined {
    const file = this.unsaid.get(id)
    this.unsaid.delete(id)
    return file
  }

  /** Has a file given up; it is until `dropped` is heard. */
  drop(id: number): void {
    this.tell({ is: "drop", id })
  }

  forget(id: number): void {
    this.files.delete(id)
    this.unsaid.delete(id)
    if (this.files.size === 0) this.worker.unref()
  }

  private tell(told: Told, given: ReadonlyArray<ArrayBuffer> = []): void {
    this.worker.postMessage(told, [...given])
  }

  private died(error: Error): void {
    this.death ??= error
    threads = threads.filter((thread) => thread !== this)
    for (const hear of this.files.values()) hear({ is: "died", error })
  }
}

/** More would not make one export faster than any network, and each takes some ten MB. */
const most = Math.min(2, availableParallelism())

let threads: ReadonlyArray<CopyThread> = []
let canRun = true

/** A thread for one more file: an idle one, else a new one, else that with the fewest files. `undefined` where threads cannot be had. */
export const threadForFile = async (): Promise<CopyThread | undefined> => {
  if (!canRun) return undefined
  try {
    const idle = threads.find(({ busy }) => busy === 0)
    if (idle === undefined && threads.length < most) threads = [...threads, new CopyThread()]
    const thread = idle ?? threads.reduce((least, one) => (one.busy < least.busy ? one : least))
    canRun = await thread.runs
    return canRun ? thread : undefined
  } catch {
    canRun = false
    return undefined
  }
}
