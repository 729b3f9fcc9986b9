import { Effect, Schema } from "effect"

/** Writing or reading a job's file went wrong. */
export class FileStoreError extends Schema.TaggedError<FileStoreError>()("FileStoreError", {
  operation: Schema.Literals(["prepare", "write", "remove"]),
  detail: Schema.String
}) {
  override get message() {
    return `could not ${this.operation} the files of a job: ${this.detail}`
  }
}

/** Bytes `start` to `end` of a file, `end` not included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A whole file. */
export interface StoredFile {
  /** How its bytes lie in the store. BCDA keeps data files gzipped and the v3 warning file as it is. */
  readonly encoding: "gzip" | "identity"
  /** Number of bytes as stored. */
  readonly bytes: number
  /** The bytes as stored, all or a part of them. Each call reads anew. */
  readonly stored: (range?: ByteRange) => AsyncIterable<Uint8Array>
  /** The content, uncompressed. Each call reads anew. */
  readonly content: () => AsyncIterable<Uint8Array>
}

/**
 * Where the files of jobs lie. The main entry keeps them in memory, gzipped; `@bcda-kit/sandbox/node` has one on disk,
 * for exports larger than memory.
 */
export interface FileStore {
  /**
   * Writes a file from its content; succeeds when the file is whole. An interrupted or failed write leaves nothing
   * behind. The content may fail; that is this effect's failure too.
   */
  readonly write: (
    job: number,
    name: string,
    encoding: StoredFile["encoding"],
    content: AsyncIterable<Uint8Array>
  ) => Effect.Effect<StoredFile, FileStoreError>
  /** Removes all files of a job. */
  readonly remove: (job: number) => Effect.Effect<void, FileStoreError>
}

/** What went wrong, without quoting data: a JSON parser's message holds a piece of the text it could not read. */
export const describeFailure = (cause: unknown): string => {
  if (!(cause instanceof Error)) return "unknown"
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined
  return code ?? (cause instanceof SyntaxError ? cause.name : `${cause.name}: ${cause.message}`)
}

const through = async function* (
  content: AsyncIterable<Uint8Array>,
  transform: CompressionStream | DecompressionStream
): AsyncGenerator<Uint8Array> {
  const writer = transform.writable.getWriter()
  const feed = async () => {
    try {
      for await (const chunk of content) await writer.write(new Uint8Array(chunk))
      await writer.close()
    } catch (cause) {
      // A failing source has to end the reading side too, or the loop below would wait for ever.
      await writer.abort(cause).catch(() => undefined)
    }
  }
  // Never rejects, and is not waited for: a source may be stuck in the middle of a line.
  void feed()
  const reader: ReadableStreamDefaultReader<Uint8Array> = transform.readable.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** Compresses with the platform's own gzip; runs in browsers too. */
export const gzipped = (content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  through(content, new CompressionStream("gzip"))

/** Its chunks can be taken away, for everybody who has not begun to read. */
interface MemoryFile {
  chunks: ReadonlyArray<Uint8Array>
}

const storedFile = (file: MemoryFile, encoding: StoredFile["encoding"]): StoredFile => {
  const stored = async function* (range?: ByteRange) {
    const { start, end } = range ?? { start: 0, end: Number.POSITIVE_INFINITY }
    let at = 0
    for (const chunk of file.chunks) {
      const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at))
      at += chunk.byteLength
      if (part.byteLength > 0) yield part
    }
  }
  return {
    encoding,
    bytes: file.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0),
    stored,
    content: () => (encoding === "identity" ? stored() : through(stored(), new DecompressionStream("gzip")))
  }
}

/** Keeps files in memory, compressed: about a twentieth of the claims' size. */
export const memoryFileStore = (): FileStore => {
  const files = new Map<number, Array<MemoryFile>>()

  return {
    write: (job, name, encoding, content) =>
      Effect.tryPromise({
        try: async (signal) => {
          const chunks: Array<Uint8Array> = []
          for await (const chunk of encoding === "gzip" ? gzipped(content) : content) {
            signal.throwIfAborted()
            chunks.push(chunk)
          }
          signal.throwIfAborted()
          const file: MemoryFile = { chunks }
          files.set(job, [...(files.get(job) ?? []), file])
          return storedFile(file, encoding)
        },
        catch: (cause) => new FileStoreError({ operation: "write", detail: `${name}: ${describeFailure(cause)}` })
      }),
    remove: (job) =>
      Effect.sync(() => {
        // Readers that are under way keep the chunks they hold; everybody else finds nothing.
        for (const file of files.get(job) ?? []) file.chunks = []
        files.delete(job)
      })
  }
}
