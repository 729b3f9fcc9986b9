/** What the page of nights has beyond the report's style, whose colours it uses. */
export const pageStyle = `
.lead { color: var(--text); font-size: 1.6rem; line-height: 1.3; font-weight: 650; margin: 0; padding-left: 0.9rem; border-left: 0.35rem solid var(--pass); }
.lead.worse, .lead.away, .lead.still { color: var(--text); } .lead.worse { border-color: var(--fail); } .lead.away { border-color: var(--other); } .lead.still { border-color: var(--warn); }
.target { margin: 2.25rem 0 0; padding: 1.1rem 1.2rem 1.2rem; border: 1px solid var(--line); border-radius: 0.9rem; background: var(--raised); }
.target > header { display: flex; flex-wrap: wrap; gap: 0.2rem 0.9rem; align-items: baseline; }
.target h2 { margin: 0; font-size: 1.3rem; } .target > header p { margin: 0; color: var(--soft); }
.says { font-size: 1.05rem; margin: 0.5rem 0 0; } .still { color: var(--warn); font-weight: 600; }
.strip { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 3px; margin: 1rem 0 0.2rem; padding: 0; list-style: none; }
.strip a { display: block; width: 0.95rem; height: 1.2rem; border-radius: 0.25rem; background: var(--pass); text-decoration: none; }
.strip a.worse { height: 2.1rem; background: var(--fail); } .strip a.still { height: 1.6rem; background: var(--warn); } .strip a.away { background: repeating-linear-gradient(45deg, var(--other) 0 3px, transparent 3px 6px); border: 1px solid var(--other); }
.strip a:hover { transform: scaleY(1.12); }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0 0 0.6rem; padding: 0; list-style: none; color: var(--soft); font-size: 0.85rem; }
.legend i { display: inline-block; width: 0.7rem; height: 0.7rem; border-radius: 0.2rem; margin-right: 0.35rem; background: var(--pass); }
.legend .worse i { background: var(--fail); } .legend .still i { background: var(--warn); } .legend .away i { background: repeating-linear-gradient(45deg, var(--other) 0 2px, transparent 2px 4px); border: 1px solid var(--other); }
.legend .still { font-weight: 400; color: var(--soft); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 0.8rem 1.6rem; margin: 0.8rem 0 0.4rem; }
.chart { margin: 0; } .chart figcaption { display: flex; justify-content: space-between; gap: 0.8rem; font-size: 0.9rem; color: var(--soft); } .chart figcaption span { white-space: nowrap; } .chart b { color: var(--text); font-weight: 600; font-size: 0.85rem; text-align: right; }
.chart svg { display: block; width: 100%; height: 3.2rem; margin-top: 0.25rem; } .chart rect { fill: var(--other); } .chart line { stroke: var(--line); stroke-width: 1; }
.chart .fail { fill: var(--fail); } .chart .warn { fill: var(--warn); } .chart .known { fill: var(--other); } .chart .time { fill: var(--accent); } .chart .data { fill: var(--pass); } .chart .away { fill: var(--line); }
.chart g:hover rect { opacity: 0.65; }
.nights { margin-top: 0.9rem; }
details.night { border-top: 1px solid var(--line); }
details.night > summary { padding: 0.5rem 0.2rem; border-radius: 0.3rem; }
details.night .what time { font-weight: 600; margin-right: 0.6rem; }
details.night .figures { color: var(--soft); font-size: 0.9rem; white-space: nowrap; }
.pill.worse { color: var(--fail); background: var(--fail-back); } .pill.good { color: var(--pass); background: var(--pass-back); } .pill.still { color: var(--warn); background: var(--warn-back); } .pill.away { color: var(--other); }
.night .pill { min-width: 6.5rem; }
.night .body { padding: 0.1rem 0.2rem 1rem 1.4rem; } .night .body ul { margin: 0.3rem 0; padding-left: 1.1rem; } .night .body li { margin: 0.25rem 0; }
.links { display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; }
.empty { color: var(--soft); }
@media (max-width: 40rem) {
  .target { padding: 0.9rem 0.8rem; } .lead { color: var(--text); font-size: 1.25rem; } .strip a { width: 0.8rem; }
  details.night > summary { gap: 0.3rem 0.6rem; } details.night .figures { white-space: normal; } .night .body { padding-left: 0.2rem; }
}
@media (prefers-reduced-motion: reduce) { .strip a:hover { transform: none; } }
@media print {
  .target { break-inside: avoid-page; border-color: #999; } .strip a, .legend i, .chart rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details.night { break-inside: avoid; } .nights > details.night:nth-of-type(n + 15) { display: none; }
}
`
