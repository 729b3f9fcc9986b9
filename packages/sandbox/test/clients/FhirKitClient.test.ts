import type { RunningSandbox } from "@bcda-kit/sandbox/node"
import { assert, describe, it } from "@effect/vitest"
import { Client, type FhirResource } from "fhir-kit-client"
import { afterAll, beforeAll } from "vitest"
import { bearerOf } from "../node/Wire.ts"
import { memberOf } from "../Support.ts"
import { startForClients } from "./Support.ts"

let served: Awaited<ReturnType<typeof startForClients>>
let sandbox: RunningSandbox
let bearerToken: string
beforeAll(async () => {
  served = await startForClients()
  sandbox = served.sandbox
  bearerToken = (await bearerOf(sandbox)).slice("Bearer ".length)
})
afterAll(() => sandbox.close())

const clientOf = (version: string) => new Client({ baseUrl: `${sandbox.baseUrl}/api/${version}`, bearerToken })
const prefer = { headers: { prefer: "respond-async" } }
const statusOf = (resource: FhirResource) => Client.httpFor(resource).response?.status
const kickOff = async (client: Client, type: string) => {
  const input = { _type: type }
  const started = await client.operation({
    name: "export",
    resourceType: "Group",
    id: "all",
    method: "GET",
    input,
    options: prefer
  })
  assert.strictEqual(statusOf(started), 202)
  return Client.httpFor(started).response?.headers.get("content-location") ?? ""
}
/** What it throws for an answer that it does not take. */
const refused = (asked: Promise<FhirResource>) =>
  asked.then(
    () => assert.fail("took it"),
    (cause: unknown) => JSON.stringify(Object(cause).response)
  )
const manifestOf = async (client: Client, job: string): Promise<FhirResource> => {
  const answer = await client.request(job)
  return statusOf(answer) === 202 ? manifestOf(client, job) : answer
}

describe("fhir-kit-client", () => {
  it.each([
    ["v1", "3.0.1"],
    ["v2", "4.0.1"],
    ["v3", "4.0.1"]
  ])("reads the metadata of %s and finds the token URL in it", async (version, fhirVersion) => {
    const client = clientOf(version)
    const statement = await client.capabilityStatement()
    assert.strictEqual(statement.resourceType, "CapabilityStatement")
    assert.strictEqual(memberOf(JSON.stringify(statement), "fhirVersion"), fhirVersion)
    const { tokenUrl } = await client.smartAuthMetadata()
    assert.strictEqual(tokenUrl?.href, `${sandbox.baseUrl}/auth/token`)
  })

  it("starts an export, follows it and reads its manifest", async () => {
    const client = clientOf("v3")
    const job = await kickOff(client, "Patient")
    const manifest = JSON.stringify(await manifestOf(client, job))
    assert.strictEqual(memberOf(manifest, "requiresAccessToken"), true)
    const [, file = ""] = /"type":"Patient","url":"([^"]+)"/.exec(manifest) ?? []
    // It parses every answer as one JSON document, so the file comes as an error that holds its text.
    const answer = await refused(client.request(file))
    assert.strictEqual(memberOf(answer, "status"), 200)
    assert.deepStrictEqual([memberOf(answer, "data")], served.written)
  })

  it("lists jobs and learns that a finished one cannot be cancelled", async () => {
    const client = clientOf("v3")
    const job = await kickOff(client, "Coverage")
    await manifestOf(client, job)
    const jobs = JSON.stringify(await client.request("jobs", { options: prefer }))
    assert.strictEqual(memberOf(jobs, "resourceType"), "Bundle")
    assert.include(jobs, `"value":"${job.split("/").at(-1)}"`)
    const answer = await refused(client.request(job, { method: "DELETE" }))
    assert.strictEqual(memberOf(answer, "status"), 410)
  })
})
