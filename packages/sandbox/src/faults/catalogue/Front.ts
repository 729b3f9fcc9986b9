import { text as plain } from "../../internal/Http.ts"
import { fault } from "../Fault.ts"

export const frontFaults = {
  unavailable: fault({
    title: "503 in plain text, without Retry-After",
    where: [
      "kick-off",
      "token",
      "status",
      "manifest",
      "cancel",
      "jobs",
      "attribution",
      "metadata",
      "file",
      "error-file",
      "any"
    ],
    strike: () => ({ instead: () => plain(503, "Service Unavailable") })
  })
}
