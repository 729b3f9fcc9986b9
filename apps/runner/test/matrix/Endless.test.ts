import { runPart } from "./support/Suite.ts"

runPart("Endless")
