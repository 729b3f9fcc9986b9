/** `bcda nightly` by the real command, night after night, at a real server with which something else is wrong each time. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { temporary } from "../support/Bcda.ts"
import { described, nightsIn, serving } from "./support/Nights.ts"

describe("bcda nightly", () => {
  it("tells by its exit code what changed, and by its words what is", { timeout: 240_000 }, async () => {
    using folder = temporary()
    const sandbox = await serving()
    await using other = await serving()
    const nights = nightsIn(folder.path)
    const mine = described(folder.path, "mine", sandbox)

    const first = await nights.run("2026-11-01", [mine])
    assert.strictEqual(first.code, 0, first.stderr + first.stdout)
    assert.match(first.stdout, /^mine: First night; no check failed/im)
    assert.deepInclude(nights.lines()[0]?.export, { proven: true, files: 1 })

    await sandbox.faults.set([{ fault: "token-type-missing", where: "token" }])
    const second = await nights.run("2026-11-02", [mine])
    assert.strictEqual(second.code, 1, second.stderr + second.stdout)
    assert.match(second.stdout, /newly failing/)
    const news = nights.lines()[1]?.changes.newlyFailing ?? []
    assert.isNotEmpty(news)
    assert.isTrue(news.every(({ check }) => check.startsWith("token/")))
    assert.match(nights.read("out", "summary.md"), /mine is worse[^]*## What changed[^]*Newly failing[^]*## State/)

    const third = await nights.run("2026-11-03", [mine])
    assert.strictEqual(third.code, 0, third.stderr + third.stdout)
    assert.match(third.stdout, /mine: Nothing changed; .*since 2026-11-02/)
    assert.match(nights.read("out", "summary.md"), /Nothing is worse[^]*## Still so[^]*since 2026-11-02/)
    assert.include(nights.read("out", "badges", "mine.json"), "since 2026-11-02")

    const asked = sandbox.log.entries({}).length
    const again = await nights.run("2026-11-03", [mine])
    assert.strictEqual(again.code, 0, again.stderr)
    assert.match(again.stderr, /judged tonight already/)
    assert.strictEqual(sandbox.log.entries({}).length, asked, "the server was asked again")
    assert.strictEqual(nights.lines().length, 3)

    await sandbox.faults.set([])
    const fourth = await nights.run("2026-11-04", [mine])
    assert.strictEqual(fourth.code, 0, fourth.stderr + fourth.stdout)
    assert.match(fourth.stdout, /Nothing is worse; .* newly passing/)
    assert.deepStrictEqual(
      nights.lines()[3]?.standing.checks.filter(({ verdict }) => verdict === "fail"),
      []
    )

    await sandbox.close()
    const living = described(folder.path, "living", other)
    const fifth = await nights.run("2026-11-05", [mine, living])
    assert.strictEqual(fifth.code, 3, fifth.stderr + fifth.stdout)
    assert.match(fifth.stdout, /^mine: Not reachable tonight: the server does not answer/m)
    assert.match(fifth.stdout, /^living: First night; no check failed/im)

    const sixth = await nights.run("2026-11-06", [mine])
    assert.strictEqual(sixth.code, 3)
    assert.match(sixth.stdout, /Not reachable tonight, nor was it on 2026-11-05/)
    assert.deepStrictEqual(
      nights.lines().map(({ exitCode, night, target }) => `${night} ${target} ${exitCode}`),
      [
        "2026-11-01 mine 0",
        "2026-11-02 mine 1",
        "2026-11-03 mine 0",
        "2026-11-04 mine 0",
        "2026-11-05 mine 3",
        "2026-11-05 living 0",
        "2026-11-06 mine 3"
      ]
    )
    const page = nights.read("out", "index.html")
    for (const night of ["01", "02", "03", "04", "05", "06"]) assert.include(page, `2026-11-${night}/mine`)
    // What was exported is not left lying about.
    const kept = readdirSync(nights.home, { recursive: true, encoding: "utf8" })
    assert.deepStrictEqual(
      kept.filter((path) => path.endsWith(".ndjson") || path.endsWith("export")),
      []
    )
  })

  it("turns red when an export is newly not proven, or a check passes that was expected to fail", async () => {
    using folder = temporary()
    await using sandbox = await serving()
    const nights = nightsIn(folder.path)
    const mine = described(folder.path, "mine", sandbox)
    await nights.run("2026-11-01", [mine])

    await sandbox.faults.set([{ fault: "expires-in-number", where: "token" }])
    const better = await nights.run("2026-11-02", [mine])
    assert.strictEqual(better.code, 1, better.stdout)
    assert.match(better.stdout, /newly not as expected: token\/expires-in-number passes, and was expected to/i)
    const still = await nights.run("2026-11-03", [mine])
    assert.strictEqual(still.code, 0, still.stdout)
    assert.match(still.stdout, /still not as expected: .* \(since 2026-11-02\)/)

    await sandbox.faults.set([{ fault: "line-broken", where: "file" }])
    const unproven = await nights.run("2026-11-04", [mine])
    assert.strictEqual(unproven.code, 1, unproven.stdout)
    assert.match(unproven.stdout, /the export is newly not proven/i)
    const known = await nights.run("2026-11-05", [mine])
    assert.strictEqual(known.code, 0, known.stdout)
    assert.match(known.stdout, /the export is not proven since 2026-11-04/i)
    await sandbox.faults.set([])
    const healed = await nights.run("2026-11-06", [mine])
    assert.match(healed.stdout, /the export is proven again/i)
  })

  it("keeps the reports of some nights, and their lines for ever", async () => {
    using folder = temporary()
    await using sandbox = await serving()
    const nights = nightsIn(folder.path)
    const mine = described(folder.path, "mine", sandbox)
    for (const day of ["01", "02", "03"]) await nights.run(`2026-11-${day}`, [mine], "--keep", "2")
    assert.isFalse(existsSync(join(nights.home, "out", "2026-11-01")))
    assert.isTrue(existsSync(join(nights.home, "out", "2026-11-02", "mine", "report.html")))
    assert.strictEqual(nights.lines().length, 3)
  })
})
