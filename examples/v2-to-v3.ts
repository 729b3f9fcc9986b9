/**
 * From API v2 to v3, before CMS removes v2 on 2027-07-30.
 *
 *   BCDA_CLIENT_ID=... BCDA_CLIENT_SECRET=... node examples/v2-to-v3.ts 'https://sandbox.bcda.cms.gov/api/v2/Group/all/$export' moved
 *
 * Takes the kick-off URL out of your script, says what becomes of it, exports by both versions at the same time, and compares what came: which
 * people are in both, and how many resources there are of each type. Run it again to go on with what was broken off.
 *
 * `BCDA_TARGET_V3` may name another server for v3. It need not be a BCDA: with `BCDA_SMART_CLIENT_ID` and `BCDA_PRIVATE_KEY` (a JWK) it is any server of
 * FHIR Bulk Data that gives its tokens by SMART Backend Services.
 */
import { createReadStream } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type Bcda, connect, isBcdaError, Migration, type Receipt, type RequestOptions } from "@bcda-kit/core/promise"

const {
  BCDA_CLIENT_ID: clientId = "",
  BCDA_CLIENT_SECRET: clientSecret = "",
  BCDA_SMART_CLIENT_ID: smartId = clientId,
  BCDA_PRIVATE_KEY: key,
  BCDA_TARGET_V3
} = process.env
const [url = "https://sandbox.bcda.cms.gov/api/v2/Group/all/$export", directory = "moved"] = process.argv.slice(2)

/** The Medicare numbers of everybody in an export: the one thing about people that v2 and v3 have in common. Ids are different. */
const peopleOf = async (receipt: Receipt, folder: string): Promise<ReadonlySet<string>> => {
  const people = new Set<string>()
  for (const { path, type } of receipt.files) {
    if (type !== "Patient") continue
    for await (const line of createInterface({ input: createReadStream(join(folder, path)) })) {
      const patient: { readonly identifier?: ReadonlyArray<{ readonly system?: string; readonly value?: string }> } =
        JSON.parse(line)
      for (const { system, value } of patient.identifier ?? []) {
        if (system === "http://hl7.org/fhir/sid/us-mbi" && value !== undefined) people.add(value)
      }
    }
  }
  return people
}

const linesOf = (receipt: Receipt, type: string): number =>
  receipt.files.reduce((sum, file) => (file.type === type ? sum + file.lines : sum), 0)

try {
  // Throws for what is no kick-off URL of BCDA's; reads the others as the server does.
  const { apiVersion, request } = Migration.readUrl(url)
  if (apiVersion === "v3") throw new Error("this URL is v3 already")
  const moved = Migration.toV3(request, { from: apiVersion })
  for (const { kind, text, topic } of moved.notes) console.log(`${kind} (${topic}): ${text}`)

  const secret = { clientId, clientSecret }
  const { origin } = new URL(url)
  await using before = connect({ target: origin, apiVersion, credentials: secret })
  await using after =
    key === undefined
      ? connect({ target: BCDA_TARGET_V3 ?? origin, apiVersion: "v3", credentials: secret })
      : connect({ target: BCDA_TARGET_V3 ?? origin, auth: "smart", credentials: { clientId: smartId, key } })
  // What holds for BCDA alone, such as its groups and its filter, means nothing to another server: there it is simply everybody.
  const asked: RequestOptions = after.target.apiVersion === "fhir" ? { scope: "patient" } : moved.request

  // Both run at the same time. When one fails the other is stopped, and a second run of this program goes on with both.
  const stop = new AbortController()
  const run = (client: Bcda, folder: string, what: RequestOptions) =>
    client
      .export({ directory: join(directory, folder), request: what, signal: stop.signal })
      .catch((error: unknown) => {
        stop.abort(error)
        throw error
      })
  const [old, recent] = await Promise.all([run(before, apiVersion, request), run(after, "v3", asked)])
  for (const type of new Set([...old.files, ...recent.files].map((file) => file.type))) {
    console.log(`${type}: ${linesOf(old, type)} by ${apiVersion}, ${linesOf(recent, type)} by v3`)
  }
  const people = await peopleOf(recent, join(directory, "v3"))
  const missing = [...(await peopleOf(old, join(directory, apiVersion)))].filter((mbi) => !people.has(mbi)).length
  console.log(`${people.size} Medicare numbers by v3; of those by ${apiVersion}, ${missing} are missing`)
  if (missing > 0) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  if (isBcdaError(error)) console.error(error.next)
  process.exitCode = 1
}
