/**
 * `report.html`: the results for a person, in one file that works offline. The outcome first, then what needs a look, each check with its
 * requirements and its evidence folded below it, and every exchange that the evidence is about.
 */
import { createHash } from "node:crypto"
import { checks as allChecks } from "../Checks.ts"
import type { CaptureLine, Exchange } from "../Exchange.ts"
import { outcomeOf } from "../Outcome.ts"
import type { FooterLine, HeaderLine, ResultLine, VerdictKind, VerdictLine } from "../Result.ts"
import { registry } from "../requirements/Registry.ts"
import { Markup, markup, type Part } from "./Markup.ts"
import { byGravity, meanings, order, troubles } from "./Order.ts"
import { placeOf } from "./Place.ts"
import { script } from "./Script.ts"
import { style } from "./Style.ts"

/** What the page is made of. */
export interface HtmlOptions {
  /** The exchanges behind the verdicts; without them evidence names them only. */
  readonly capture?: ReadonlyArray<CaptureLine> | undefined
  /** The lines of an earlier run, to say what is new. */
  readonly previous?: ReadonlyArray<ResultLine> | undefined
}

/** Ours, and constant: the only markup that is not escaped. */
const own = (text: string): Markup => new Markup(text)

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

const policy = `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(script)}; base-uri 'none'; form-action 'none'`

const areaOf = ({ check }: VerdictLine): string => check.split("/")[0] ?? check

const anchor = (kind: "check" | "exchange", id: string): string => `${kind}-${id.replaceAll("/", "-")}`

const pill = (verdict: VerdictKind): Markup => markup`<span class="pill ${verdict}">${verdict}</span>`

const isShown = (exchanges: ReadonlyMap<string, Exchange>, id: string): boolean => exchanges.has(id)

const linkTo = (exchanges: ReadonlyMap<string, Exchange>, id: string): Markup =>
  isShown(exchanges, id) ? markup`<a href="#${anchor("exchange", id)}">${id}</a>` : markup`${id}`

const requirementOf = (id: string): Markup => {
  const found = registry.get(id)
  if (found === undefined) return markup`<li><code>${id}</code></li>`
  const { source, strength, text } = found
  const where = `${source.document} ${source.version}, ${source.section}`
  return markup`<li><span class="strength">${strength}</span> ${text} <code>${id}</code> ${
    source.url === undefined ? where : markup`<a href="${source.url}" rel="noreferrer">${where}</a>`
  }</li>`
}

const evidenceOf = (line: VerdictLine, exchanges: ReadonlyMap<string, Exchange>): Part =>
  line.evidence.length > 0 &&
  markup`<h3>Evidence</h3><div class="scroll"><table class="evidence"><thead><tr><th class="sign"><span aria-hidden="true"></span></th><th class="at">at</th><th class="is">expected</th><th class="is">actual</th><th>exchange</th></tr></thead><tbody>${line.evidence.map(
    ({ actual, exchange, expected, holds, method, status, url, ...where }) =>
      markup`<tr><td class="sign ${holds ? "pass" : "fail"}">${holds ? "✓" : "✗"}<span hidden> ${holds ? "holds" : "does not hold"}</span></td><td data-label="at"><code>${placeOf(where)}</code></td><td data-label="expected"><div>${expected}</div></td><td data-label="actual"><div>${actual}</div></td><td data-label="exchange">${linkTo(exchanges, exchange)} ${method} <code>${url}</code>${status !== undefined && ` → ${status}`}</td></tr>`
  )}</tbody></table></div>`

/** What a verdict was in the earlier run, if it was another. */
const changeOf = (line: VerdictLine, before: ReadonlyMap<string, VerdictKind> | undefined): Part => {
  const then = before?.get(line.check)
  if (before === undefined || then === line.verdict) return undefined
  return markup`<span class="changed">${then === undefined ? "new" : `was ${then}`}</span>`
}

/** Room for a line on a wide screen. */
const longestBrief = 160

/** What is wrong, so that nobody has to unfold a check to see it. */
const briefOf = ({ actual, because, expected, verdict }: VerdictLine): Part => {
  if (!troubles.has(verdict) && verdict !== "expected-fail") return undefined
  const text = because ?? (expected === undefined ? undefined : `expected ${expected}, got ${actual ?? "nothing"}`)
  if (text === undefined) return undefined
  return markup`<span class="brief">${text.length > longestBrief ? `${text.slice(0, longestBrief)}…` : text}</span>`
}

const checkOf = (
  line: VerdictLine,
  exchanges: ReadonlyMap<string, Exchange>,
  before: ReadonlyMap<string, VerdictKind> | undefined
): Markup =>
  markup`<details class="check" id="${anchor("check", line.check)}" data-verdict="${line.verdict}" data-area="${areaOf(line)}"${
    troubles.has(line.verdict) && own(" data-trouble")
  }><summary>${pill(line.verdict)}<span class="what">${line.title}${briefOf(line)}<code>${line.check}</code></span>${changeOf(line, before)}</summary><div class="body">${
    line.because !== undefined && markup`<p>${line.because}</p>`
  }${
    line.excused !== undefined &&
    markup`<p>Expected: ${line.excused.reason} <a href="${line.excused.link}" rel="noreferrer">Why</a>, to be looked at again by ${line.excused.review}.</p>`
  }<h3>Requirements</h3><ul class="requirements">${line.requirements.map(requirementOf)}</ul>${evidenceOf(line, exchanges)}${
    line.exchanges.length > 0 &&
    markup`<p>Looked at ${line.exchanges.map((id, at) => markup`${at > 0 && ", "}${linkTo(exchanges, id)}`)}; ${line.assertions} assertion${line.assertions !== 1 && "s"}.</p>`
  }</div></details>
`

const headersOf = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n")

/** JSON is set out for reading; anything else stays as it came. */
const readable = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text
  }
}

const bodyOf = ({ response }: Exchange): string => {
  const body = response?.body
  if (body === undefined || body.kind === "empty") return ""
  if (body.kind === "text") {
    const { bytes, reduced, text, truncated } = body
    const note = reduced && `(reduced: ${bytes} bytes, ${reduced.lines} lines, sha256 ${reduced.sha256})\n`
    return `${note ?? ""}${readable(text)}${truncated ? "\n…" : ""}`
  }
  return JSON.stringify(body, undefined, 2)
}

const exchangeOf = (exchange: Exchange): Markup => {
  const { failure, id, request, response, step, took, via } = exchange
  return markup`<details class="exchange" id="${anchor("exchange", id)}"><summary><span class="what">${id} ${request.method} ${request.url}<code>${step}, via ${via}</code></span><span>${response?.status ?? failure ?? "no answer"}</span></summary><div class="body"><pre tabindex="0">${`${request.method} ${request.url}\nauthorization: ${request.auth}\n${headersOf(request.headers)}${request.content === undefined ? "" : `\n\n${request.content}`}`}</pre><pre tabindex="0">${
    response === undefined
      ? `no answer: ${failure ?? "unknown"}`
      : `${response.status}\n${headersOf(response.headers)}\n\n${bodyOf(exchange)}`
  }</pre><p>${took} ms, ended ${exchange.at}.</p></div></details>
`
}

const about = (header: HeaderLine | undefined, footer: FooterLine | undefined): Markup => {
  const rows: ReadonlyArray<readonly [string, Part]> = [
    ...(header === undefined
      ? []
      : ([
          [
            "Target",
            markup`${header.target.name !== header.target.baseUrl && `${header.target.name}, `}<code>${header.target.baseUrl}</code>`
          ],
          ["API", header.target.apiVersion],
          ["Profile", header.profile],
          [
            "Started",
            markup`<time datetime="${header.startedAt}">${header.startedAt.slice(0, 16).replace("T", " ")} UTC</time>`
          ]
        ] as const)),
    ...(footer === undefined
      ? []
      : ([["Requests", `${footer.exchanges} in ${(footer.took / 1000).toFixed(1)} s`]] as const))
  ]
  return markup`<dl class="about">${rows.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

/** How many of each, as a bar; what needs a look is on the left. */
const bar = (verdicts: ReadonlyArray<VerdictLine>): Part => {
  let at = 0
  const parts = order.map((kind) => {
    const many = verdicts.filter(({ verdict }) => verdict === kind).length
    at += many
    return many > 0 && markup`<rect class="${kind}" x="${at - many}" width="${many}" height="1"></rect>`
  })
  return (
    at > 0 &&
    markup`<svg class="bar" viewBox="0 0 ${at} 1" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`
  )
}

const probe = (header: HeaderLine | undefined): Part =>
  header?.probe !== undefined &&
  header.probe.length > 0 &&
  markup`<h2>Declared and actual</h2><div class="scroll"><table><thead><tr><th><span aria-hidden="true"></span></th><th>what</th><th>declared</th><th>actual</th></tr></thead><tbody>${header.probe.map(
    ({ actual, agrees, declared, what }) =>
      markup`<tr><td class="sign ${agrees ? "pass" : "warn"}">${agrees ? "=" : "≠"}</td><td>${what}</td><td>${declared}</td><td>${actual}</td></tr>`
  )}</tbody></table></div>
`

const surprises = (footer: FooterLine | undefined): Part =>
  (footer?.surprises ?? []).length > 0 &&
  markup`<h2>Not as expected</h2><ul>${footer?.surprises?.map(({ text }) => markup`<li>${text}</li>`)}</ul>
`

const tools = (verdicts: ReadonlyArray<VerdictLine>): Markup => {
  const kinds = order
    .map((kind) => ({ kind, many: verdicts.filter(({ verdict }) => verdict === kind).length }))
    .filter(({ many }) => many > 0)
  const areas = [...new Set(verdicts.map(areaOf))].toSorted()
  return markup`<div class="tools" role="search" hidden><div class="chips" role="group" aria-label="Verdicts">${kinds.map(
    ({ kind, many }) =>
      markup`<button type="button" class="chip ${kind}" value="${kind}" aria-pressed="false">${many} ${kind}</button>`
  )}</div><input type="search" id="search" placeholder="Search" aria-label="Search in checks"><select id="area" aria-label="Area"><option value="">All areas</option>${areas.map(
    (area) => markup`<option value="${area}">${area}</option>`
  )}</select><button type="button" id="unfold">Unfold</button><button type="button" id="clear">Clear</button><button type="button" id="keys" aria-label="Keys">?</button></div><p class="shown" id="shown" role="status">${verdicts.length} checks</p>`
}

const help = own(
  `<dialog id="help" aria-label="Keys"><h2>Keys</h2><dl><dt><kbd>/</kbd></dt><dd>search</dd><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next and previous check; <kbd>Enter</kbd> unfolds it</dd><dt><kbd>e</kbd></dt><dd>unfold or fold all that are shown</dd><dt><kbd>x</kbd></dt><dd>clear filters</dd><dt><kbd>?</kbd></dt><dd>this</dd></dl><form method="dialog"><button>Close</button></form></dialog>`
)

/** The checks with one verdict, under what that says. */
const groupOf = (kind: VerdictKind, lines: ReadonlyArray<Markup>): Part =>
  lines.length > 0 &&
  markup`<section class="group" aria-labelledby="group-${kind}"><h2 id="group-${kind}"><span class="${kind}">${lines.length} ${kind}</span> <small>${meanings[kind]}</small></h2>${lines}</section>
`

/** Renders the lines of a results file, whole or not. */
export const renderHtml = (lines: ReadonlyArray<ResultLine>, options: HtmlOptions = {}): string => {
  const header = lines.find((line) => line.kind === "header")
  const footer = lines.findLast((line) => line.kind === "footer")
  const verdicts = byGravity(lines.filter((line) => line.kind === "verdict"))
  const exchanges = new Map(
    (options.capture ?? []).filter((line) => line.kind === "exchange").map((exchange) => [exchange.id, exchange])
  )
  const before =
    options.previous &&
    new Map(options.previous.filter((line) => line.kind === "verdict").map(({ check, verdict }) => [check, verdict]))
  const now = new Set(verdicts.map(({ check }) => check))
  const vanished = [...(before?.keys() ?? [])].filter((check) => !now.has(check))
  const { red, text } = outcomeOf(lines)
  const known = new Set(allChecks.map(({ id }) => id))
  const foreign = verdicts.filter(({ check }) => !known.has(check)).length
  const title = header === undefined ? "Conformance" : `Conformance of ${header.target.name}, ${header.profile}`
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${own(style)}</style>
</head>
<body>
<header><h1>${title}</h1><p class="outcome ${red ? "red" : "green"}">${text}</p>${about(header, footer)}${bar(verdicts)}</header>
<main>
${tools(verdicts)}
${surprises(footer)}<section aria-label="Checks">${order.map((kind) =>
    groupOf(
      kind,
      verdicts.filter(({ verdict }) => verdict === kind).map((line) => checkOf(line, exchanges, before))
    )
  )}</section>
${vanished.length > 0 && markup`<h2>Vanished since the earlier run</h2><ul>${vanished.map((check) => markup`<li><code>${check}</code></li>`)}</ul>`}
${probe(header)}${
  exchanges.size > 0 &&
  markup`<section class="exchanges" aria-label="Exchanges"><h2>Exchanges</h2>${[...exchanges.values()].map(exchangeOf)}</section>`
}
</main>
${help}
<footer><p>${
    footer === undefined
      ? "No footer: the run did not reach its end."
      : "Secrets and tokens are tags such as [token#1]; of data files there are counts and digests only."
  }${foreign > 0 && ` ${foreign} of the checks are not known to this version of the suite.`}</p></footer>
<script>${own(script)}</script>
</body>
</html>
`.text
}
