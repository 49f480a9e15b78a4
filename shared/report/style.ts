/**
 * The style sheet of the report: one column that reads on a phone, light and dark by the reader's setting, and on paper.
 *
 * Every pair of text and ground has a contrast of at least 4.5 in both schemes (WCAG AA), which a test checks in a browser.
 */
import { Html } from './html.ts';

const LIGHT = `
  color-scheme: light;
  --page: #f6f7f9; --card: #ffffff; --text: #1a2230; --muted: #5a6474; --rule: #dfe3e9; --grid: #e9ecf1; --axis: #b8c0cc;
  --accent: #1f5fbf; --bar: #b9c6da; --baseline: #8a5a00; --baseline-2: #6f6a78;
  --good: #17653a; --good-ground: #e1f3e8; --warn: #7a4b00; --warn-ground: #fdf0d5; --bad: #a1232b; --bad-ground: #fce5e6;
  --plain: #4b5565; --plain-ground: #eceff4;`;

const DARK = `
  color-scheme: dark;
  --page: #10141b; --card: #181e27; --text: #e6eaf0; --muted: #9fabbb; --rule: #2c3542; --grid: #252d39; --axis: #55606f;
  --accent: #7fb0ff; --bar: #42516a; --baseline: #e0ac52; --baseline-2: #b6afc4;
  --good: #7ed6a0; --good-ground: #163324; --warn: #f0c069; --warn-ground: #3a2c10; --bad: #ff9a9f; --bad-ground: #431d21;
  --plain: #b8c2d0; --plain-ground: #262f3b;`;

export const STYLE = Html.trusted(`<style>
:root {${LIGHT}
}
@media (prefers-color-scheme: dark) { :root {${DARK}
} }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
main, header.top, footer { max-width: 1040px; margin: 0 auto; padding: 0 24px; }
header.top { padding-top: 40px; padding-bottom: 8px; }
.eyebrow { margin: 0; color: var(--muted); font-size: 14px; }
h1 { margin: 2px 0 4px; font-size: 32px; line-height: 1.2; letter-spacing: -0.015em; }
h2 { margin: 0; font-size: 22px; line-height: 1.3; letter-spacing: -0.01em; }
h3 { margin: 0 0 8px; font-size: 16px; }
h4 { margin: 16px 0 4px; font-size: 14px; }
p { margin: 0 0 12px; }
a { color: var(--accent); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 16px 0 0; padding: 0; list-style: none; font-size: 14px; }
.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 16px; margin: 20px 0 0; padding: 0; }
.tiles > div { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 14px 16px; }
.tiles dt { color: var(--muted); font-size: 13px; }
.tiles dd { margin: 0; }
.tiles .value { display: block; font-size: 26px; line-height: 1.25; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tiles .under { font-size: 13px; }
.notices { margin: 20px 0 0; padding: 0; list-style: none; }
.notices li { border-left: 4px solid; border-radius: 4px; padding: 8px 14px; margin-bottom: 8px; font-size: 15px; }
.notices .bad { border-color: var(--bad); background: var(--bad-ground); }
.notices .warn { border-color: var(--warn); background: var(--warn-ground); }
.notices .good { border-color: var(--good); background: var(--good-ground); }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 24px; margin: 20px 0; }
.lead { font-size: 17px; margin: 4px 0 16px; max-width: 44em; }
.note, .missing { color: var(--muted); font-size: 14px; max-width: 56em; }
.part { margin-top: 28px; }
.under { display: block; color: var(--muted); font-size: 13px; font-weight: 400; line-height: 1.4; }
.value, .number { font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; font-size: 15px; line-height: 1.4; }
thead th { color: var(--muted); font-size: 13px; font-weight: 500; vertical-align: bottom; border-bottom: 1px solid var(--axis); }
th, td { padding: 8px 12px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); font-weight: 400; }
th:first-child { padding-left: 0; } th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child > * { border-bottom: 0; }
th.number, td.number { text-align: right; white-space: nowrap; }
thead th { overflow-wrap: normal; }
td .title { display: none; }
.interval, .size { display: block; white-space: nowrap; }
.interval { color: var(--muted); font-size: 13px; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 999px; font-size: 13px; line-height: 1.5; font-weight: 550; white-space: nowrap; }
.badge.good { color: var(--good); background: var(--good-ground); }
.badge.warn { color: var(--warn); background: var(--warn-ground); }
.badge.bad { color: var(--bad); background: var(--bad-ground); }
.badge.plain { color: var(--plain); background: var(--plain-ground); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 8px; color: var(--muted); font-size: 13px; }
.legend span { display: inline-flex; align-items: center; gap: 6px; }
.key { width: 12px; height: 12px; border-radius: 3px; }
.key.accent { background: var(--accent); } .key.bar { background: var(--bar); }
.key.line { width: 22px; height: 0; border-radius: 0; background: none; border-top: 3px solid; }
.key.line.accent { border-color: var(--accent); }
.key.line.baseline { border-top: 2px dashed var(--baseline); }
.key.line.baseline-2 { border-top: 2px dotted var(--baseline-2); }
.chart svg { display: block; width: 100%; height: auto; overflow: visible; }
.narrow { display: none; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 380px), 1fr)); gap: 24px 32px; }
.panel { margin: 0; }
.panel figcaption { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 10px; margin-bottom: 6px; }
.panel figcaption .value { font-size: 18px; font-weight: 650; }
.panel figcaption .under { display: inline; }
details { margin-top: 10px; font-size: 14px; }
summary { cursor: pointer; color: var(--accent); padding: 4px 0; }
details table { margin-top: 6px; font-size: 14px; }
code, .place { font: 13px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.place { display: block; color: var(--muted); }
td code { display: block; white-space: pre-wrap; }
pre { margin: 0 0 12px; padding: 12px 14px; border-radius: 6px; background: var(--plain-ground); white-space: pre-wrap; }
.statement strong { font-size: 20px; }
.examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 280px), 1fr)); gap: 18px 28px; margin: 12px 0 0; padding: 0; list-style: none; }
.examples h4 { margin: 0 0 4px; color: var(--muted); font-weight: 550; font-variant-numeric: tabular-nums; }
.examples ul { margin: 0; padding: 0; list-style: none; font-size: 14px; }
.examples li li { position: relative; padding: 2px 0 2px 18px; }
b.new { color: var(--good); }
.examples b.new { position: absolute; left: 2px; }
footer { color: var(--muted); font-size: 13px; padding-bottom: 40px; }
@media (max-width: 700px) {
  main, header.top, footer { padding-left: 14px; padding-right: 14px; }
  header.top { padding-top: 24px; }
  h1 { font-size: 26px; }
  section { padding: 18px 14px; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; }
  .tiles > div { padding: 10px 12px; } .tiles .value { font-size: 21px; }
  .wide { display: none; } .narrow { display: block; }
  .columns th, .columns td { padding: 7px 6px; }
  .cards, .cards tbody, .cards tr, .cards td, .cards tbody th { display: block; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards tbody tr { padding: 10px 0; border-bottom: 1px solid var(--rule); }
  .cards tbody tr:last-child { border-bottom: 0; }
  .cards tbody th, .cards tbody td { border: 0; padding: 1px 0; }
  .cards tbody th { padding-bottom: 4px; }
  .cards td { display: flex; justify-content: space-between; gap: 16px; white-space: normal; }
  .cards td .title { display: block; color: var(--muted); font-size: 14px; text-align: left; flex: 1 1 40%; }
  .cards td > span:last-child { text-align: right; flex: 0 1 auto; }
  .cards td.long { display: block; }
  .cards td.long > span:last-child { text-align: left; }
}
@media print {
  :root {${LIGHT} --page: #ffffff; }
  @page { margin: 16mm 14mm; }
  body { font-size: 10.5pt; }
  main, header.top, footer { max-width: none; padding-left: 0; padding-right: 0; }
  header.top { padding-top: 0; }
  nav, details { display: none; }
  section { border: 0; border-top: 1px solid var(--axis); border-radius: 0; padding: 14px 0 0; }
  h2, h3, h4, figcaption, .legend { break-after: avoid; }
  tr, .chart, figure, .examples > li, .tiles > div, .notices li { break-inside: avoid; }
  thead { display: table-header-group; }
  .tiles { grid-template-columns: repeat(4, minmax(0, 1fr)); }
  .badge, .notices li, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
</style>`);
