import { runGroups } from "./support/Suite.ts"

runGroups("How files are sent", "What is in files", "Answers without an end")
