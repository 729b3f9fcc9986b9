import { type RunningSandbox, type ServeOptions, startSandbox } from "@bcda-kit/sandbox/node"
import { claims } from "./Claims.ts"

/** A sandbox for commands to talk to, with the variables that hold its first persona's credentials. */
export const startWorld = async (options: ServeOptions = {}) => {
  const sandbox = await startSandbox({ data: claims, pace: { pendingMillis: 0, perSubJobMillis: 0 }, ...options })
  const [first] = sandbox.credentials
  const env = { BCDA_CLIENT_ID: first?.clientId ?? "", BCDA_CLIENT_SECRET: first?.clientSecret ?? "" }
  return { sandbox, env, [Symbol.asyncDispose]: () => sandbox.close() }
}

/** Starts a job, as a client of its own, and gives its id. */
export const startJob = async ({ baseUrl, credentials: [first] }: RunningSandbox, type = "Patient") => {
  const { clientId, clientSecret } = first ?? { clientId: "", clientSecret: "" }
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`
  const token = await fetch(`${baseUrl}/auth/token`, {
    method: "POST",
    headers: { authorization: basic, accept: "application/json" }
  })
  const granted: { readonly access_token?: string } = await token.json()
  const job = await fetch(`${baseUrl}/api/v3/Patient/$export?_type=${type}`, {
    headers: {
      authorization: `Bearer ${granted.access_token}`,
      accept: "application/fhir+json",
      prefer: "respond-async"
    }
  })
  await job.body?.cancel()
  const [, id] = /\/jobs\/(\d+)$/.exec(job.headers.get("content-location") ?? "") ?? []
  if (id === undefined) throw new Error(`no job was started: ${token.status}, ${job.status}`)
  return id
}
