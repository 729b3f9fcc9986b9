import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { bcda, jsonLines, start, temporary } from "./support/Bcda.ts"
import { allCommands } from "./support/Commands.ts"
import { startJob, startWorld } from "./support/World.ts"

/** What the commands of the table are run on. */
interface Place {
  readonly url: string
  /** A job that is done. */
  readonly done: string
  /** A server whose jobs stay pending, and two of them. */
  readonly slowUrl: string
  readonly pending: string
  readonly unwanted: string
  /** A judged run. */
  readonly verdicts: string
}

interface Row {
  /** As in `jobs list`; the tour is "". */
  readonly command: string
  readonly args?: (place: Place) => ReadonlyArray<string>
  /** What the last line looks like. */
  readonly summary: RegExp
  /** What a command prints that goes on until it is ended. */
  readonly until?: string
}

const kickOff = "https://api.bcda.cms.gov/api/v2/Group/all/$export?_type=Patient"
const embedded = () => ["--target", "embedded", "--out", "out"]

const table: ReadonlyArray<Row> = [
  { command: "", summary: /"proven":true,"outcome":\{/ },
  { command: "export", args: embedded, summary: /^\{"apiVersion":"v3","jobId":"1",.*"complete":true/ },
  {
    command: "export",
    args: () => [...embedded(), "--since", "auto"],
    summary: /^\{"apiVersion":"v3".*"complete":true/
  },
  { command: "jobs list", args: ({ url }) => ["--target", url], summary: /^\{"jobs":\d+\}$/ },
  { command: "jobs show", args: ({ done, url }) => ["--target", url, done], summary: /"state":"completed"/ },
  {
    command: "jobs show",
    args: ({ pending, slowUrl }) => ["--target", slowUrl, pending],
    summary: /"state":"pending"/
  },
  {
    command: "jobs cancel",
    args: ({ slowUrl, unwanted }) => ["--target", slowUrl, unwanted],
    summary: /"state":"cancelled"/
  },
  {
    command: "jobs adopt",
    args: ({ done, url }) => ["--target", url, done, "--out", "out"],
    summary: /"complete":true/
  },
  { command: "status", args: ({ url }) => ["--target", url], summary: /"apiVersion":"v3"/ },
  { command: "doctor", args: ({ url }) => ["--target", url], summary: /^\{"ok":true,/ },
  { command: "targets", summary: /^\{"config":null,"targets":3,/ },
  { command: "migrate", args: () => [kickOff], summary: /^\{"url":"https:.*"notes":\[\{/ },
  { command: "sandbox", args: () => ["--list-faults"], summary: /^\{"faults":\d+\}$/ },
  { command: "sandbox", summary: /^\{"baseUrl":.*"credentials":\[\{/, until: "serving until Ctrl-C" },
  { command: "conformance", args: () => [...embedded(), "--only", "metadata"], summary: /^\{"kind":"footer"/ },
  { command: "conformance rejudge", args: ({ verdicts }) => [verdicts], summary: /^\{"kind":"footer"/ },
  { command: "conformance diff", args: ({ verdicts }) => [verdicts, verdicts], summary: /^\{/ },
  { command: "nightly", args: () => ["--target", "embedded", "--only", "metadata"], summary: /^\{"kind":"nightly"/ },
  // All of it takes minutes.
  { command: "conformance prove", args: () => ["--out", "out"], summary: /^\{"kind":"server"/, until: "}\n" }
]

describe.concurrent("with --json, stdout holds JSON lines and nothing else, the last one the summary, and stderr no progress", () => {
  const servers = new AsyncDisposableStack()
  const folder = temporary()
  let place: Place
  let env: Record<string, string>
  beforeAll(async () => {
    const quick = servers.use(await startWorld())
    const slow = servers.use(await startWorld({ pace: { pendingMillis: 600_000 } }))
    env = quick.env
    const verdicts = join(folder.path, "verdicts")
    const judged = await bcda(["conformance", "--target", "embedded", "--out", verdicts, "--only", "metadata"])
    assert.strictEqual(judged.code, 0, judged.stderr)
    place = {
      url: quick.sandbox.baseUrl,
      done: await startJob(quick.sandbox),
      slowUrl: slow.sandbox.baseUrl,
      unwanted: await startJob(slow.sandbox),
      pending: await startJob(slow.sandbox, "Coverage"),
      verdicts
    }
    await quick.sandbox.idle()
  }, 240_000)
  afterAll(async () => {
    folder[Symbol.dispose]()
    await servers.disposeAsync()
  })

  // The tour is a whole export and a whole run of the suite, beside all the others.
  it.for(table)("bcda $command $summary", { timeout: 240_000 }, async ({ args, command, summary, until }) => {
    using cwd = temporary()
    const words = [...command.split(" "), ...(args?.(place) ?? []), "--json"].filter((word) => word !== "")
    const running = start(words, { env, cwd: cwd.path })
    if (until !== undefined) {
      await running.printed(until)
      running.child.kill("SIGTERM")
    }
    const { code, stderr, stdout } = await running.ran
    assert.strictEqual(code, until === undefined ? 0 : 130, stderr)
    const lines = stdout.trimEnd().split("\n")
    assert.isTrue(stdout.endsWith("\n"))
    for (const line of jsonLines(stdout)) assert.isObject(line)
    assert.match(lines.at(-1) ?? "", summary)
    assert.strictEqual(stderr, until === "serving until Ctrl-C" ? `${until}\n` : "")
  })

  it("goes for every command that there is", () => {
    const known = new Set(table.map(({ command }) => command))
    for (const { flags, path } of allCommands()) {
      assert.include(flags, "json", `bcda ${path} has no --json`)
      assert.isTrue(known.has(path), `bcda ${path} --json is not tried`)
    }
  })
})
