/** Names of files, captions and messages are untrusted: in all output they are plain text. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { buildConfig } from '../config';
import { progress, showAudio, showFigure, showTable } from '../report/display';
import { figureToSvg } from '../report/figures/svg';
import { curvesFigure, type Figure } from '../report/figures';
import { buildManifest, type Manifest } from '../report/manifest';
import { reportHtml } from '../report/html-report';
import {
  tableToCsv,
  tableToHtml,
  tableToLatex,
  tableToMarkdown,
  type Table,
} from '../report/tables';
import { viewerPage } from '../report/viewer';

const NAMES = [
  '<script>alert(1)</script>',
  '"><img src=x onerror="alert(1)">',
  "' onmouseover='alert(1)",
  '</script><script src="https://example.org/x.js"></script>',
  '<!--<script>',
  ']]></title></style></svg><svg onload=alert(1)>',
  '&lt;b&gt; &amp;#60; & co',
  '\\%$#_{}~^',
  '\\input{/etc/passwd} \\write18{id} $x$ %',
  'a | b || c\n| d',
  'line one\r\nline two\rline three\u2028line four',
  '[a](javascript:alert(1)) ![b](https://example.org/c.png) `d` *e* _f_',
  '=cmd|" /C calc"!A0',
  '+1+1',
  '-2+3',
  '@SUM(1)',
  '\t=1+1',
  '*',
  '[0, 1]',
  '\u0000\u0007\u001b[31m',
];

const HARMLESS = 'x';

function tableOf(name: string): Table {
  return {
    name: 'a-table',
    title: name,
    caption: name,
    columns: [
      { key: 'case', title: name, group: name },
      { key: 'printed', title: 'printed', group: 'g' },
      { key: 'ours', title: 'ours', best: 'highest' },
    ],
    rows: [
      { case: name, printed: { value: 1, source: name, mark: 'S' }, ours: -1 },
      { case: 'b', printed: { value: null, source: name, mark: 'not verified' }, ours: name },
    ],
  };
}

function figureOf(name: string): Figure {
  return curvesFigure({
    title: name,
    x: { title: name },
    y: { title: name },
    series: [{ name, y: [1, 2] }],
  });
}

/** Elements and the names of their attributes, in order, as a browser parses them. */
function structure(markup: string): string[] {
  const scripts = markup.replace(/(<script[^>]*>)[^]*?(<\/script>)/gi, '$1$2');
  const styles = scripts.replace(/(<style[^>]*>)[^]*?(<\/style>)/gi, '$1$2');
  return [...styles.matchAll(/<(!--|[/!]?[a-z][^\s>/]*)([^>]*)>?/gi)].map(([, tag, rest]) =>
    [tag, ...[...rest.matchAll(/([a-z-]+)=("[^"]*"|'[^']*'|[^\s"']+)/gi)].map(([, a]) => a)].join(
      ' ',
    ),
  );
}

/** The text that a browser shows. */
function textOf(markup: string): string {
  const names: Record<string, string> = {
    lt: '<',
    gt: '>',
    quot: '"',
    '#39': "'",
    amp: '&',
    nbsp: ' ',
  };
  return markup
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|quot|#39|amp|nbsp);/g, (_, name: string) => names[name]);
}

test('tables as HTML: a name changes no element, and is shown literally', () => {
  const should = structure(tableToHtml(tableOf(HARMLESS)));
  for (const name of NAMES) {
    const html = tableToHtml(tableOf(name));
    assert.deepEqual(structure(html), should, name);
    assert.equal(
      textOf(html).split(name).length,
      textOf(tableToHtml(tableOf('XXXX'))).split('XXXX').length,
    );
  }
});

/** Markdown without escaped characters. */
function bareMarkdown(markdown: string): string {
  return markdown.replace(/\\[!-/:-@[-`{-~]/g, '');
}

test('tables as Markdown: as many lines and cells, and no mark, element or formula', () => {
  const marks = (text: string): string => bareMarkdown(text).replace(/[^\n|*<>[\]`$~_#]/g, '');
  const should = marks(tableToMarkdown(tableOf(HARMLESS)));
  for (const name of NAMES) {
    const markdown = tableToMarkdown(tableOf(name));
    assert.equal(marks(markdown), should, name);
    assert.ok(!/[\r\u2028\u2029]/.test(markdown), name);
    assert.ok(!/&#?\w+;/.test(bareMarkdown(markdown)), `${name} has an entity`);
  }
});

test('tables as LaTeX: as many cells and rows, braces that match, and no command but the kit’s', () => {
  const KNOWN =
    /\\(begin|end|centering|caption|label|toprule|midrule|bottomrule|cmidrule|multicolumn|textbf|textit|textsuperscript|textbackslash|textasciitilde|textasciicircum|textless|textgreater|pm|times)(?![a-zA-Z])/g;
  const bare = (tex: string): string => tex.replace(/\\\\\n/g, '¶\n').replace(/\\[{}$&#_%]/g, '');
  const count = (tex: string, what: RegExp): number => bare(tex).match(what)?.length ?? 0;
  const should = tableToLatex(tableOf(HARMLESS));
  for (const name of NAMES) {
    const tex = tableToLatex(tableOf(name));
    for (const what of [/&/g, /¶/g, /\n/g])
      assert.equal(count(tex, what), count(should, what), name);
    assert.equal(count(tex, /\{/g), count(tex, /\}/g), name);
    assert.equal(count(tex, /[%#~^\r\u2028]/g), 0, name);
    assert.equal(count(tex, /_/g), 0, name);
    assert.ok(!bare(tex).replace(KNOWN, '').includes('\\'), bare(tex).replace(KNOWN, ''));
    assert.ok(!/¶\n[[*]/.test(bare(tex)), `${name} is an argument of the row before`);
  }
});

/** The fields of CSV, by RFC 4180. */
function fieldsOf(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows[rows.length - 1].push(quoted === undefined ? plain : quoted.replace(/""/g, '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

test('tables as CSV: text survives completely, and no text is a formula; numbers stay numbers', () => {
  for (const name of NAMES) {
    const [head, first, second] = fieldsOf(tableToCsv(tableOf(name)));
    const formula = /^[=+\-@\t]/.test(name);
    const safe = formula ? `'${name}` : name;
    assert.deepEqual(first, [safe, '1', 'S', safe, '-1'], name);
    assert.deepEqual(second, ['b', '', 'not verified', safe, safe], name);
    for (const field of head) assert.ok(!/^[=+\-@\t\r]/.test(field), field);
  }
});

test('a static SVG: a name changes no element, and the XML stays valid', () => {
  const should = structure(figureToSvg(figureOf(HARMLESS)));
  for (const name of NAMES) {
    const svg = figureToSvg(figureOf(name));
    assert.deepEqual(structure(svg), should, name);

    assert.ok(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(svg), name);
    assert.ok(!/&(?!amp;|lt;|gt;|quot;)/.test(svg), name);
  }
});

function manifestOf(name: string): Manifest {
  const config = buildConfig('smoke');
  return {
    ...buildManifest({
      kit: { version: name, commit: name, modified: true },
      versions: { node: name, tensorflow: name, tfjs: name, tslab: name, danfojs: name },
      hardware: { cpu: name, cores: 2, memoryGiB: 8, gpu: name },
      config,
      runs: [
        {
          name,
          status: 'failed',
          minutes: 1,
          finished: name,
          commit: name,
          config,
          configSha256: name,
          tables: [],
          figures: [],
          data: [{ name, sha256: name, description: name }],
          trainings: [{ name, folder: name, settingsSha256: name, checkpointSha256: name }],
        },
      ],
    }),
    // As in a file, whatever the types promise.
    preset: name,
    seed: name as unknown as number,
    configSha256: name,
  };
}

function reportOf(name: string): string {
  return reportHtml({
    title: name,
    manifest: manifestOf(name),
    plotly: 'window.Plotly = 1;',
    sections: [
      { name, title: name, tables: [tableOf(name)], figures: [{ name, figure: figureOf(name) }] },
    ],
  });
}

function viewerOf(name: string): string {
  const volume = { name, nifti: Buffer.from('n') };
  const data = { title: name, scans: [volume], overlays: [volume] };
  return Buffer.concat([...viewerPage({ data, niivue: 'window.niivue = 1;' })]).toString();
}

/** Everything that a browser would load by itself. */
function fetched(page: string): string[] {
  const loading = [
    /<[^>]*\s(?:src|srcset|poster|data|action|background|xlink:href)\s*=[^>]*>/gi,
    /<(?:link|iframe|frame|object|embed|base|applet|portal)\b[^>]*>/gi,
    /<meta[^>]*refresh[^>]*>/gi,
    /url\([^)]*\)|@import[^;]*/gi,
    /\b(?:import|importScripts|fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon)\s*\(/g,
  ];
  return loading.flatMap((kind) => [...page.matchAll(kind)].map(([found]) => found));
}

for (const [kind, pageOf] of [
  ['the report', reportOf],
  ['the viewer’s page', viewerOf],
] as const) {
  test(`${kind}: a name changes no element and no script, and nothing is loaded`, () => {
    const harmless = pageOf(HARMLESS);
    const should = structure(harmless);
    const policy = /<meta http-equiv="Content-Security-Policy" content="default-src ([^;"]*);/.exec(
      harmless,
    );
    assert.equal(policy?.[1], "'unsafe-inline' 'unsafe-eval' data: blob:", 'no network access');
    assert.ok(
      (policy?.index ?? Infinity) < harmless.search(/<(style|script|title)/),
      'before everything else',
    );
    const code = (page: string): string[] =>
      [...page.matchAll(/<script>([^]*?)<\/script>/g)].map(([, source]) => source);
    for (const name of NAMES) {
      const page = pageOf(name);
      assert.deepEqual(structure(page), should, name);
      assert.deepEqual(code(page), code(harmless), name);
      assert.deepEqual(fetched(textless(page)), [], name);
      for (const [, json] of page.matchAll(
        /<script type="application\/json"[^>]*>([^]*?)<\/script>/g,
      )) {
        assert.ok(json.includes('\\u003c') || !name.includes('<'), name);
        assert.doesNotThrow(() => JSON.parse(json));
      }
    }
  });
}

/** A page's elements, scripts and styles, without the text between, in titles, and the data in them. */
function textless(page: string): string {
  const scripts = [...page.matchAll(/<(script|style)>[^]*?<\/\1>/g)].map(([found]) => found);
  const elements = page.replace(/<(script|style)[^]*?<\/\1>/g, '').match(/<[^>]*>/g) ?? [];
  return [...scripts, ...elements].join('\n').replace(/ title="[^"]*"/g, '');
}

test('a page that loads something would be detected', () => {
  for (const bad of [
    '<img src="https://example.org/a.png">',
    '<link rel="stylesheet" href="//example.org/a.css">',
    '<style>body { background: url(https://example.org/a.png) }</style>',
    '<style>@import "https://example.org/a.css";</style>',
    '<script>fetch("https://example.org")</script>',
  ]) {
    assert.equal(fetched(textless(bad)).length, 1, bad);
  }
  assert.deepEqual(fetched('<a href="https://example.org">a link to click</a>'), []);
});

const KERNEL = '/kernel/node_modules/tslab/dist/jupyter.js';
let sent: Record<string, unknown>[] = [];
beforeEach(() => {
  sent = [];
  const write = ({ data }: { data: Record<string, unknown> }): void => void sent.push(data);
  require.cache[KERNEL] = { exports: { lastWriteDisplayData: write } } as unknown as NodeModule;
});
afterEach(() => {
  delete require.cache[KERNEL];
});

test('in a notebook: tables, bars, sounds and figures', () => {
  const shown = (name: string): string[][] => {
    sent = [];
    showTable(tableOf(name));
    progress(name, 2).finish(name);
    showAudio([0, 0], 8000, name);
    showFigure(figureOf(name));
    return sent.map((data) => structure(String(data['text/html'] ?? data['image/svg+xml'])));
  };
  const should = shown(HARMLESS);
  assert.equal(should.length, 4);
  for (const name of NAMES) assert.deepEqual(shown(name), should, name);
});
