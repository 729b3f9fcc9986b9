import { startSandbox } from "@bcda-kit/sandbox/node"
import { claims } from "./Claims.ts"
import { listening } from "./Listening.ts"

// A sandbox whose jobs take no longer than their files do, and are pending before that for as long as told.
const { enrollees, pendingMillis = 0 }: { readonly enrollees: number; readonly pendingMillis?: number } = JSON.parse(
  process.argv[2] ?? "{}"
)
const sandbox = await startSandbox({ data: claims(), enrollees, pace: { pendingMillis, perSubJobMillis: 0 } })
listening(sandbox.baseUrl, sandbox.close)
