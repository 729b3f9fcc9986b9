import { isUtf8 } from "node:buffer"
import { createHash } from "node:crypto"
import type { Engine } from "../../internal/engine.ts"

/** What Node has in native code for looking at bytes. Other threads load it, so it knows nothing of effects. */
export const nodeBytes: Omit<Engine, "inflation"> = {
  sha256: () => {
    const hash = createHash("sha256")
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.copy().digest("hex") }
  },
  isUtf8,
  toText: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"),
  indexOf: (bytes, needle, from) => Buffer.prototype.indexOf.call(bytes, needle, from)
}
