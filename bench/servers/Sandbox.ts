import { startSandbox } from "@bcda-kit/sandbox/node"
import { claims } from "./Claims.ts"
import { listening } from "./Listening.ts"

// A sandbox whose jobs take no longer than their files do.
const { enrollees }: { readonly enrollees: number } = JSON.parse(process.argv[2] ?? "{}")
const sandbox = await startSandbox({ data: claims(), enrollees, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
listening(sandbox.baseUrl, sandbox.close)
