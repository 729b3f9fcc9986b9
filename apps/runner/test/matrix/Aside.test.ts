import { runGroups } from "./support/Suite.ts"

runGroups("Cancelling a job", "Job list and attribution status", "Metadata", "Manners of HTTP and JSON")
