import { runGroups } from "./support/Suite.ts"

runGroups("Following a job", "The manifest", "Addresses and names of files")
