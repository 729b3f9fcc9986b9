import { runGroups } from "./support/Suite.ts"

runGroups("In front of BCDA", "Trouble inside BCDA")
