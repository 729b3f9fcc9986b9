import { join } from "node:path"
import { parseArgs } from "node:util"
import { startResults } from "./Record.ts"
import { writeReport } from "./Report.ts"
import { follow } from "./suites/Follow.ts"
import { generate } from "./suites/Generate.ts"
import { load } from "./suites/Load.ts"
import { serve } from "./suites/Serve.ts"
import { startup } from "./suites/Startup.ts"
import { transfer, transfers } from "./suites/Transfer.ts"

const usage = `npm run bench -- sandbox [--rounds N] [--people N] [--jobs N] [--only generate|serve|load] [--out FILE]
npm run bench -- client [--rounds N] [--only PART-OF-A-NAME] [--scale N] [--out FILE]
npm run bench -- command [--rounds N] [--out FILE]
npm run bench -- follow [--jobs N] [--out FILE]
npm run bench -- report

sandbox   takes the figures of the sandbox, then does what report does
client    takes the figures of the client beside curl, then does what report does
command   takes the figures of the command's start, then does what report does
follow    follows many jobs at once, then does what report does
report    writes the tables of bench/README.md anew from bench/results
--rounds  how often each case is taken, 5 unless told
--people  how many people's files are made and served, 1000 unless told
--jobs    how many small exports there are at once beside the large one, 200 unless told; how many jobs are followed, 1000 unless told
--scale   what the size of the files is multiplied by, 1 unless told: 1 GB in all
--only    takes one suite
--out     puts the results there, and leaves the tables alone`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    people: { type: "string", default: "1000" },
    jobs: { type: "string" },
    scale: { type: "string", default: "1" },
    only: { type: "string" },
    out: { type: "string" }
  }
})

const takeSandbox = async () => {
  const record = startResults(values.out ?? join(import.meta.dirname, "results", "sandbox.jsonl"))
  const suites = {
    generate: () => generate(Number(values.rounds), Number(values.people), record),
    serve: () => serve(Number(values.rounds), Number(values.people), record),
    load: () => load(Number(values.jobs ?? 200), record)
  }
  for (const [name, take] of Object.entries(suites)) {
    if (values.only === undefined || values.only === name) await take()
  }
}

const takeClient = async () => {
  const record = startResults(values.out ?? join(import.meta.dirname, "results", "client.jsonl"))
  for (const one of transfers) {
    if (values.only !== undefined && !one.name.includes(values.only)) continue
    await transfer({ ...one, fileBytes: one.fileBytes * Number(values.scale) }, Number(values.rounds), record)
  }
}

const takeCommand = async () => {
  const record = startResults(values.out ?? join(import.meta.dirname, "results", "command.jsonl"))
  await startup(Number(values.rounds), record)
}

const takeFollow = async () => {
  const record = startResults(values.out ?? join(import.meta.dirname, "results", "follow.jsonl"))
  await follow(Number(values.jobs ?? 1000), record)
}

switch (positionals[0]) {
  case "follow":
    await takeFollow()
    if (values.out === undefined) writeReport()
    break
  case "command":
    await takeCommand()
    if (values.out === undefined) writeReport()
    break
  case "client":
    await takeClient()
    if (values.out === undefined) writeReport()
    break
  case "sandbox":
    await takeSandbox()
    if (values.out === undefined) writeReport()
    break
  case "report":
    writeReport()
    break
  default:
    console.error(usage)
    process.exitCode = 2
}
