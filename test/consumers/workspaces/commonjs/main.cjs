const { connect } = require("@bcda-kit/core/promise")
const { TypeFilter } = require("@bcda-kit/core")
const { NodeTransport } = require("@bcda-kit/core/node")
const { startSandbox } = require("@bcda-kit/sandbox/node")

const main = async () => {
  const sandbox = await startSandbox({ enrollees: 5, pace: { pendingMillis: 0, perSubJobMillis: 0 } })
  const credentials = { clientId: "sandbox-small", clientSecret: "not-a-secret-small" }
  const bcda = connect({ target: sandbox.baseUrl, credentials, policy: { poll: { initial: 10 } } })
  const { complete, totals } = await bcda.export({ directory: "claims", request: { types: ["Patient"] } })
  await bcda.close()
  await sandbox.close()
  console.log(JSON.stringify({ complete, lines: totals.lines, others: [typeof TypeFilter, typeof NodeTransport] }))
}
void main()
