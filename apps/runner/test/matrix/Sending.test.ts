import { runPart } from "./support/Suite.ts"

runPart("Sending")
