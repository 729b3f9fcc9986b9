import { runPart } from "./support/Suite.ts"

runPart("Front")
