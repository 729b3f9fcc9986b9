import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Browser, chromium, type Page } from "playwright-core"
import {
  type CaptureLine,
  type ResultLine,
  readCapture,
  readResults,
  renderHtml,
  type VerdictLine
} from "../../src/index.ts"
import { judged } from "../support/Judging.ts"

const executable = ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim())
  .find((path) => path !== "")
if (executable === undefined)
  console.warn("SKIPPED: there is no chromium here; the report was not looked at in a browser")

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

const hostile = `</script><img src=x onerror="document.title='taken'"> ' " & \u0000`

const folder = mkdtempSync(join(tmpdir(), "report test "))
let lines: ReadonlyArray<ResultLine> = []
let capture: ReadonlyArray<CaptureLine> = []

/** A run with every kind of verdict, in which the server has said hostile things. */
beforeAll(async () => {
  await Effect.runPromise(judged({}, { directory: folder }))
  const kinds = ["fail", "warn", "blocked", "engine-error", "info", "not-applicable", "expected-fail"] as const
  const read = await Effect.runPromise(readResults(folder))
  capture = await Effect.runPromise(readCapture(folder))
  let at = 0
  lines = read.map((line): ResultLine => {
    const verdict = line.kind === "verdict" ? kinds[at++] : undefined
    if (line.kind !== "verdict" || verdict === undefined) return line
    const evidence = line.evidence.map((item) => ({ ...item, holds: false, actual: hostile }))
    const excused = { reason: hostile, link: "https://example.org/why", review: "2027-03-31" }
    return { ...line, verdict, evidence, because: hostile, ...(verdict === "expected-fail" && { excused }) }
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const shown = (page: Page) => page.locator("details.check:visible")

const verdicts = (): ReadonlyArray<VerdictLine> => lines.filter((line) => line.kind === "verdict")

describe("report.html as text", () => {
  it("fetches nothing, and lets nothing run but its own script", () => {
    const html = renderHtml(lines, { capture })
    assert.match(html, /^<!doctype html>/)
    assert.match(
      html,
      /default-src &#39;none&#39;; style-src &#39;sha256-[\w+/=]+&#39;; script-src &#39;sha256-[\w+/=]+&#39;;/
    )
    assert.notMatch(
      html,
      /<(link|img|iframe|object|embed|base)\b|<[a-z]+[^>]*\s(src|action|style|on\w+)=|@import|url\(/i
    )
    assert.strictEqual(html.match(/<script>/g)?.length, 1)
    assert.strictEqual(html.match(/<\/script>/g)?.length, 1)
    assert.notInclude(html, "<img src=x")
  })

  it("says what is new, and what is gone", () => {
    const [first, second, third] = verdicts()
    if (first === undefined || second === undefined || third === undefined) return assert.fail("too few")
    const gone: VerdictLine = { ...first, check: "gone/for-good" }
    const previous = lines.flatMap((line): ReadonlyArray<ResultLine> => {
      if (line === first) return [{ ...first, verdict: "pass" }, gone]
      return line === second ? [] : [line]
    })
    const html = renderHtml(lines, { previous })
    assert.include(html, '<span class="changed">was pass</span>')
    assert.strictEqual(html.match(/<span class="changed">new<\/span>/g)?.length, 1)
    assert.match(html, /Vanished.*gone\/for-good/)
    assert.notInclude(renderHtml(lines), 'class="changed"')
  })

  it("renders a run that was cut off", () => {
    const cut = renderHtml(lines.filter(({ kind }) => kind === "header"))
    assert.include(cut, "did not reach its end")
    assert.include(renderHtml([]), "did not reach its end")
  })
})

describe.skipIf(executable === undefined)("report.html in a browser", () => {
  let browser: Browser
  const said: Array<string> = []
  const path = join(folder, "shown.html")
  beforeAll(async () => {
    writeFileSync(path, renderHtml(lines, { capture }))
    browser = await chromium.launch({ executablePath: executable ?? "", args: ["--no-sandbox"] })
  })
  afterAll(() => browser.close())

  const withPage = async (
    use: (page: Page) => Promise<void>,
    options: Parameters<Browser["newPage"]>[0] = { viewport: { width: 1280, height: 900 } },
    hash = ""
  ) => {
    const page = await browser.newPage(options)
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

  it("shows the outcome, and then what needs a look", () =>
    withPage(async (page) => {
      assert.match(await page.title(), /^Conformance of tiny/)
      assert.match((await page.locator(".outcome").textContent()) ?? "", /fault of the suite/)
      assert.strictEqual(await shown(page).count(), verdicts().length)
      assert.deepStrictEqual(
        await shown(page).evaluateAll((all) => all.slice(0, 7).map((one) => one.getAttribute("data-verdict"))),
        ["engine-error", "fail", "blocked", "warn", "info", "expected-fail", "pass"]
      )
      const first = shown(page).first()
      assert.isFalse(await first.locator(".body").isVisible())
      await first.locator("summary").click()
      assert.isTrue(await first.locator(".body").isVisible())
      assert.include((await first.locator(".body").textContent()) ?? "", "document.title='taken'")
    }))

  it("tells what is wrong before anything is unfolded, and what each verdict says", () =>
    withPage(async (page) => {
      const failed = page.locator("section.group", { has: page.locator("#group-fail") })
      assert.strictEqual(await failed.locator("h2").textContent(), "1 fail a SHALL or a promise is broken")
      assert.isTrue(await failed.locator(".brief").isVisible())
      const passed = page.locator("section.group", { has: page.locator("#group-pass") })
      assert.strictEqual(await passed.locator(".brief").count(), 0)
      await page.getByRole("button", { name: "1 fail", exact: true }).click()
      assert.strictEqual(await page.locator("section.group:visible").count(), 1)
      assert.isTrue(await failed.isVisible())
    }))

  it("filters by verdict, area and words, and says how many are left", () =>
    withPage(async (page) => {
      await page.getByRole("button", { name: "1 fail", exact: true }).click()
      assert.strictEqual(await shown(page).count(), 1)
      await page.getByRole("button", { name: "1 warn", exact: true }).click()
      assert.strictEqual(await shown(page).count(), 2)
      assert.strictEqual(await page.locator("#shown").textContent(), `2 of ${verdicts().length} checks`)
      await page.getByRole("button", { name: "Clear" }).click()
      await page.locator("#area").selectOption("manifest")
      const ofManifest = verdicts().filter(({ check }) => check.startsWith("manifest/")).length
      assert.strictEqual(await shown(page).count(), ofManifest)
      await page.locator("#search").fill("manifest/output nothing-has-this")
      assert.strictEqual(await shown(page).count(), 0)
      await page.locator("#search").fill("manifest/output")
      assert.isAbove(await shown(page).count(), 0)
    }))

  it("is used by keyboard alone", () =>
    withPage(async (page) => {
      await page.keyboard.press("/")
      await page.keyboard.type("manifest jk")
      assert.strictEqual(await page.locator("#search").inputValue(), "manifest jk")
      await page.keyboard.press("Escape")
      await page.keyboard.press("x")
      assert.strictEqual(await shown(page).count(), verdicts().length)
      await page.keyboard.press("j")
      await page.keyboard.press("j")
      await page.keyboard.press("Enter")
      assert.deepStrictEqual(
        await shown(page).evaluateAll((all) => all.slice(0, 3).map((one) => one.hasAttribute("open"))),
        [false, true, false]
      )
      await page.keyboard.press("k")
      assert.isTrue(
        await shown(page)
          .first()
          .locator("summary")
          .evaluate((summary) => summary === document.activeElement)
      )
      await page.keyboard.press("e")
      assert.strictEqual(await page.locator("details.check[open]").count(), verdicts().length)
      await page.keyboard.press("e")
      assert.strictEqual(await page.locator("details.check[open]").count(), 0)
      await page.keyboard.press("?")
      assert.isTrue(await page.locator("#help").isVisible())
      await page.keyboard.press("Escape")
      assert.isFalse(await page.locator("#help").isVisible())
    }))

  it("leads from evidence to the exchange, and from an address to the check", async () => {
    const line = verdicts().find(({ verdict, exchanges }) => verdict === "pass" && exchanges.length > 0)
    if (line === undefined) return assert.fail("none")
    await withPage(
      async (page) => {
        const check = page.locator(`[id="check-${line.check.replaceAll("/", "-")}"]`)
        assert.isTrue(await check.locator(".body").isVisible())
        await check.locator(".body a[href^='#exchange']").first().click()
        const exchange = page.locator(`#exchange-${line.exchanges[0]}`)
        assert.isTrue(await exchange.locator(".body").isVisible())
        assert.include((await exchange.textContent()) ?? "", "authorization: ")
      },
      undefined,
      `#check-${line.check.replaceAll("/", "-")}`
    )
  })

  for (const [name, options] of Object.entries({
    "a desktop": { viewport: { width: 1280, height: 900 } },
    "a desktop in the dark": { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
    "a phone": { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
  } as const)) {
    it(`fits ${name}, and can be read by everybody`, () =>
      withPage(async (page) => {
        await page.locator("details.check summary").first().click()
        assert.isAtMost(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0)
        const found: unknown =
          await page.evaluate(`${axe};axe.run({ runOnly: ["wcag2a", "wcag2aa"] }).then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ html }) => html.slice(0, 120)).join(" | ")))`)
        assert.deepStrictEqual(found, [])
      }, options))
  }

  it("prints what needs a look, unfolded, and no tools", () =>
    withPage(async (page) => {
      await page.emulateMedia({ media: "print" })
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")))
      assert.isFalse(await page.locator(".tools").isVisible())
      assert.strictEqual(await page.locator("details.check[open]").count(), 5)
      assert.isAbove((await page.pdf()).length, 10_000)
      await page.evaluate(() => dispatchEvent(new Event("afterprint")))
      assert.strictEqual(await page.locator("details.check[open]").count(), 0)
    }))

  it("can be read without its script", () =>
    withPage(
      async (page) => {
        assert.strictEqual(await shown(page).count(), verdicts().length)
        assert.isFalse(await page.locator(".tools").isVisible())
      },
      { javaScriptEnabled: false }
    ))
})
