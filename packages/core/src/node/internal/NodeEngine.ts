import type { Engine } from "../../internal/engine.ts"
import { makeInflater } from "./Inflater.ts"
import { nodeBytes } from "./NodeBytes.ts"

/** Node's own, in native code. */
export const nodeEngine: Engine = { ...nodeBytes, inflation: makeInflater }
