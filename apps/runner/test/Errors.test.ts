import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect } from "effect"
import { TestConsole } from "effect/testing"
import { afterAll, beforeAll } from "vitest"
import { report } from "../src/Cli.ts"
import { temporary } from "./support/Bcda.ts"
import { runHere } from "./support/InProcess.ts"
import { answer, answerFile, type Hook, startProxy } from "./support/Proxy.ts"
import { startWorld } from "./support/World.ts"

const threeLines = /^error: .+\nwhy: {3}.+\nnext: {2}.+\n$/

const servers = new AsyncDisposableStack()
let usual: Readonly<Record<string, string>>
let url: string
let tlsUrl: string
let proxy: Awaited<ReturnType<typeof startProxy>>

beforeAll(async () => {
  const world = servers.use(await startWorld())
  const secured = servers.use(await startWorld({ tls: true }))
  proxy = servers.use(await startProxy(world.sandbox))
  url = world.sandbox.baseUrl
  tlsUrl = secured.sandbox.baseUrl
  usual = world.env
})
afterAll(async () => {
  await servers.disposeAsync()
})

const embedded = ["--target", "embedded", "--out", "never"]

describe("a command line that cannot be followed ends with 2, says so in three lines, and prints nothing", () => {
  it.live.each<readonly [string, ReadonlyArray<string>, RegExp, RegExp?]>([
    ["an unknown command", ["exprot"], /"exprot" for "bcda"$/m, /^next: {2}Did you mean export\? bcda --help shows/m],
    ["an unknown subcommand", ["jobs", "shw"], /"shw" for "bcda jobs"/, /Did you mean show\?/],
    ["an unknown flag", ["export", "--targt", "x"], /--targt in command bcda export$/m, /Did you mean --target\?/],
    ["a missing argument", ["migrate"], /Missing required argument: url/, /^next: {2}bcda migrate --help shows/m],
    ["a missing flag", ["conformance", "--target", "embedded"], /Missing required flag: --out/],
    ["a flag without its value", ["export", "--target"], /Missing value for flag --target/],
    ["an argument too many", ["jobs", "show", "1", "2", "--target", "embedded"], /Unexpected positional argument: "2"/],
    ["a flag twice", ["status", "--target", "a", "--target", "b"], /at most 1 value/],
    ["a value that is none", ["export", ...embedded, "--api-version", "v4"], /--api-version: "v4"\. Expected: "v1"/],
    ["a number that is none", ["export", ...embedded, "--concurrency", "many"], /--concurrency: "many"/],
    ["no files at a time", ["export", ...embedded, "--concurrency", "0"], /Expected: at least 1$/m],
    ["a port that does not exist", ["sandbox", "--port", "70000"], /Expected: 0 to 65535$/m],
    ["a shell that is not known", ["--completions", "ksh"], /--completions: "ksh"/],
    ["no target", ["status"], /--target is not given/, /Add --target embedded/],
    ["no directory", ["export", "--target", "embedded"], /--out is not given/, /Add --out DIR/],
    ["no target at night", ["nightly"], /there is no --target/],
    ["a target that is misspelt", ["status", "--target", "sandbux"], /sandbux is no URL/, /Did you mean sandbox\?/],
    ["a target that is no URL", ["status", "--target", "ftp://bcda.example"], /not an http\(s\) URL/],
    ["a target without TLS", ["status", "--target", "http://bcda.example"], /plain http/, /https:\/\//],
    ["a target with a password", ["status", "--target", "https://me:word@bcda.example"], /a user name or password/],
    [
      "a target file that is not there",
      ["conformance", "--target", "no.json", "--out", "x"],
      /no\.json cannot be read/
    ],
    ["a key for CMS's sandbox", ["status", "--target", "sandbox", "--auth", "smart"], /is a BCDA/],
    [
      "a configuration that is not there",
      ["status", "--config", "no.json"],
      /no\.json cannot be read: there is no such/
    ],
    ["a preset that is not there", ["export", "--preset", "people"], /no configuration/],
    ["flags that exclude each other", ["export", ...embedded, "--patient", "--group", "all"], /exclude each other/],
    ["a flag of --since auto alone", ["export", ...embedded, "--accept-errors"], /about --since auto/],
    ["a limit that does not exist", ["export", ...embedded, "--limits", "colours=3"], /does not know colours=3/],
    ["a group that BCDA does not have", ["export", ...embedded, "--group", "42"], /42/],
    ["a type that BCDA does not have", ["export", ...embedded, "--type", "Foo"], /"Foo"; it has Patient/],
    ["an instant that is none", ["export", ...embedded, "--since", "yesterday"], /since is "yesterday"/],
    ["--json where resources are printed", ["export", "--target", "embedded", "--out", "-", "--json"], /prints there/],
    ["a job state that does not exist", ["jobs", "list", "--target", "embedded", "--status", "Done"], /know Done/],
    ["a request of v3 to take to v3", ["migrate", "https://bcda.example/api/v3/Patient/$export"], /one of v3/],
    ["a request that is none", ["migrate", "nonsense"], /not the URL of a BCDA export/],
    ["faults that are not there", ["sandbox", "--faults", "no.json"], /no\.json cannot be read \(ENOENT\)/],
    ["claims that are not there", ["sandbox", "--data", "nowhere"], /cannot read nowhere/],
    ["a check that does not exist", ["conformance", ...embedded, "--only", "nothing"], /nothing/],
    ["a run that is not there", ["conformance", "rejudge", "nowhere"], /nowhere\/results\.jsonl cannot be read/],
    [
      "runs that are not there",
      ["conformance", "diff", "nowhere", "nowhere"],
      /nowhere\/results\.jsonl cannot be read/
    ],
    ["a day that is none", ["nightly", "--target", "embedded", "--night", "yesterday"], /yesterday is no day/]
  ])("%s", ([, args, why, next = /^next: {2}\S/m]) =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* runHere(args, { env: usual })
      assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" }, stderr)
      assert.match(stderr, threeLines)
      assert.match(stderr, why)
      assert.match(stderr, next)
      assert.notInclude(stderr, "word@")
    })
  )
})

interface Trouble {
  readonly what: string
  readonly args: (out: string) => ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  readonly hook?: Hook
  readonly code: number
  readonly why: RegExp
  readonly next: RegExp
}

const status = (target: () => string) => () => ["status", "--target", target()]
const exporting = (out: string) => ["export", "--target", proxy.baseUrl, "--out", out, "--type", "Patient"]

const troubles: ReadonlyArray<Trouble> = [
  {
    what: "no credentials",
    args: status(() => url),
    env: { BCDA_CLIENT_SECRET: "" },
    code: 2,
    why: /BCDA_CLIENT_SECRET is not set/,
    next: /Set BCDA_CLIENT_ID and BCDA_CLIENT_SECRET/
  },
  {
    what: "production judged without a second word",
    args: (out) => ["conformance", "--target", "production", "--out", out],
    code: 2,
    why: /real people's claims/,
    next: /Add --yes-production/
  },
  {
    what: "a directory that holds something else",
    args: (out) => exporting(join(out, "taken")),
    code: 2,
    why: /none of them is an export's journal/,
    next: /directory/
  },
  {
    what: "a file in place of the directory",
    args: (out) => exporting(join(out, "file")),
    code: 2,
    why: /EEXIST|ENOTDIR|AlreadyExists/,
    next: /\S/
  },
  {
    what: "a job that nobody knows, to adopt",
    args: (out) => ["jobs", "adopt", "--target", url, "4711", "--out", out],
    code: 2,
    why: /list of jobs does not have it/,
    next: /bcda jobs list/
  },
  {
    what: "a server that is not there",
    args: status(() => "http://127.0.0.1:1"),
    code: 3,
    why: /refused \(ECONNREFUSED\)/,
    next: /Check the network/
  },
  {
    what: "a certificate that nobody vouches for",
    args: status(() => tlsUrl),
    code: 3,
    why: /SELF_SIGNED|self-signed|UNABLE_TO_VERIFY/,
    next: /\S/
  },
  {
    what: "a secret that is wrong",
    args: () => ["jobs", "list", "--target", url],
    env: { BCDA_CLIENT_SECRET: "wrong-secret-of-a-test" },
    code: 3,
    why: /401/,
    next: /rotate/
  },
  {
    what: "a page that is no BCDA's",
    args: status(() => proxy.baseUrl),
    hook: (_, response) => answer(response, 200, { login: "please" }),
    code: 3,
    why: /cannot be understood: capability statement: Missing key at \["resourceType"\]/,
    next: /not a proxy's page/
  },
  {
    what: "a job that nobody knows",
    args: () => ["jobs", "show", "--target", url, "4711"],
    code: 3,
    why: /4711|404/,
    next: /\S/
  },
  {
    what: "an export that is refused",
    args: (out) => exporting(join(out, "refused")),
    hook: ({ url = "" }, response) =>
      url.includes("$export") && answer(response, 403, { resourceType: "OperationOutcome" }),
    code: 3,
    why: /forbids/,
    next: /Ask for access/
  },
  {
    what: "a file that is lost on the way",
    args: (out) => exporting(join(out, "lost")),
    hook: ({ url = "" }, response) => url.startsWith("/data/") && answer(response, 404, {}),
    code: 5,
    why: /no longer has/,
    next: /\S/
  }
]

describe("what goes wrong is said in three lines, and the exit code tells whose it is", () => {
  it.live.each(troubles)("$what: $code", ({ args, code, env = {}, hook = () => false, next, why }) =>
    Effect.gen(function* () {
      using folder = temporary()
      mkdirSync(join(folder.path, "taken"))
      writeFileSync(join(folder.path, "taken", "mine.txt"), "mine")
      writeFileSync(join(folder.path, "file"), "mine")
      proxy.hook = hook
      const ran = yield* runHere(args(folder.path), { env: { ...usual, ...env } })
      proxy.hook = () => false
      assert.deepStrictEqual({ code: ran.code, stdout: ran.stdout }, { code, stdout: "" }, ran.stderr)
      // Progress may come before.
      const error = ran.stderr.slice(ran.stderr.indexOf("error: "))
      assert.match(error, threeLines)
      assert.match(error, why)
      assert.match(error, new RegExp(`^next: {2}.*${next.source}`, "m"))
      assert.notInclude(ran.stderr, "wrong-secret-of-a-test")
    })
  )

  it.live("what a server reports of its own export is a result, and ends with 1", () =>
    Effect.gen(function* () {
      using folder = temporary()
      proxy.hook = ({ url = "" }, response) =>
        url.endsWith("/warnings-and-info.ndjson") &&
        answerFile(response, { resourceType: "OperationOutcome", issue: [{ severity: "error", code: "exception" }] })
      const ran = yield* runHere(["export", "--target", proxy.baseUrl, "--out", join(folder.path, "out")], {
        env: usual
      })
      proxy.hook = () => false
      assert.strictEqual(ran.code, 1, ran.stderr)
      assert.match(ran.stdout, /the server reports 1 error/)
      assert.notInclude(ran.stderr, "error: ")
    })
  )

  it.effect("a fault of the program's own is called that, and ends with 4", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* report(Cause.die(new Error("impossible"))), 4)
      const said = (yield* TestConsole.errorLines).join("\n")
      assert.match(
        said,
        /^error: .*the fault is its own\nwhy: {3}impossible\nnext: {2}Please report it.*\n.*Error: impossible\n/
      )
    })
  )
})
