/**
 * The report: every table and figure of a results folder in one page that needs no other file and no network.
 * Pure: from values to HTML text.
 */
import { describeHardware } from './origin';
import { computeLine } from '../nn/compute';
import type { Figure } from './figures';
import type { Manifest } from './manifest';
import { inScript, OFFLINE_POLICY, scriptJson } from './html-page';
import { escapeHtml, MARK_MEANINGS, tableToHtml, type Table } from './tables';

/** The tables and figures of one notebook, in the order in which it saved them. */
export interface ReportSection {
  /** The notebook's name. */
  name: string;
  title: string;
  tables: Table[];
  figures: { name: string; figure: Figure }[];
}

export interface ReportOptions {
  title: string;
  manifest: Manifest;
  sections: ReportSection[];
  /** The source text of a plotly.js bundle, put into the page once. */
  plotly: string;
}

const STYLE = `
:root { color-scheme: light; }
body { font: 16px/1.5 Helvetica, Arial, sans-serif; color: #222; margin: 0; background: #fff; }
main { max-width: 1400px; margin: 0 auto; padding: 24px 20px 80px; }
h1 { font-size: 30px; line-height: 1.2; margin: 16px 0 4px; }
h2 { font-size: 23px; margin: 56px 0 8px; padding-top: 12px; border-top: 2px solid #0072b2; }
nav ul { padding-left: 20px; } nav li { margin: 3px 0; } nav > ul > li { margin-top: 8px; }
a { color: #0060a0; }
.mckd-table { margin: 28px 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: 15px; font-variant-numeric: tabular-nums; }
thead { border-top: 2px solid #222; border-bottom: 1px solid #222; }
tbody { border-bottom: 2px solid #222; }
th, td { padding: 5px 12px; vertical-align: baseline; }
thead th { font-weight: 600; vertical-align: bottom; }
thead tr:not(:last-child) th { border-bottom: 1px solid #bbb; font-weight: 400; font-style: italic; }
thead tr:not(:last-child) th:empty { border-bottom: 0; }
tbody tr:nth-child(even) { background: #f5f8fb; }
.table { position: relative; }
.wide table { font-size: 13px; line-height: 1.35; }
.wide th, .wide td { padding: 4px 5px; }
.wide tr > :first-child:not([colspan]), .wide tr > [colspan="1"]:first-child { position: sticky; left: 0; z-index: 1; background: #fff; }
.wide tbody tr:nth-child(even) > :first-child { background: #f5f8fb; }
.more-right::before { content: ""; position: absolute; z-index: 2; top: 0; bottom: 0; right: 0; width: 36px; pointer-events: none; background: linear-gradient(to left, rgb(0 60 110 / 28%), transparent); }
.more-right::after { content: "more columns: scroll sideways \\2192"; position: absolute; z-index: 3; top: 0; right: 0; padding: 1px 8px; font-size: 13px; border-radius: 4px; color: #fff; background: #0060a0; pointer-events: none; }
.more-left tr > :first-child { box-shadow: 5px 0 5px -4px rgb(0 60 110 / 45%); }
sup { font-size: 10px; color: #666; }
td em { color: #777; }
.mckd-caption { color: #444; font-size: 14px; max-width: 760px; }
figure.plot { margin: 32px 0; }
figure.plot > div { width: 100%; }
.facts { color: #444; font-size: 14px; }
.facts th { text-align: left; font-weight: 600; white-space: nowrap; }
.facts td { overflow-wrap: anywhere; }
.failed { color: #b00020; font-weight: 600; }
code { font-size: 13px; overflow-wrap: anywhere; }
@page { size: A4 landscape; margin: 12mm; }
@media print {
  main { max-width: none; padding: 0; }
  .mckd-table { overflow: visible; }
  .wide table { font-size: 10px; }
  .wide th, .wide td { padding: 2px 4px; }
  .wide tr > :first-child { position: static !important; box-shadow: none !important; }
  .more-right::before, .more-right::after { content: none; }
  tr { break-inside: avoid; } thead { display: table-header-group; }
}
`;

/** Tables with more columns are set smaller, and their first column stays visible. */
const WIDE_COLUMNS = 8;

/** The id of a section, or of a table or a figure in it; names come from files. */
function anchor(...parts: string[]): string {
  return parts.join('-').replace(/[^A-Za-z0-9-]/g, '-');
}

function contents(sections: readonly ReportSection[]): string {
  const link = (id: string, text: string): string => `<a href="#${id}">${escapeHtml(text)}</a>`;
  const items = sections.map((section) => {
    const tables = section.tables.map(
      (table) => `<li>Table: ${link(anchor('table', section.name, table.name), table.title)}</li>`,
    );
    const figures = section.figures.map(
      ({ name, figure }) =>
        `<li>Figure: ${link(anchor('figure', section.name, name), figure.layout.title?.text ?? name)}</li>`,
    );
    return `<li>${link(anchor(section.name), section.title)}<ul>${[...tables, ...figures].join('')}</ul></li>`;
  });
  return `<nav><ul>${items.join('\n')}<li>${link('provenance', 'Where the numbers come from')}</li></ul></nav>`;
}

function sectionHtml(section: ReportSection): string {
  const tables = section.tables.map((table) => {
    const id = anchor('table', section.name, table.name);
    const look = table.columns.length > WIDE_COLUMNS ? 'table wide' : 'table';
    return `<div id="${id}" class="${look}">${tableToHtml(table)}</div>`;
  });
  const figures = section.figures.map(({ name, figure }) => {
    const id = anchor('figure', section.name, name);
    const height = Number(figure.layout.height ?? 420);
    return (
      `<figure class="plot" id="${id}"><div class="plot-target" style="height:${height}px"></div>` +
      `<script type="application/json">${scriptJson(figure)}</script></figure>`
    );
  });
  const title = `<h2 id="${anchor(section.name)}">${escapeHtml(section.title)}</h2>`;
  return [title, ...tables, ...figures].join('\n');
}

function facts(rows: [string, string][]): string {
  const body = rows.map(
    ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${value}</td></tr>`,
  );
  return `<table class="facts"><tbody>${body.join('\n')}</tbody></table>`;
}

function provenance(manifest: Manifest): string {
  const { kit, versions, hardware } = manifest;
  const commit = kit.commit
    ? `${kit.commit}${kit.modified ? ' with changes' : ''}`
    : 'no git checkout';
  const rows: [string, string][] = [
    ['preset', escapeHtml(manifest.preset)],
    ['seed', escapeHtml(String(manifest.seed))],
    ['config', `<code>sha256 ${escapeHtml(manifest.configSha256)}</code>`],
    ['kit', escapeHtml(`${kit.version}, commit ${commit}`)],
  ];
  if (versions) {
    const text = `Node ${versions.node}, TensorFlow ${versions.tensorflow}, tfjs ${versions.tfjs}, tslab ${versions.tslab}, danfojs ${versions.danfojs}`;
    rows.push(['versions', escapeHtml(text)]);
    if (versions.compute) rows.push(['computed by', escapeHtml(computeLine(versions.compute))]);
  }
  const none = hardware.gpu ? '' : ', no graphics card';
  rows.push(['hardware', escapeHtml(describeHardware(hardware) + none)]);
  for (const data of manifest.data) {
    rows.push([
      `data: ${data.name}`,
      `${escapeHtml(data.description)} <code>sha256 ${escapeHtml(data.sha256)}</code>`,
    ]);
  }
  for (const run of manifest.notebooks) {
    const status =
      run.status === 'passed' ? 'passed' : `<span class="failed">${escapeHtml(run.status)}</span>`;
    // Older manifests have none.
    const networks = (run.trainings ?? []).map(
      ({ name, checkpointSha256 }) =>
        `${escapeHtml(name)} <code>${escapeHtml(checkpointSha256.slice(0, 12))}</code>`,
    );
    const trained =
      networks.length > 0
        ? `<br>networks, by the sha256 of their checkpoints: ${networks.join('; ')}`
        : '';
    rows.push([
      run.name,
      `${status}, ${run.minutes.toFixed(1)} min, finished ${escapeHtml(run.finished)}${trained}`,
    ]);
  }
  return `<h2 id="provenance">Where the numbers come from</h2>\n${facts(rows)}`;
}

/** Marks the tables that continue to the right or left of what is visible. */
const MARK_WIDE = `
const tables = [...document.querySelectorAll('.table > .mckd-table')];
function mark() {
  for (const table of tables) {
    const hidden = table.scrollWidth - table.clientWidth;
    table.parentElement.classList.toggle('more-right', table.scrollLeft < hidden - 1);
    table.parentElement.classList.toggle('more-left', table.scrollLeft > 1);
  }
}
for (const table of tables) table.addEventListener('scroll', mark, { passive: true });
addEventListener('resize', mark);
mark();
`;

const DRAW = `
for (const holder of document.querySelectorAll('figure.plot')) {
  const figure = JSON.parse(holder.querySelector('script').textContent);
  Plotly.newPlot(holder.querySelector('.plot-target'), figure.data, figure.layout, { responsive: true, displaylogo: false });
}
`;

/** The whole page. */
export function reportHtml({ title, manifest, sections, plotly }: ReportOptions): string {
  const warnings = (['failed', 'stopped'] as const).flatMap((status) => {
    const names = manifest.notebooks.filter((run) => run.status === status).map(({ name }) => name);
    if (names.length === 0) return [];
    const word = status === 'failed' ? 'Failed' : 'Stopped';
    const text = `${word}: ${names.join(', ')}. Its results are missing or old.`;
    return [`<p class="failed">${escapeHtml(text)}</p>`];
  });
  const marks = Object.entries(MARK_MEANINGS).map(
    ([mark, meaning]) => `<li><strong>${escapeHtml(mark)}</strong>: ${escapeHtml(meaning)}</li>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    OFFLINE_POLICY,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title><style>${STYLE}</style>`,
    `<script>${inScript(plotly)}</script>`,
    `</head><body><main><h1>${escapeHtml(title)}</h1>`,
    `<p class="facts">Preset ${escapeHtml(manifest.preset)}, seed ${escapeHtml(String(manifest.seed))}, ${manifest.minutes.toFixed(1)} minutes in total.</p>`,
    ...warnings,
    '<p>Tables show printed numbers beside ours where the two may be compared; a difference is ours minus the printed number, in the unit of its column. Every printed number carries the mark of how well it was checked:</p>',
    `<ul class="facts">${marks.join('')}</ul>`,
    contents(sections),
    ...sections.map(sectionHtml),
    provenance(manifest),
    `</main><script>${MARK_WIDE}${DRAW}</script></body></html>`,
    '',
  ].join('\n');
}
