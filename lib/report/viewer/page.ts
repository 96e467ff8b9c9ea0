/** A self-contained page that shows a case in three planes and in 3-D. */
import { readFileSync } from 'node:fs';
import { LABELS } from '../../datasets/brats';
import { inScript, OFFLINE_POLICY, scriptJson } from '../html-page';
import { escapeHtml } from '../tables/html';
import { NIIVUE_NOTICE } from './niivue-notice';
import type { ViewerData } from './volumes';
import { shippedFile } from '../../base/shipped-file';

/** Label -> name and colour (Okabe and Ito's, distinguishable for most colour-blind people, too). */
const LEGEND: readonly {
  label: number;
  name: string;
  colour: readonly [number, number, number];
}[] = [
  { label: LABELS.core, name: 'necrotic and non-enhancing core', colour: [213, 94, 0] },
  { label: LABELS.oedema, name: 'oedema', colour: [86, 180, 233] },
  { label: LABELS.enhancing, name: 'enhancing tumour', colour: [240, 228, 66] },
];

const STYLE = `
:root { color-scheme: dark; }
html, body { height: 100%; margin: 0; background: #000; color: #ddd; font: 15px/1.4 Helvetica, Arial, sans-serif; }
body { display: flex; flex-direction: column; }
header, footer { padding: 8px 16px; background: #1b1b1b; display: flex; flex-wrap: wrap; gap: 4px 28px; align-items: center; }
h1 { font-size: 18px; margin: 0; color: #fff; overflow-wrap: anywhere; }
fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0 14px; }
legend { float: left; margin-right: 12px; color: #999; }
label { white-space: nowrap; cursor: pointer; }
input[type=range] { vertical-align: middle; width: 110px; }
#stage { position: relative; flex: 1; min-height: 320px; }
#stage canvas { position: absolute; inset: 0; width: 100%; height: 100%; outline: none; }
#message { position: absolute; top: 40%; width: 100%; text-align: center; }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 2px; margin-right: 6px; }
#place { margin-left: auto; font-variant-numeric: tabular-nums; color: #aaa; min-height: 1.4em; }
`;

/** The page's own script. */
function clientScript(): string {
  return readFileSync(shippedFile('report', 'viewer', 'client.mjs'), 'utf8');
}

export interface ViewerPageOptions {
  data: ViewerData;
  /** The source text of NiiVue's bundle for plain script elements (UMD). */
  niivue: string;
}

/** The page's text, in pieces: volumes make it long. */
export function viewerPage({ data, niivue }: ViewerPageOptions): Iterable<Buffer> {
  const title = escapeHtml(data.title);
  const choice = (type: 'radio' | 'checkbox', set: string, name: string, i: number): string =>
    `<label><input type="${type}" name="${set}" value="${i}"${i === 0 ? ' checked' : ''}> ${escapeHtml(name)}</label>`;
  const fieldset = (
    legend: string,
    type: 'radio' | 'checkbox',
    set: 'scan' | 'overlay',
  ): string => {
    const inputs = data[`${set}s`].map(({ name }, i) => choice(type, set, name, i));
    return inputs.length === 0
      ? ''
      : `<fieldset><legend>${legend}</legend>${inputs.join('')}</fieldset>`;
  };
  const swatches = LEGEND.map(
    ({ name, colour }) =>
      `<span><span class="swatch" style="background:rgb(${colour.join(',')})"></span>${name}</span>`,
  );
  const facts = {
    scans: data.scans.map(({ name }) => name),
    overlays: data.overlays.map(({ name }) => name),
    focus: data.focus ?? null,
    legend: LEGEND,
  };
  const head = [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    OFFLINE_POLICY,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title><style>${STYLE}</style>`,
    `<!--\n${NIIVUE_NOTICE}\n-->`,
    `<script>${inScript(niivue)}</script>`,
    `</head><body><header><h1>${title}</h1>`,
    fieldset('scan', 'radio', 'scan'),
    fieldset('labels', 'checkbox', 'overlay'),
    data.overlays.length === 0
      ? ''
      : '<label>opacity <input id="opacity" type="range" min="0" max="1" step="0.05" value="0.6"></label>',
    '<label>cut in 3-D <input id="cut" type="range" min="-0.5" max="0.5" step="0.01" value="0.1"></label>',
    '</header><div id="stage"><canvas id="canvas"></canvas><p id="message">Unpacking the scans …</p></div>',
    `<footer>${data.overlays.length === 0 ? '' : swatches.join('')}<span id="place"></span></footer>`,
    `<script type="application/json" id="facts">${scriptJson(facts)}</script>`,
  ].join('\n');
  const volume = (set: 'scan' | 'overlay', i: number, nifti: Buffer): string =>
    `\n<script type="text/plain" id="${set}-${i}">${nifti.toString('base64')}</script>`;
  return (function* () {
    yield Buffer.from(head);
    for (const set of ['scan', 'overlay'] as const) {
      for (const [i, { nifti }] of data[`${set}s`].entries()) {
        yield Buffer.from(volume(set, i, nifti));
      }
    }
    yield Buffer.from(`\n<script>${inScript(clientScript())}</script></body></html>\n`);
  })();
}
