/** The program of a thread that files are proven and written in; `CopyThreads.ts` starts it. It knows nothing of effects, so that it starts at once. */
import { parentPort } from "node:worker_threads"
import { type Said, ThreadCopy, type ThreadFile } from "./ThreadCopy.ts"

/** What a thread is told; `id` is a number of the file. What comes first of a file says what that is. */
export type Told =
  | { readonly is: "take"; readonly id: number; readonly block: Uint8Array; readonly begins?: ThreadFile | undefined }
  | { readonly is: "end"; readonly id: number; readonly begins?: ThreadFile | undefined }
  | { readonly is: "drop"; readonly id: number }

/** What it says: first of all that it runs, then of files. */
export type Answer = { readonly is: "ready" } | { readonly is: "said"; readonly id: number; readonly said: Said }

const copies = new Map<number, ThreadCopy>()

const answer = (message: Answer) => parentPort?.postMessage(message, [])

const begun = (id: number, file: ThreadFile): ThreadCopy => {
  const copy = new ThreadCopy(file, (said) => {
    if (said.is !== "taken") copies.delete(id)
    answer({ is: "said", id, said })
  })
  copies.set(id, copy)
  return copy
}

const copyOf = ({ begins, id }: { readonly begins?: ThreadFile | undefined; readonly id: number }) =>
  begins === undefined ? copies.get(id) : begun(id, begins)

parentPort?.on("message", (told: Told) => {
  const { id } = told
  switch (told.is) {
    case "take":
      copyOf(told)?.take(told.block)
      break
    case "end":
      copyOf(told)?.end()
      break
    case "drop": {
      const copy = copies.get(id)
      if (copy === undefined) answer({ is: "said", id, said: { is: "dropped" } })
      else copy.drop()
    }
  }
})

answer({ is: "ready" })
