import type { ServerMessage } from "../Measured.ts"

const tell = (message: ServerMessage) => process.send?.(message)

/** Tells the harness that a server listens, answers it about CPU and memory, and ends with it. */
export const listening = (baseUrl: string, close: () => Promise<void>): void => {
  process.on("message", () => {
    const { maxRSS, systemCPUTime, userCPUTime } = process.resourceUsage()
    tell({ is: "usage", cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssBytes: maxRSS * 1024 })
  })
  const end = () => void close().then(() => process.exit(0))
  process.once("SIGTERM", end)
  process.once("SIGINT", end)
  process.once("disconnect", end)
  tell({ is: "listening", baseUrl })
}
