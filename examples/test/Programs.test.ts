import { generateKeyPairSync } from "node:crypto"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { connect, TypeFilter } from "@bcda-kit/core/promise"
import { assert, describe, it } from "vitest"
import { type Setting, setUp } from "./support/Programs.ts"
import { smartServer } from "./support/SmartServer.ts"

interface Program {
  readonly name: string
  readonly args: (setting: Setting) => ReadonlyArray<string>
  /** Jobs that it starts. */
  readonly jobs: number
  /** What it prints at the end of a good run, and of another one after that. */
  readonly prints: RegExp
  readonly printsAgain: RegExp
}

const programs: ReadonlyArray<Program> = [
  {
    name: "nightly",
    args: () => ["claims"],
    jobs: 1,
    prints: /^everything, for the first time\n(.*\n)+safe up to .*\ndone: \d+ files, [1-9]\d* lines\n$/,
    printsAgain: /^nothing new: Since the last export .*\n$/
  },
  {
    name: "service",
    args: () => ["claims"],
    jobs: 1,
    prints: /^[1-9]\d* lines in 2 files\n$/,
    printsAgain: /^[1-9]\d* lines in 2 files\n$/
  },
  {
    name: "payments",
    args: () => [],
    jobs: 1,
    prints: /^(\d{4}-\d\d +\d+\.\d\d\n)+$/,
    printsAgain: /^(\d{4}-\d\d +\d+\.\d\d\n)+$/
  },
  {
    name: "load-sqlite",
    args: () => ["claims", "claims.sqlite"],
    jobs: 1,
    prints: /Patient\/\S+: 20 of 20 rows new or newer\n(.*\n)*Coverage: \d+\nExplanationOfBenefit: \d+\nPatient: 20\n$/,
    printsAgain: /Patient\/\S+: 0 of 20 rows new or newer\n(.*\n)*Patient: 20\n$/
  },
  {
    name: "v2-to-v3",
    args: ({ sandbox }) => [`${sandbox.baseUrl}/api/v2/Group/all/$export?_type=Patient,Coverage`, "moved"],
    jobs: 2,
    prints:
      /^changed \(request\).*\n(.*\n)*Patient: 20 by v2, 20 by v3\n(.*\n)*\d+ Medicare numbers by v3; .* 0 are missing\n$/,
    printsAgain: /\d+ Medicare numbers by v3; of those by v2, 0 are missing\n$/
  }
]

describe("the programs", () => {
  it("are all here, with their lines in the README", () => {
    const home = join(import.meta.dirname, "..")
    const files = readdirSync(home).filter((file) => file.endsWith(".ts"))
    assert.deepStrictEqual(files.toSorted(), programs.map(({ name }) => `${name}.ts`).toSorted())
    const readme = readFileSync(join(home, "README.md"), "utf8")
    for (const file of files) assert.include(readme, `(${file})`)
  })
})

describe.concurrent.for(programs)("$name", ({ name, args, jobs, prints, printsAgain }) => {
  it("does what it says, and a second run finds it done", async () => {
    await using setting = await setUp()
    const first = await setting.run(name, args(setting))
    assert.strictEqual(first.code, 0, first.stderr)
    assert.match(first.stdout, prints)
    const again = await setting.run(name, args(setting))
    assert.strictEqual(again.code, 0, again.stderr)
    assert.match(again.stdout, printsAgain)
    // What keeps nothing asks anew, once it has all.
    assert.strictEqual(setting.jobs(), name === "payments" ? 2 : jobs)
  })

  it("ends with what is wrong and what to do, when the secret is", async () => {
    await using setting = await setUp()
    const { code, stderr } = await setting.run(name, args(setting), { BCDA_CLIENT_SECRET: "s3cr3t-and-wrong" })
    assert.strictEqual(code, 1)
    assert.match(stderr, /refused the client's credentials \(401\).*\n.*rotate them/)
    assert.notInclude(stderr, "s3cr3t")
    assert.notInclude(stderr, "    at ", "people are not shown where in the code it happened")
    assert.strictEqual(setting.jobs(), 0)
  })

  it("is completed by another run, when the server breaks off in the middle", async () => {
    await using setting = await setUp()
    await setting.sandbox.faults.set([{ fault: "cut", where: "file", bytes: 100 }])
    const broken = await setting.run(name, args(setting))
    assert.strictEqual(broken.code, 1)
    assert.match(broken.stderr, /\.ndjson broke off after \d+ bytes.*\n.*Run the export again/)
    await setting.sandbox.faults.clear()
    const whole = await setting.run(name, args(setting))
    assert.strictEqual(whole.code, 0, whole.stderr)
    assert.strictEqual(setting.jobs(), jobs, "no second job was started")
  })
})

describe.for([
  { name: "nightly", printed: "was started", code: 1, says: /the next run goes on from here/ },
  { name: "service", printed: "the server is pending", code: 130, says: /is pending/ }
])("$name", ({ name, printed, code, says }) => {
  it("ends in good order on Ctrl-C, and goes on with the same job", async () => {
    await using setting = await setUp(3_600_000)
    const stopped = await setting.interrupt(name, ["claims"], printed)
    assert.strictEqual(stopped.code, code, stopped.stderr)
    assert.match(stopped.stderr, says)
    await setting.sandbox.idle()
    await setting.sandbox.clock.advance("2 hours")
    const whole = await setting.run(name, ["claims"])
    assert.strictEqual(whole.code, 0, whole.stderr)
    assert.strictEqual(setting.jobs(), 1)
  })
})

describe("load-sqlite", () => {
  it("keeps the latest version of what comes twice", async () => {
    await using setting = await setUp()
    const file = join(setting.folder, "claims.sqlite")
    const load = () => setting.run("load-sqlite", ["claims", "claims.sqlite"])
    assert.strictEqual((await load()).code, 0)
    const change = (sql: string) => {
      using database = new DatabaseSync(file)
      database.exec(sql)
    }
    const count = (sql: string) => {
      using database = new DatabaseSync(file)
      return database.prepare(`select count(*) as n from resource where ${sql}`).get()?.["n"]
    }
    // As if the file had not been loaded, ten rows were of last year, and ten of next year.
    change(`delete from loaded;
      update resource set json = 'mine', last_updated = '2000' where type = 'Patient';
      update resource set last_updated = '9999' where type = 'Patient' and id in (select id from resource where type = 'Patient' limit 10)`)
    const { stdout } = await load()
    assert.match(stdout, /Patient\/\S+: 10 of 20 rows new or newer/)
    assert.strictEqual(count("json = 'mine' and last_updated = '9999'"), 10)
    assert.strictEqual(count("type = 'Patient'"), 20)
  })
})

describe("payments", () => {
  it("prints the sums of what the server has", async () => {
    await using setting = await setUp()
    await using bcda = connect({ target: setting.sandbox.baseUrl, credentials: setting.credentials })
    const typeFilter = TypeFilter.write({ ...TypeFilter.adjudicated, finalAction: true })
    const directory = join(setting.folder, "claims")
    const { files } = await bcda.export({ directory, request: { types: ["ExplanationOfBenefit"], typeFilter } })
    const sums = new Map<string, number>()
    for (const line of files.flatMap(({ path }) => readFileSync(join(directory, path), "utf8").trimEnd().split("\n"))) {
      const claim: {
        readonly billablePeriod: { readonly start: string }
        readonly payment?: { readonly amount?: { readonly value: number } }
      } = JSON.parse(line)
      const month = claim.billablePeriod.start.slice(0, 7)
      sums.set(month, (sums.get(month) ?? 0) + (claim.payment?.amount?.value ?? 0))
    }
    const { stdout } = await setting.run("payments")
    const printed = new Map(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => [line.slice(0, 7), Number(line.slice(8))])
    )
    assert.isAbove(sums.size, 5)
    assert.deepStrictEqual([...printed.keys()], [...sums.keys()].toSorted())
    for (const [month, sum] of sums) assert.approximately(printed.get(month) ?? 0, sum, 0.001)
    assert.isFalse(existsSync(join(setting.folder, "payments.job.json")))
  })

  it("forgets a job that is lost", async () => {
    await using setting = await setUp()
    const job = { jobId: "77", statusUrl: `${setting.sandbox.baseUrl}/api/v3/jobs/77`, apiVersion: "v3" }
    writeFileSync(join(setting.folder, "payments.job.json"), JSON.stringify(job))
    const lost = await setting.run("payments")
    assert.strictEqual(lost.code, 1)
    assert.match(lost.stderr, /77/)
    assert.strictEqual((await setting.run("payments")).code, 0)
  })
})

describe("v2-to-v3", () => {
  it("says so when a URL is none, or is v3 already", async () => {
    await using setting = await setUp()
    const none = await setting.run("v2-to-v3", ["https://elsewhere.example/", "moved"])
    assert.strictEqual(none.code, 1)
    assert.match(none.stderr, /not the URL of a BCDA export/)
    const already = await setting.run("v2-to-v3", [`${setting.sandbox.baseUrl}/api/v3/Patient/$export`, "moved"])
    assert.strictEqual(already.code, 1)
    assert.match(already.stderr, /v3 already/)
  })

  it("moves to another server", async () => {
    await using setting = await setUp()
    await using other = await setUp()
    const url = `${setting.sandbox.baseUrl}/api/v2/Patient/$export?_type=Patient`
    const ran = await setting.run("v2-to-v3", [url, "moved"], { BCDA_TARGET_V3: other.sandbox.baseUrl })
    assert.strictEqual(ran.code, 0, ran.stderr)
    assert.strictEqual(setting.jobs(), 1)
    assert.strictEqual(other.jobs(), 1)
  })

  it("moves to a server of another kind, by a private key, and says who is missing there", async () => {
    await using setting = await setUp()
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" })
    await using other = await smartServer(publicKey.export({ format: "jwk" }), ["9ZZ9ZZ9ZZ99"])
    const key = JSON.stringify({ ...privateKey.export({ format: "jwk" }), kid: "k" })
    const url = `${setting.sandbox.baseUrl}/api/v2/Patient/$export?_type=Patient`
    const env = { BCDA_TARGET_V3: other.url, BCDA_PRIVATE_KEY: key, BCDA_SMART_CLIENT_ID: "me" }
    const ran = await setting.run("v2-to-v3", [url, "moved"], env)
    assert.strictEqual(ran.code, 1, ran.stderr)
    assert.match(
      ran.stdout,
      /Patient: 20 by v2, 1 by v3\n1 Medicare numbers by v3; of those by v2, [1-9]\d* are missing\n$/
    )
    assert.deepStrictEqual(other.asked, ["/fhir/Patient/$export", "/fhir/job/1", "/fhir/file/1"])
  })
})
