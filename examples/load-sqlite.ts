/**
 * Into a database: one row for each resource, in its latest version.
 *
 *   BCDA_CLIENT_ID=... BCDA_CLIENT_SECRET=... node examples/load-sqlite.ts claims claims.sqlite
 *
 * Run it as often as you like. The export goes on where it stopped, a file is loaded whole or not at all, and a resource that is there already
 * is replaced only by a later one, so that a second run changes nothing. The database is Node's own SQLite; the statements would be the same in
 * another one.
 */
import { createReadStream } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { DatabaseSync } from "node:sqlite"
import { connect, isBcdaError, type ReceiptFile } from "@bcda-kit/core/promise"

const {
  BCDA_TARGET: target = "sandbox",
  BCDA_CLIENT_ID: clientId = "",
  BCDA_CLIENT_SECRET: clientSecret = ""
} = process.env
const [directory = "claims", path = "claims.sqlite"] = process.argv.slice(2)

const database = new DatabaseSync(path)
database.exec(`
  create table if not exists resource (
    type text, id text, last_updated text, json text not null,
    primary key (type, id)
  ) strict;
  create table if not exists loaded (sha256 text primary key, path text, at text) strict;
`)

// "Later" is a matter of text here: all of a server's instants are written alike.
const upsert = database.prepare(`
  insert into resource (type, id, last_updated, json) values (?, ?, ?, ?)
  on conflict do update set last_updated = excluded.last_updated, json = excluded.json
  where excluded.last_updated > resource.last_updated
`)
const isLoaded = database.prepare("select 1 from loaded where sha256 = ?")
const noteLoaded = database.prepare("insert into loaded (sha256, path, at) values (?, ?, datetime())")

/** The part of a FHIR resource that the table has columns for. Every line was proven to be a JSON object of its file's type. */
interface Resource {
  readonly resourceType: string
  readonly id: string
  readonly meta?: { readonly lastUpdated?: string }
}

/** Loads one file in one transaction; gives the number of rows that are new or newer. */
const load = async (file: ReceiptFile): Promise<number | bigint> => {
  // The receipt has the digest of every file: the same bytes need not be loaded twice, whatever the file is called.
  if (isLoaded.get(file.sha256) !== undefined) return 0
  let rows = 0n
  database.exec("begin")
  try {
    for await (const line of createInterface({ input: createReadStream(join(directory, file.path)) })) {
      const { resourceType, id, meta }: Resource = JSON.parse(line)
      rows += BigInt(upsert.run(resourceType, id, meta?.lastUpdated ?? "", line).changes)
    }
    noteLoaded.run(file.sha256, file.path)
    database.exec("commit")
    return rows
  } catch (error) {
    database.exec("rollback")
    throw error
  }
}

await using bcda = connect({ target, credentials: { clientId, clientSecret } })
try {
  const receipt = await bcda.export({ directory })
  for (const file of receipt.files) {
    // What the server says about the export itself (warnings, people it could not find) is no claims data.
    if (file.type === "OperationOutcome") continue
    console.log(`${file.path}: ${await load(file)} of ${file.lines} rows new or newer`)
  }
  const counts = database.prepare("select type, count(*) as number from resource group by type order by type").all()
  for (const { number, type } of counts) console.log(`${String(type)}: ${Number(number)}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  if (isBcdaError(error)) console.error(error.next)
  process.exitCode = 1
} finally {
  database.close()
}
