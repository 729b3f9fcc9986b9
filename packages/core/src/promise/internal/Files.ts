/** Opens files for readers of web streams. */
import { Effect, Stream } from "effect"
import { BcdaClient } from "../../BcdaClient.ts"
import type { FileResponse } from "../../Download.ts"
import type { OpenFile } from "../Bcda.ts"
import type { OpenOptions } from "../Options.ts"
import { type Calls, itself } from "./Calls.ts"

/** The headers come first and then the blocks, so that one fiber holds the connection as long as there is something to read. */
export const openFile = async (calls: Calls, url: string, options: OpenOptions): Promise<OpenFile> => {
  const { signal, ...rest } = options
  const items = calls.iterate<FileResponse | Uint8Array>(
    () =>
      Stream.unwrap(
        Effect.map(
          BcdaClient.use((client) => client.open(url, rest)),
          (response) => Stream.concat(Stream.succeed(response), response.body)
        )
      ),
    { signal },
    itself
  )
  const first = await items.next()
  if (first.done === true || first.value instanceof Uint8Array) throw new TypeError("a file came without its headers")
  const close = async () => void (await items.return())
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await items.next()
        if (done === true) controller.close()
        else if (value instanceof Uint8Array) controller.enqueue(value)
      },
      cancel: close
    },
    { highWaterMark: 0 }
  )
  const { body: _, ...head } = first.value
  return { ...head, body, close, [Symbol.asyncIterator]: () => body.values(), [Symbol.asyncDispose]: close }
}
