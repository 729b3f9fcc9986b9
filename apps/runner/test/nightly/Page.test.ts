/** The page of nights as a person has it: in a browser, offline, in light and dark, on a phone and on paper. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { VerdictKind } from "@bcda-kit/conformance"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Browser, chromium, type Page } from "playwright-core"
import { unreachable } from "../../src/nightly/Comparison.ts"
import { memoryOf } from "../../src/nightly/Memory.ts"
import type { NightLine } from "../../src/nightly/NightLine.ts"
import { renderPage } from "../../src/nightly/Page.ts"
import { nightAfter, proven, runOf } from "./support/Runs.ts"

const executable = ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim())
  .find((path) => path !== "")
if (executable === undefined)
  console.warn("SKIPPED: there is no chromium here; the page of nights was not looked at in a browser")

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

const hostile = `</script><img src=x onerror="document.title='taken'"> ' " &`

const night = (day: number) => `2026-11-${String(day).padStart(2, "0")}`

const verdicts = (day: number): Readonly<Record<string, VerdictKind>> => ({
  "token/given": "pass",
  "manifest/output": day >= 4 && day < 9 ? "fail" : "pass",
  "files/type": "warn",
  "status/progress": "expected-fail"
})

/** Ten nights of one target: well, worse, still bad, away, healed; and two of another, which says hostile things. */
const nights = (): ReadonlyArray<NightLine> => {
  const lines: Array<NightLine> = []
  for (let day = 1; day <= 10; day++) {
    const exported = day === 5 ? { ...proven, proven: false, because: hostile } : proven
    const line = nightAfter(lines, night(day), runOf(verdicts(day), { status: day === 3 ? 503 : 200 }), exported)
    const { export: _, judged: __, ...bare } = line
    const away = { ...bare, ...unreachable(memoryOf(lines, "mine", night(day)), night(day), hostile) }
    lines.push(day === 7 ? away : line)
  }
  const [one] = lines
  if (one === undefined) return assert.fail()
  const other = (day: number): NightLine => ({
    ...one,
    target: `other ${hostile}`,
    night: night(day),
    folder: `${night(day)}/other`,
    text: hostile,
    exitCode: 1,
    changes: {
      ...one.changes,
      newlyFailing: [{ check: hostile, title: hostile, before: "pass", after: "fail", detail: hostile }],
      vanished: [hostile]
    }
  })
  return [...lines, other(9), other(10)].toSorted((a, b) => a.night.localeCompare(b.night))
}

const lines = nights()
const html = () => renderPage(lines, { hasReports: (line) => line.night > night(2) })

const shown = (page: Page) => page.locator("details.night:visible")
const focused = (page: Page) => page.evaluate(() => document.activeElement?.closest("details")?.id)

describe("the page of nights as text", () => {
  it("fetches nothing, and lets nothing run but its own script", () => {
    assert.match(html(), /^<!doctype html>/)
    assert.match(
      html(),
      /default-src &#39;none&#39;; style-src &#39;sha256-[\w+/=]+&#39;; script-src &#39;sha256-[\w+/=]+&#39;;/
    )
    // What stands in quotes is no attribute of its own.
    assert.notMatch(
      html().replaceAll(/="[^"]*"/g, "=''"),
      /<(link|img|iframe|object|embed|base)\b|<[a-z]+[^>]*\s(src|action|style|on\w+)=|@import|url\(/i
    )
    assert.strictEqual(html().match(/<script>/g)?.length, 1)
    assert.strictEqual(html().match(/<\/script>/g)?.length, 1)
  })

  it("leads to the reports that are there, and says which are not", () => {
    assert.include(html(), 'href="2026-11-03/mine/report.html"')
    assert.notInclude(html(), 'href="2026-11-02/mine/report.html"')
    assert.include(html(), "have been removed")
  })

  it("renders an empty history, and says who was not asked on the last night", () => {
    assert.include(renderPage([], { hasReports: () => true }), "No target was judged")
    const without = lines.filter((line) => line.target === "mine" || line.night !== night(10))
    const late = renderPage(without, { hasReports: () => true })
    assert.match(late, /Not asked on that night: other .* \(last on 2026-11-09\)/)
  })
})

describe.skipIf(executable === undefined)("the page of nights in a browser", () => {
  let browser: Browser
  const folder = mkdtempSync(join(tmpdir(), "nights page "))
  const path = join(folder, "index.html")
  beforeAll(async () => {
    writeFileSync(path, html())
    browser = await chromium.launch({ executablePath: executable ?? "", args: ["--no-sandbox"] })
  })
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const withPage = async (
    use: (page: Page) => Promise<void>,
    options: Parameters<Browser["newPage"]>[0] = { viewport: { width: 1280, height: 900 } },
    hash = ""
  ) => {
    const page = await browser.newPage(options)
    const said: Array<string> = []
    const asked: Array<string> = []
    page.on("console", (message) => said.push(message.text()))
    page.on("pageerror", (error) => said.push(error.message))
    page.on("request", (request) => asked.push(request.url()))
    try {
      await page.goto(`${pathToFileURL(path).href}${hash}`)
      await use(page)
      assert.deepStrictEqual(said, [])
      assert.strictEqual(asked.length, 1, asked.join())
    } finally {
      await page.close()
    }
  }

  it("says first how it is, then shows each target with a strip of its nights", () =>
    withPage(async (page) => {
      assert.match((await page.locator(".lead").textContent()) ?? "", /^other .* is not as expected$/)
      const mine = page.locator("section.target").first()
      assert.strictEqual(await mine.locator("h2").textContent(), "mine")
      const moods = await mine.locator(".strip a").evaluateAll((all) => all.map((one) => one.className))
      assert.deepStrictEqual(moods, [
        "good",
        "good",
        "good",
        "worse",
        "worse",
        "still",
        "away",
        "still",
        "good",
        "good"
      ])
      const [first] = await mine.locator("details.night time").allTextContents()
      assert.strictEqual(first, "2026-11-10", "the newest night comes first")
      assert.strictEqual(await mine.locator(".chart").count(), 3)
      assert.match(
        (await mine.locator(".chart svg").first().getAttribute("aria-label")) ?? "",
        /10 nights; the last: 0 failing, 1 warning/
      )
      assert.match(await page.title(), /^Nights until 2026-11-10$/)
    }))

  it("leads from the strip to the night, and shows there what changed", () =>
    withPage(async (page) => {
      const mine = page.locator("section.target").first()
      await mine.locator(".strip a.worse").first().click()
      const one = page.locator('[id="night-2026-11-04-mine"]')
      assert.isTrue(await one.locator(".body").isVisible())
      assert.match((await one.locator(".body").textContent()) ?? "", /Newly failing.*manifest\/output.*pass → fail/)
      await one.locator("summary").click()
      assert.isFalse(await one.locator(".body").isVisible())
      await mine.locator(".strip a.worse").first().click()
      assert.isTrue(await one.locator(".body").isVisible(), "a second time, too")
    }))

  it("opens at the night of its address", () =>
    withPage(
      async (page) => assert.isTrue(await page.locator('[id="night-2026-11-03-mine"] .body').isVisible()),
      undefined,
      "#night-2026-11-03-mine"
    ))

  it("is used by keyboard alone", () =>
    withPage(async (page) => {
      await page.keyboard.press("j")
      assert.strictEqual(await focused(page), "night-2026-11-10-mine")
      await page.keyboard.press("j")
      await page.keyboard.press("Enter")
      assert.strictEqual(await focused(page), "night-2026-11-09-mine")
      assert.isTrue(await page.locator('[id="night-2026-11-09-mine"] .body').isVisible())
      await page.keyboard.press("k")
      assert.strictEqual(await focused(page), "night-2026-11-10-mine")
      assert.strictEqual(await shown(page).count(), 12)
      await page.keyboard.press("c")
      const news = await shown(page).evaluateAll((all) => all.map(({ id }) => id))
      assert.notInclude(news, "night-2026-11-02-mine")
      assert.include(news, "night-2026-11-03-mine", "the wire changed")
      assert.include(news, "night-2026-11-09-mine", "something healed")
      assert.strictEqual(await page.locator("#shown").textContent(), `${news.length} of 12 nights`)
      await page.keyboard.press("e")
      assert.strictEqual(await page.locator("details.night[open]:visible").count(), news.length)
      await page.keyboard.press("c")
      assert.strictEqual(await shown(page).count(), 12)
      await page.keyboard.press("?")
      assert.isTrue(await page.locator("#help").isVisible())
      await page.keyboard.press("Escape")
      assert.isFalse(await page.locator("#help").isVisible())
    }))

  for (const [name, options] of Object.entries({
    "a desktop": { viewport: { width: 1280, height: 900 } },
    "a desktop in the dark": { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
    "a phone": { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
  } as const)) {
    it(`fits ${name}, and can be read by everybody`, () =>
      withPage(async (page) => {
        await page.locator("details.night summary").first().click()
        await page.locator("details.night summary").last().click()
        assert.isAtMost(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0)
        const found: unknown =
          await page.evaluate(`${axe};axe.run({ runOnly: ["wcag2a", "wcag2aa"] }).then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ html }) => html.slice(0, 120)).join(" | ")))`)
        assert.deepStrictEqual(found, [])
      }, options))
  }

  it("prints what changed, unfolded, and no tools", () =>
    withPage(async (page) => {
      await page.emulateMedia({ media: "print" })
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")))
      assert.isFalse(await page.locator(".tools").isVisible())
      const open = await page.locator("details.night[open]").evaluateAll((all) => all.map(({ id }) => id))
      assert.include(open, "night-2026-11-04-mine")
      assert.notInclude(open, "night-2026-11-02-mine")
      assert.isAbove((await page.pdf()).length, 10_000)
      await page.evaluate(() => dispatchEvent(new Event("afterprint")))
      assert.strictEqual(await page.locator("details.night[open]").count(), 0)
    }))

  it("can be read without its script", () =>
    withPage(
      async (page) => {
        assert.strictEqual(await shown(page).count(), 12)
        assert.isFalse(await page.locator(".tools").isVisible())
      },
      { javaScriptEnabled: false }
    ))
})
