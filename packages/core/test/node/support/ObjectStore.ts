/**
 * An object store like those of the clouds, and a sink for it: an object is uploaded in numbered parts and is there once the upload is completed,
 * with what its uploader says of it.
 */
import type * as http from "node:http"
import { Sink, SinkFailed, type SinkProof } from "@bcda-kit/core"
import { Effect, Schema } from "effect"
import { serve } from "./Loopback.ts"

const Proof = Schema.fromJsonString(
  Schema.Struct({ url: Schema.String, bytes: Schema.Int, lines: Schema.Int, sha256: Schema.String })
)
const encode = Schema.encodeSync(Proof)
const decode = Schema.decodeUnknownSync(Proof)

const bodyOf = async (request: http.IncomingMessage): Promise<Buffer> => {
  const blocks: Array<Buffer> = []
  for await (const block of request) blocks.push(Buffer.from(block))
  return Buffer.concat(blocks)
}

/** A server on loopback: `POST /NAME` begins an upload, `PUT /ID` adds a part, `POST /ID/done` completes it, `DELETE /ID` aborts it. */
export const objectStore = Effect.gen(function* () {
  const objects = new Map<string, { readonly content: Buffer; readonly proof: string }>()
  const uploads = new Map<string, { readonly name: string; readonly parts: Array<Buffer> }>()
  const state = { parts: 0, aborts: 0, refuse: false, next: 1 }
  const answer = async (request: http.IncomingMessage): Promise<readonly [number, string]> => {
    const body = await bodyOf(request)
    const path = (request.url ?? "").slice(1)
    const id = path.split("/")[0] ?? ""
    const upload = uploads.get(id)
    if (request.method === "HEAD") return [objects.has(path) ? 200 : 404, objects.get(path)?.proof ?? ""]
    if (state.refuse) return [507, ""]
    if (request.method === "POST" && upload === undefined) {
      const begun = `upload${state.next++}`
      uploads.set(begun, { name: path, parts: [] })
      return [201, begun]
    }
    if (upload === undefined) return [404, ""]
    if (request.method === "PUT") {
      state.parts++
      upload.parts.push(body)
    }
    if (request.method === "POST")
      objects.set(upload.name, { content: Buffer.concat(upload.parts), proof: body.toString() })
    if (request.method === "DELETE") state.aborts++
    if (request.method !== "PUT") uploads.delete(id)
    return [200, ""]
  }
  const server = yield* Effect.acquireDisposable(
    Effect.promise(() =>
      serve((request, response) => {
        void answer(request).then(([status, text]) => {
          response.writeHead(status, { connection: "close", "x-text": text })
          response.end()
        })
      })
    )
  )
  return { url: server.url, objects, uploads, state }
})

/** Uploads in parts of at least so many bytes, as real stores want it. */
export const objectStoreSink = (url: string, partBytes = 64 * 1024): Sink["Service"] => {
  const name = "the object store"
  const ask = (method: string, path: string, body?: Uint8Array<ArrayBuffer> | string) =>
    Effect.tryPromise({
      try: async (signal) => {
        const response = await fetch(`${url}/${path}`, { method, signal, ...(body === undefined ? {} : { body }) })
        return { status: response.status, text: response.headers.get("x-text") ?? "" }
      },
      catch: () => new SinkFailed({ sink: name, detail: "it cannot be reached" })
    })
  const asked = (method: string, path: string, body?: Uint8Array<ArrayBuffer> | string) =>
    Effect.filterOrFail(
      ask(method, path, body),
      ({ status }) => status < 300,
      ({ status }) => new SinkFailed({ sink: name, detail: `it answered ${status}` })
    )
  return Sink.make({
    name,
    takesBack: true,
    open: (file) =>
      Effect.map(asked("POST", file.path), ({ text: id }) => {
        let held: Array<Uint8Array> = []
        let heldBytes = 0
        const upload = Effect.suspend(() => {
          const part = Buffer.concat(held)
          held = []
          heldBytes = 0
          return part.length === 0 ? Effect.void : Effect.asVoid(asked("PUT", id, part))
        })
        return {
          write: (pieces) =>
            Effect.suspend(() => {
              held.push(...pieces)
              for (const piece of pieces) heldBytes += piece.byteLength
              return heldBytes < partBytes ? Effect.void : upload
            }),
          commit: (proof: SinkProof) =>
            upload.pipe(
              Effect.andThen(asked("POST", `${id}/done`, encode({ ...proof, url: file.url }))),
              Effect.asVoid
            ),
          abort: Effect.ignore(asked("DELETE", id))
        }
      }),
    holds: ({ path, url: source }) =>
      Effect.map(ask("HEAD", path), ({ status, text }) => {
        if (status !== 200) return undefined
        const { url: from, ...proof } = decode(text)
        return from === source ? proof : undefined
      })
  })
}
