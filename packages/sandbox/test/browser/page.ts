import { small } from "@bcda-kit/sandbox"
import { sandboxHandlers } from "@bcda-kit/sandbox/msw"
import { setupWorker } from "msw/browser"

/** What runs in the browser: an export from the sandbox behind msw's service worker. The test reads what it reports. */

const base = "https://sandbox.bcda.cms.gov"

const exported = async () => {
  const bcda = sandboxHandlers({ enrollees: 3, seed: 7 })
  const worker = setupWorker(...bcda)
  await worker.start({ quiet: true })
  const login = `Basic ${btoa(`${small.clientId}:${small.clientSecret}`)}`
  const minted: { readonly access_token: string } = await (
    await fetch(`${base}/auth/token`, { method: "POST", headers: { authorization: login } })
  ).json()
  const headers = {
    authorization: `Bearer ${minted.access_token}`,
    accept: "application/fhir+json",
    prefer: "respond-async"
  }
  const kickOff = await fetch(`${base}/api/v3/Group/all/$export?_type=Patient`, { headers })
  const job = kickOff.headers.get("content-location") ?? ""
  await bcda.idle()
  const pending = await fetch(job, { headers })
  await bcda.clock.advance("1 minute")
  const manifest: { readonly output: ReadonlyArray<{ readonly url: string }> } = await (
    await fetch(job, { headers })
  ).json()
  const file = await (await fetch(manifest.output[0]?.url ?? "", { headers })).text()
  await bcda.faults.set([{ fault: "unavailable", where: "metadata" }])
  const metadata = await fetch(`${base}/api/v3/metadata`)
  return {
    statuses: [kickOff.status, pending.status, metadata.status],
    job,
    lines: file.trimEnd().split("\n").length,
    log: bcda.log.entries().map(({ area, issued, token }) => [area, issued ?? token ?? null])
  }
}

const report = (result: unknown) => fetch("/result", { method: "POST", body: JSON.stringify(result) })

exported().then(report, (error: unknown) => report({ failed: String(error) }))
