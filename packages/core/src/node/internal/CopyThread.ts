/** The program of a thread that files are proven and written in; `CopyThreads.ts` starts it. It knows nothing of effects, so that it starts at once. */
import { parentPort } from "node:worker_threads"
import { type Said, ThreadCopy, type ThreadFile } from "./ThreadCopy.ts"

/** What a thread is told; `id` is a number of the file. */
export type Told =
  | { readonly is: "begin"; readonly id: number; readonly file: ThreadFile }
  | { readonly is: "take"; readonly id: number; readonly block: Uint8Array }
  | { readonly is: "end"; readonly id: number }
  | { readonly is: "drop"; readonly id: number }

/** What it says: first of all that it runs, then of files. */
export type Answer = { readonly is: "ready" } | { readonly is: "said"; readonly id: number; readonly said: Said }

const copies = new Map<number, ThreadCopy>()

const answer = (message: Answer) => parentPort?.postMessage(message, [])

parentPort?.on("message", (told: Told) => {
  const { id } = told
  const copy = copies.get(id)
  switch (told.is) {
    case "begin":
      copies.set(id, new ThreadCopy(told.file, (said) => answer({ is: "said", id, said })))
      break
    case "take":
      copy?.take(told.block)
      break
    case "end":
      copy?.end()
      break
    case "drop":
      copies.delete(id)
      copy?.drop()
  }
})

answer({ is: "ready" })
