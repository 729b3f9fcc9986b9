import { spawn, spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { bcda, jsonLines, serve, start, temporary } from "./support/Bcda.ts"
import { lineOf } from "./support/Claims.ts"

const threeLines = /^error: .+\nwhy: {3}.+\nnext: {2}.+\n$/

const withData = () => {
  const folder = temporary()
  mkdirSync(join(folder.path, "v3"))
  writeFileSync(join(folder.path, "v3", "patients.ndjson"), `${lineOf("Patient", 1)}\n${lineOf("Patient", 2)}\n`)
  return folder
}

/** A file of the test's own. */
const withFile = (content: string) => {
  const folder = temporary()
  const file = join(folder.path, "faults.json")
  writeFileSync(file, content)
  return { file, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

const authorize = async ({ baseUrl, env }: Awaited<ReturnType<typeof serve>>): Promise<Record<string, string>> => {
  const login = Buffer.from(`${env.BCDA_CLIENT_ID}:${env.BCDA_CLIENT_SECRET}`).toString("base64")
  const answer = await fetch(`${baseUrl}/auth/token`, { method: "POST", headers: { authorization: `Basic ${login}` } })
  const [, token] = /"access_token":\s*"([^"]+)"/.exec(await answer.text()) ?? []
  return { authorization: `Bearer ${token}`, accept: "application/fhir+json", prefer: "respond-async" }
}

/** The first patient of an export, polled until it is there; `--fast` makes that soon. */
const firstPatient = async (args: ReadonlyArray<string>): Promise<string> => {
  await using served = await serve(["--fast", "--enrollees", "1", ...args])
  const headers = await authorize(served)
  const kickOff = await fetch(`${served.baseUrl}/api/v3/Patient/$export?_type=Patient`, { headers })
  for (;;) {
    const polled = await fetch(kickOff.headers.get("content-location") ?? "", { headers })
    const manifest = await polled.text()
    if (polled.status === 202) continue
    const [, file = ""] = /"url":"([^"]+)"/.exec(manifest) ?? []
    return (await fetch(file, { headers: { ...headers, "accept-encoding": "identity" } })).text()
  }
}

describe.concurrent("bcda sandbox", () => {
  it("serves a directory", async () => {
    using folder = withData()
    await using served = await serve(["--data", folder.path])
    assert.strictEqual((await fetch(`${served.baseUrl}/api/v3/metadata`)).status, 200)
  })

  it.for(["SIGINT", "SIGTERM"] as const)("ends with 130 on %s, and leaves nothing behind", async (signal) => {
    using data = withData()
    using folder = temporary()
    const serving = start(["sandbox", "--data", data.path, "--control"], { env: { TMPDIR: folder.path } })
    await serving.printed("serving until Ctrl-C")
    const urls = serving.stdout().match(/http:\/\/127\.0\.0\.1:\d+/g) ?? []
    assert.isAbove(new Set(urls).size, 1)
    assert.lengthOf(readdirSync(folder.path), 1)
    serving.child.kill(signal)
    assert.strictEqual((await serving.ran).code, 130)
    assert.deepStrictEqual(readdirSync(folder.path), [])
    for (const url of new Set(urls)) {
      const answered = await fetch(url).then(
        () => true,
        () => false
      )
      assert.isFalse(answered, url)
    }
  })

  it("removes at its start what a killed one left behind", async () => {
    using data = withData()
    using folder = temporary()
    const options = { env: { TMPDIR: folder.path } }
    const killed = start(["sandbox", "--data", data.path], options)
    await killed.printed("serving until Ctrl-C")
    killed.child.kill("SIGKILL")
    await killed.ran
    const left = readdirSync(folder.path)
    assert.lengthOf(left, 1)
    const next = start(["sandbox", "--data", data.path], options)
    await next.printed("serving until Ctrl-C")
    assert.notInclude(readdirSync(folder.path), left[0])
    next.child.kill("SIGTERM")
    await next.ran
    assert.deepStrictEqual(readdirSync(folder.path), [])
  })

  it("prints one JSON line with what a script needs", async () => {
    using folder = withData()
    const serving = start(["sandbox", "--json", "--control", "--tls", "--data", folder.path])
    await serving.printed("serving until Ctrl-C")
    serving.child.kill("SIGTERM")
    const { stdout } = await serving.ran
    const [line, ...more] = jsonLines(stdout)
    assert.deepStrictEqual(more, [])
    assert.deepStrictEqual(Object.keys(Object(line)), ["baseUrl", "credentials", "controlUrl", "certificate"])
    const { baseUrl, certificate, controlUrl, credentials } = Object(line)
    assert.match(baseUrl, /^https:\/\/127\.0\.0\.1:\d+$/)
    assert.match(controlUrl, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.match(certificate, /^-----BEGIN CERTIFICATE-----/)
    assert.deepStrictEqual(credentials[0], {
      persona: "small",
      clientId: "sandbox-small",
      clientSecret: "not-a-secret-small"
    })
  })

  it("says no more than it has", async () => {
    using folder = withData()
    const serving = start(["sandbox", "--json", "--data", folder.path])
    await serving.printed("serving until Ctrl-C")
    serving.child.kill("SIGTERM")
    const [line] = jsonLines((await serving.ran).stdout)
    assert.deepStrictEqual(Object.keys(Object(line)), ["baseUrl", "credentials"])
  })

  it("prints everybody's credentials in columns, and what they are", async () => {
    using folder = withData()
    const serving = start(["sandbox", "--data", folder.path])
    await serving.printed("serving until Ctrl-C")
    serving.child.kill("SIGTERM")
    const { stdout } = await serving.ran
    const rows = stdout.split("Credentials:\n")[1]?.split("\n\n")[0]?.split("\n") ?? []
    assert.match(rows[0] ?? "", /^ {2}persona +client id +client secret$/)
    assert.match(rows[1] ?? "", /^ {2}small +sandbox-small +not-a-secret-small +Small model entity$/)
    assert.strictEqual(new Set(rows.map((row) => row.search(/ (?:client id|sandbox-)/))).size, 1)
  })

  it("makes other claims of another seed, and the same of the same", async () => {
    const [one, again, other] = await Promise.all([
      firstPatient(["--seed", "seven"]),
      firstPatient(["--seed", "seven"]),
      firstPatient(["--seed", "eight"])
    ])
    assert.include(one, '"resourceType":"Patient"')
    assert.strictEqual(again, one)
    assert.notStrictEqual(other, one)
  })

  it("has BCDA's bugs, or not", async () => {
    for (const [args, documents] of [
      [[], 2],
      [["--bugs", "today"], 2],
      [["--bugs", "fixed"], 1]
    ] as const) {
      await using served = await serve(args)
      const list = await fetch(`${served.baseUrl}/api/v3/jobs`, { headers: await authorize(served) })
      assert.strictEqual(list.status, 404)
      assert.lengthOf((await list.text()).match(/"resourceType"/g) ?? [], documents)
    }
  })
})

describe.concurrent("what goes wrong, told to bcda sandbox", () => {
  it("comes from a file", async () => {
    using faults = withFile('[{ "fault": "unavailable", "where": "metadata", "times": 1 }]')
    await using served = await serve(["--faults", faults.file])
    assert.strictEqual((await fetch(`${served.baseUrl}/api/v3/metadata`)).status, 503)
    assert.strictEqual((await fetch(`${served.baseUrl}/api/v3/metadata`)).status, 200)
  })

  it.for([
    [
      "an entry that is wrong, by its number",
      '[{ "fault": "cut" }, { "fault": "cutt" }]',
      /faults\[1\]: there is no fault "cutt"/
    ],
    ["an option that is none", '[{ "fault": "cut", "byte": 3 }]', /faults\[0\]: .*"byte"/],
    ["what is no list", '{ "fault": "cut" }', /no list/],
    ["what is no JSON", "[{", /no JSON/]
  ] as const)("refuses %s", async ([, content, why]) => {
    using faults = withFile(content)
    const ran = await bcda(["sandbox", "--faults", faults.file])
    assert.deepStrictEqual({ code: ran.code, stdout: ran.stdout }, { code: 2, stdout: "" })
    assert.match(ran.stderr, threeLines)
    assert.match(ran.stderr, why)
    assert.include(ran.stderr, faults.file)
  })

  it("refuses a file that is not there", async () => {
    const ran = await bcda(["sandbox", "--faults", "nowhere.json"])
    assert.strictEqual(ran.code, 2)
    assert.match(ran.stderr, /nowhere\.json cannot be read \(ENOENT\)/)
  })

  it("can be looked up, by people and by scripts", async () => {
    const people = await bcda(["sandbox", "--list-faults"])
    assert.strictEqual(people.code, 0, people.stderr)
    assert.match(people.stdout, /^ {2}cut: .*\n {6}at file, .*\n {6}bytes: .* \(64\)$/m)
    const scripts = await bcda(["sandbox", "--list-faults", "--json"])
    assert.strictEqual(scripts.code, 0, scripts.stderr)
    const lines = jsonLines(scripts.stdout)
    const names = lines.slice(0, -1).map((line) => Object(line).name)
    assert.deepStrictEqual(lines.at(-1), { faults: names.length })
    assert.includeMembers(names, ["cut", "unavailable"])
    assert.lengthOf(people.stdout.match(/^ {2}\S+(?: \(variant\))?: /gm) ?? [], names.length)
  })
})

describe.concurrent("a command line for bcda sandbox that cannot be", () => {
  it.for([
    ["a directory without claims", ["--data", "."]],
    ["bugs in between", ["--bugs", "some"]],
    ["a control port that does not exist", ["--control-port", "65536"]]
  ] as const)("refuses %s with 2", async ([, args]) => {
    using folder = temporary()
    const ran = await bcda(["sandbox", ...args], { cwd: folder.path })
    assert.strictEqual(ran.code, 2)
    assert.match(ran.stderr, threeLines)
  })
})

const hasCurl = spawnSync("curl", ["--version"]).status === 0
if (!hasCurl) console.warn("SKIPPED: there is no curl here; the lines that the sandbox prints were not pasted")

/** Pastes lines into a shell and gives what they print. */
const paste = async (lines: string, cwd: string): Promise<string> => {
  const shell = spawn("bash", ["-s"], { cwd })
  let pasted = ""
  shell.stdout.on("data", (chunk: Buffer) => (pasted += chunk.toString()))
  shell.stdin.end(lines)
  await new Promise((resolve) => shell.once("close", resolve))
  return pasted
}

const blocks = (stdout: string): ReadonlyArray<string> =>
  stdout
    .split("To paste:\n")
    .slice(1)
    .map((rest) => rest.split("\n\n")[0] ?? "")

describe.skipIf(!hasCurl)("curl lines that bcda sandbox prints, pasted", () => {
  it.for([
    ["over HTTP", []],
    ["over TLS", ["--tls"]],
    ["over HTTP/2", ["--http2"]]
  ] as const)("export %s", async ([, args]) => {
    using folder = withData()
    const serving = start(["sandbox", "--fast", "--data", folder.path, ...args])
    await serving.printed("serving until Ctrl-C")
    const [lines = ""] = blocks(serving.stdout())
    const pasted = await paste(lines, folder.path)
    serving.child.kill("SIGINT")
    await serving.ran
    assert.strictEqual(pasted, `200\n${lineOf("Patient", 1)}\n${lineOf("Patient", 2)}\n`)
  })

  it("control", async () => {
    using folder = withData()
    const serving = start(["sandbox", "--fast", "--control", "--data", folder.path])
    await serving.printed("serving until Ctrl-C")
    const [orders = "", lines = ""] = blocks(serving.stdout())
    const answers = await paste(orders, folder.path)
    assert.include(answers, '"name": "cut"')
    assert.include(answers, '"struck": 0')
    assert.match(answers, /"now": "\d{4}-/)
    assert.include(answers, '"entries": []')
    assert.notInclude(answers, '"error"')
    // The lines that come last reset it, and then the others work.
    assert.include(await paste(lines, folder.path), lineOf("Patient", 2))
    serving.child.kill("SIGINT")
    await serving.ran
  })
})
