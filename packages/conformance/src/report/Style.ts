/** How `report.html` looks: in light and dark, on a screen, a phone and paper. No image, no font and nothing else is fetched. */
export const style = `
:root {
  color-scheme: light dark;
  --back: #ffffff; --raised: #f6f7f9; --line: #d5d9e0; --text: #1b1f24; --soft: #57606a; --accent: #0b57d0;
  --pass: #116329; --fail: #b42318; --warn: #8a6100; --other: #57606a;
  --pass-back: #e5f5ea; --fail-back: #fdeceb; --warn-back: #fbf1d9; --other-back: #eceff3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0f1318; --raised: #181d24; --line: #323a45; --text: #e6eaf0; --soft: #a2acb8; --accent: #8ab4f8;
    --pass: #6fdb8b; --fail: #ff9d94; --warn: #f2c55c; --other: #b6bfca;
    --pass-back: #12301c; --fail-back: #3f1613; --warn-back: #382b08; --other-back: #232a33;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-padding-top: 5rem; }
body { margin: 0 auto; padding: 0 1.25rem 4rem; max-width: 72rem; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
a { color: var(--accent); }
code, pre, kbd { font: 0.875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
h1 { font-size: 1rem; font-weight: 600; color: var(--soft); margin: 1.75rem 0 0.25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0.75rem; }
h3 { font-size: 0.95rem; margin: 1.25rem 0 0.4rem; }
p { margin: 0.4rem 0; }
.outcome { font-size: 1.6rem; line-height: 1.3; font-weight: 650; margin: 0; padding-left: 0.9rem; border-left: 0.35rem solid var(--pass); }
.outcome.red { border-color: var(--fail); }
.about { display: flex; flex-wrap: wrap; gap: 0.25rem 1.75rem; margin: 0.9rem 0 0; padding: 0; color: var(--soft); }
.about div { min-width: 0; } .about dt { display: inline; } .about dt::after { content: " "; } .about dd { display: inline; margin: 0; color: var(--text); }
.tools { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin: 1.25rem -1.25rem 0; padding: 0.6rem 1.25rem;
  background: var(--back); border-bottom: 1px solid var(--line); }
.chips { display: flex; flex-wrap: wrap; gap: 0.4rem; }
button, input, select { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.3rem 0.7rem; min-height: 2.25rem; }
button { cursor: pointer; } button:hover { border-color: var(--soft); }
input[type="search"] { flex: 1 1 7.5rem; min-width: 7.5rem; } select { max-width: 9rem; }
.group h2 { margin: 1.75rem 0 0.5rem; font-size: 1.05rem; } .group h2 small { font-weight: 400; font-size: 0.9rem; color: var(--soft); margin-left: 0.4rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.chip[aria-pressed="true"] { border-color: currentColor; box-shadow: inset 0 0 0 1px currentColor; font-weight: 600; }
.pass { color: var(--pass); } .fail, .engine-error { color: var(--fail); } .warn, .blocked { color: var(--warn); } .info, .expected-fail, .not-run, .not-applicable { color: var(--other); }
.pill { flex: none; display: inline-block; min-width: 7.75rem; text-align: center; border-radius: 1rem; padding: 0.05rem 0.7rem; font-size: 0.85rem; font-weight: 600; background: var(--other-back); }
.pill.pass { background: var(--pass-back); } .pill.fail, .pill.engine-error { background: var(--fail-back); } .pill.warn, .pill.blocked { background: var(--warn-back); }
.shown { color: var(--soft); margin: 0.8rem 0; }
details.check, details.exchange { border: 1px solid var(--line); border-radius: 0.6rem; margin: 0.45rem 0; background: var(--raised); }
details > summary { display: flex; gap: 0.8rem; align-items: baseline; padding: 0.55rem 0.8rem; cursor: pointer; border-radius: 0.6rem; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "▸"; color: var(--soft); transition: transform 0.1s; } details[open] > summary::before { transform: rotate(90deg); }
summary .what { flex: 1; min-width: 0; } summary code { color: var(--soft); font-size: 0.8rem; display: block; }
.brief { display: block; color: var(--soft); font-size: 0.92em; }
.changed { color: var(--accent); font-size: 0.85rem; font-weight: 600; }
.body { padding: 0 0.9rem 0.9rem 2.1rem; }
ul.requirements { padding: 0; margin: 0; list-style: none; } ul.requirements li { margin: 0.35rem 0; }
.strength { font-size: 0.8rem; font-weight: 650; color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.7rem 0.35rem 0; border-bottom: 1px solid var(--line); }
th { font-size: 0.8rem; color: var(--soft); font-weight: 600; } tr:last-child td { border-bottom: 0; }
table.evidence { table-layout: fixed; } .evidence .sign { width: 1.8rem; } .evidence .at { width: 20%; } .evidence .is { width: 26%; }
.evidence td > div { max-height: 12rem; overflow: auto; }
.bar { display: block; width: 100%; height: 0.6rem; margin-top: 1rem; border-radius: 0.3rem; } .bar rect { fill: var(--other); } .bar .pass { fill: var(--pass); } .bar .fail, .bar .engine-error { fill: var(--fail); } .bar .warn, .bar .blocked { fill: var(--warn); }
td.sign { width: 1.6rem; font-weight: 700; }
pre { margin: 0.3rem 0; padding: 0.7rem; background: var(--back); border: 1px solid var(--line); border-radius: 0.5rem; white-space: pre-wrap; max-height: 28rem; overflow: auto; }
kbd { border: 1px solid var(--line); border-radius: 0.3rem; padding: 0 0.35rem; background: var(--raised); }
dialog { border: 1px solid var(--line); border-radius: 0.8rem; background: var(--back); color: var(--text); max-width: 30rem; padding: 1rem 1.5rem 1.5rem; } dialog::backdrop { background: rgb(0 0 0 / 0.5); }
dialog dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.35rem 1rem; } dialog dd { margin: 0; }
footer { margin-top: 3rem; color: var(--soft); font-size: 0.9rem; }
@media (max-width: 40rem) {
  body { padding: 0 0.8rem 3rem; } .tools { position: static; margin: 1rem 0 0; padding: 0.6rem 0; }
  .outcome { font-size: 1.25rem; } details > summary { flex-wrap: wrap; } summary .what { flex-basis: 100%; } .pill { min-width: 0; } .body { padding-left: 0.9rem; }
  table.evidence, table.evidence tbody, table.evidence tr, table.evidence td { display: block; width: auto; } table.evidence thead { display: none; }
  table.evidence tr { border-bottom: 1px solid var(--line); padding: 0.4rem 0; } table.evidence td { border: 0; padding: 0.05rem 0; }
  table.evidence td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media print {
  :root { color-scheme: light; --back: #fff; --raised: #fff; --text: #000; --soft: #444; --line: #bbb; }
  body { max-width: none; padding: 0; font-size: 10pt; } .tools, .shown, dialog { display: none !important; }
  details.check { break-inside: avoid; } .exchanges { display: none; } pre { max-height: none; }
}
`
