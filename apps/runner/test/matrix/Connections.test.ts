import { runGroups } from "./support/Suite.ts"

runGroups("Connections")
