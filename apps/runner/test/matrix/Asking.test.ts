import { runGroups } from "./support/Suite.ts"

runGroups("The token endpoint", "Bearer checks", "Starting a job")
