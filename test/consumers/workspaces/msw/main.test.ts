// Somebody's own tests of a program that talks to CMS's sandbox.
import { connect } from "@bcda-kit/core/promise"
import { sandboxHandlers } from "@bcda-kit/sandbox/msw"
import { setupServer } from "msw/node"
import { afterAll, beforeAll, expect, it } from "vitest"

const bcda = sandboxHandlers({ enrollees: 5, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
const server = setupServer(...bcda)
beforeAll(() => server.listen({ onUnhandledFrame: "error" }))
afterAll(() => server.close())

it("exports from what stands in for CMS's sandbox", async () => {
  await using client = connect({
    target: "sandbox",
    credentials: { clientId: "sandbox-small", clientSecret: "not-a-secret-small" },
    policy: { poll: { initial: 10 } }
  })
  const receipt = await client.export({ directory: "claims", request: { types: ["Patient"] } })
  expect(receipt.totals.lines).toBe(5)
  expect(bcda.log.entries().length).toBeGreaterThan(3)
})
