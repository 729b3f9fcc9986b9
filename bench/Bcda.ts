import { setTimeout } from "node:timers/promises"

/** The few requests that a bench of the server needs, without a client of ours in between. */
export interface FileItem {
  readonly type: string
  readonly url: string
}

const check = async (response: Response, status: number): Promise<Response> => {
  if (response.status !== status) throw new Error(`${response.url}: ${response.status} ${await response.text()}`)
  return response
}

/** `Bearer …` for a persona of the sandbox. */
export const login = async (baseUrl: string, persona: string): Promise<string> => {
  const basic = Buffer.from(`sandbox-${persona}:not-a-secret-${persona}`).toString("base64")
  const headers = { authorization: `Basic ${basic}` }
  const response = await check(await fetch(`${baseUrl}/auth/token`, { method: "POST", headers }), 200)
  const answer: { readonly access_token: string } = JSON.parse(await response.text())
  return `Bearer ${answer.access_token}`
}

/** Starts a job and gives its URL. */
export const kickOff = async (baseUrl: string, authorization: string, version = "v3"): Promise<string> => {
  const headers = { authorization, accept: "application/fhir+json", prefer: "respond-async" }
  const response = await check(await fetch(`${baseUrl}/api/${version}/Group/all/$export`, { headers }), 202)
  return response.headers.get("content-location") ?? ""
}

/** Asks about a job until it is done; the files of its manifest. */
export const finished = async (
  job: string,
  authorization: string,
  everyMillis: number
): Promise<ReadonlyArray<FileItem>> => {
  for (;;) {
    const response = await fetch(job, { headers: { authorization } })
    if (response.status === 202) {
      await setTimeout(everyMillis)
      continue
    }
    const manifest: { readonly output: ReadonlyArray<FileItem> } = JSON.parse(await (await check(response, 200)).text())
    return manifest.output
  }
}
