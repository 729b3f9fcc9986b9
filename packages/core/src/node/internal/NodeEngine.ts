import { isUtf8 } from "node:buffer"
import { createHash } from "node:crypto"
import type { Engine } from "../../internal/engine.ts"
import { makeInflater } from "./Inflater.ts"

/** Node's own, in native code. */
export const nodeEngine: Engine = {
  sha256: () => {
    const hash = createHash("sha256")
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.copy().digest("hex") }
  },
  isUtf8,
  toText: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"),
  indexOf: (bytes, needle, from) => Buffer.prototype.indexOf.call(bytes, needle, from),
  inflation: makeInflater
}
