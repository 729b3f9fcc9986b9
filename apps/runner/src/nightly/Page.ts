/**
 * `index.html`: all nights of all targets, in one file that works offline. How it is now comes first, then a strip of nights and what became of
 * them, and each night, folded, with what changed and the way to its report.
 */
import { createHash } from "node:crypto"
import { Markup, markup, type Part, reportStyle } from "@bcda-kit/conformance"
import { bytes, count, span } from "../Output.ts"
import { type Bar, chart } from "./Charts.ts"
import { loud } from "./Comparison.ts"
import type { Change, NightLine } from "./NightLine.ts"
import { pageScript } from "./PageScript.ts"
import { pageStyle } from "./PageStyle.ts"
import { headline } from "./Summary.ts"

export interface PageOptions {
  /** Whether the folder of a night's reports is still there. */
  readonly hasReports: (line: NightLine) => boolean
}

/** So many nights have a place in the strip and the pictures, and so many can be unfolded; the history has all. */
const inSight = 60
const listed = 120

const style = `${reportStyle}${pageStyle}`

/** Ours, and constant: the only markup that is not escaped. */
const own = (text: string): Markup => new Markup(text)

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

const policy = `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(pageScript)}; base-uri 'none'; form-action 'none'`

type Mood = "away" | "good" | "still" | "worse"

const moodOf = ({ exitCode, standing, state }: NightLine): Mood => {
  if (state !== "judged") return "away"
  if (exitCode !== 0) return "worse"
  return loud(standing).length > 0 ? "still" : "good"
}

const words: Readonly<Record<Mood, string>> = { away: "away", good: "as before", still: "still bad", worse: "worse" }

const wordOf = (line: NightLine): string => {
  if (line.state === "broke") return "broke"
  if (line.first && line.state === "judged") return line.exitCode === 0 ? "first" : "first, red"
  return words[moodOf(line)]
}

const anchor = ({ folder }: NightLine): string => `night-${folder.replaceAll(/[^A-Za-z0-9.-]/g, "-")}`

/** Whether there is something in a night that somebody may want to read. */
const isNews = ({ changes, exitCode }: NightLine): boolean =>
  exitCode !== 0 ||
  changes.newlyPassing.length + changes.wire + changes.apart.length > 0 ||
  changes.export !== undefined ||
  changes.back !== undefined

const changeOf = ({ after, before, check, detail, title }: Change): Markup =>
  markup`<li><code>${check}</code> ${title}: ${before ?? "new"} → <b class="${after}">${after}</b>${detail !== undefined && `; ${detail.slice(0, 300)}`}</li>`

const list = (title: string, items: ReadonlyArray<Part>): Part =>
  items.length > 0 && markup`<h3>${title}</h3><ul>${items}</ul>`

const links = (line: NightLine, { hasReports }: PageOptions): Part => {
  if (!hasReports(line)) return markup`<p class="empty">Its reports have been removed; its line is in the history.</p>`
  if (line.judged === undefined && line.state === "broke") return undefined
  const href = (file: string) => encodeURI(`${line.folder}/${file}`)
  return markup`<p class="links"><a href="${href("report.html")}">Report</a> <a href="${href("coverage.md")}">Coverage</a> <a href="${href("results.jsonl")}">results.jsonl</a>${line.export?.proven === true && markup` <a href="${href("receipt.json")}">Receipt of the export</a>`}</p>`
}

const figures = ({ export: exported, judged, took }: NightLine): string => {
  const { counts } = judged ?? {}
  return [
    ...(counts === undefined ? [] : [`${counts.pass} pass, ${counts.fail} fail, ${counts.warn} warn`]),
    ...(exported === undefined ? [] : [exported.proven ? bytes(exported.bytes) : "not proven"]),
    span(took / 1000)
  ].join(" · ")
}

const nightOf = (line: NightLine, options: PageOptions): Markup => {
  const { changes, export: exported, judged, night, standing, text } = line
  const known = standing.checks.map(
    ({ check, since, verdict }) =>
      markup`<li><b class="${verdict}">${verdict}</b> <code>${check}</code> since ${since}</li>`
  )
  return markup`<details class="night" id="${anchor(line)}"${isNews(line) && own(" data-news")}><summary><span class="pill ${moodOf(line)}">${wordOf(line)}</span><span class="what"><time datetime="${night}">${night}</time>${text}</span><span class="figures">${figures(line)}</span></summary><div class="body">${[
    list("Newly failing", changes.newlyFailing.map(changeOf)),
    list(
      "Vanished",
      changes.vanished.map((check) => markup`<li><code>${check}</code></li>`)
    ),
    list(
      "Newly not as expected",
      changes.surprises.map((one) => markup`<li>${one.text}</li>`)
    ),
    list("Newly passing", changes.newlyPassing.map(changeOf)),
    list(
      "Changed on the wire",
      changes.wire === 0
        ? []
        : (judged?.wire ?? [])
            .filter(({ first }) => first !== true)
            .map(
              ({ come, gone, step }) =>
                markup`<li><code>${step}</code><ul>${gone.map((fact) => markup`<li>gone: ${fact}</li>`)}${come.map((fact) => markup`<li>new: ${fact}</li>`)}</ul></li>`
            )
    ),
    exported?.because !== undefined && markup`<h3>Export</h3><p>Not proven: ${exported.because}</p>`,
    list("Still needs a look", known)
  ]}${links(line, options)}</div></details>
`
}

const cell = (line: NightLine): Markup =>
  markup`<li><a class="${moodOf(line)}" href="#${anchor(line)}" title="${line.night}: ${line.text}" aria-label="${line.night}, ${wordOf(line)}"></a></li>`

const troubleBar = ({ judged, night, state }: NightLine): Bar => {
  if (judged === undefined) return { night, parts: [{ kind: "away", value: 1 }], text: state }
  const { counts } = judged
  const failing = counts.fail + counts.blocked + counts["engine-error"]
  return {
    night,
    parts: [
      { kind: "fail", value: failing },
      { kind: "warn", value: counts.warn },
      { kind: "known", value: counts.info + counts["expected-fail"] }
    ],
    text: [
      `${failing} failing`,
      `${counts.warn} warning`,
      ...(counts.info > 0 ? [`${counts.info} to know`] : []),
      ...(counts["expected-fail"] > 0 ? [`${counts["expected-fail"]} as expected`] : [])
    ].join(", ")
  }
}

const timeBar = ({ night, took }: NightLine): Bar => ({
  night,
  parts: [{ kind: "time", value: took }],
  text: span(took / 1000)
})

/** What is not proven is as tall as the tallest. */
const dataBar =
  (most: number) =>
  ({ export: exported, night }: NightLine): Bar => {
    if (exported === undefined) return { night, parts: [], text: "no export" }
    return exported.proven
      ? { night, parts: [{ kind: "data", value: exported.bytes }], text: `${bytes(exported.bytes)}, proven` }
      : { night, parts: [{ kind: "fail", value: most }], text: "not proven" }
  }

const charts = (lines: ReadonlyArray<NightLine>): Part => {
  const picture = (name: string, bar: (line: NightLine) => Bar) => {
    const bars = lines.map(bar)
    return chart(name, bars.at(-1)?.text ?? "nothing", bars)
  }
  const most = Math.max(1, ...lines.map((line) => line.export?.bytes ?? 0))
  return markup`<div class="charts">${picture("Needs a look", troubleBar)}${picture("Took", timeBar)}${
    lines.some((line) => line.export !== undefined) && picture("Export", dataBar(most))
  }</div>`
}

const legend = (lines: ReadonlyArray<NightLine>): Part => {
  const moods = new Set(lines.map(moodOf))
  const shown = (["good", "still", "worse", "away"] as const).filter((mood) => moods.has(mood))
  return markup`<ul class="legend">${shown.map((mood) => markup`<li class="${mood}"><i></i>${words[mood]}</li>`)}</ul>`
}

const sectionOf = (name: string, lines: ReadonlyArray<NightLine>, options: PageOptions): Part => {
  const last = lines.at(-1)
  if (last === undefined) return undefined
  const sight = lines.slice(-inSight)
  const about = lines.findLast((line) => line.judged !== undefined)?.judged?.about
  const still = loud(last.standing)
  const older = lines.length - listed
  return markup`<section class="target" aria-label="${name}"><header><h2>${name}</h2><span class="pill ${moodOf(last)}">${wordOf(last)}</span>${
    about !== undefined &&
    markup`<p><code>${about.target.baseUrl}</code> ${about.target.apiVersion}, ${about.profile}</p>`
  }</header><p class="says">${last.text}</p>${still.length > 0 && last.exitCode !== 0 && markup`<p class="still">${still.join("; ")}</p>`}<ol class="strip" aria-label="The last ${count(sight.length, "night")}, the newest at the end">${sight.map(cell)}</ol>${legend(sight)}${charts(sight)}<div class="nights">${lines
    .slice(-listed)
    .toReversed()
    .map((line) =>
      nightOf(line, options)
    )}${older > 0 && markup`<p class="empty">${count(older, "earlier night")} in the history.</p>`}</div></section>
`
}

const help = own(
  `<dialog id="help" aria-label="Keys"><h2>Keys</h2><dl><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next and previous night; <kbd>Enter</kbd> unfolds it</dd><dt><kbd>c</kbd></dt><dd>only nights with news, or all</dd><dt><kbd>e</kbd></dt><dd>unfold or fold all that are shown</dd><dt><kbd>?</kbd></dt><dd>this</dd></dl><form method="dialog"><button>Close</button></form></dialog>`
)

const leadMood = (latest: ReadonlyArray<NightLine>): Mood => {
  const moods = latest.map(moodOf)
  return (["worse", "away", "still"] as const).find((mood) => moods.includes(mood)) ?? "good"
}

/** Renders the lines that count, the oldest night first. */
export const renderPage = (lines: ReadonlyArray<NightLine>, options: PageOptions): string => {
  const targets = Map.groupBy(lines, ({ target }) => target)
  const latest = [...targets.values()].flatMap((all) => all.slice(-1))
  const night = lines.at(-1)?.night
  const tonight = latest.filter((line) => line.night === night)
  const missing = latest.filter((line) => line.night !== night)
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Nights${night !== undefined && ` until ${night}`}</title>
<style>${own(style)}</style>
</head>
<body>
<header><h1>${night === undefined ? "Nights" : markup`Night of <time datetime="${night}">${night}</time>`}</h1><p class="lead ${leadMood(tonight)}">${headline(tonight)}</p>${
    missing.length > 0 &&
    markup`<p class="still">Not asked on that night: ${missing.map((line) => `${line.target} (last on ${line.night})`).join(", ")}</p>`
  }</header>
<main>
<div class="tools" hidden><button type="button" class="chip" id="only" aria-pressed="false">Only nights with news</button><button type="button" id="keys" aria-label="Keys">?</button><span id="shown" role="status">${lines.length} nights</span></div>
${[...targets].map(([name, all]) => sectionOf(name, all, options))}
</main>
${help}
<footer><p>A night is red by what changed. What was bad on the night before, and still is, is told with its beginning and turns nothing red. Every figure is from history.jsonl.</p></footer>
<script>${own(pageScript)}</script>
</body>
</html>
`.text
}
