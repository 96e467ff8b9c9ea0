import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { curvesFigure } from './figures';
import { buildManifest } from './manifest';
import { reportHtml, type ReportOptions } from './html-report';

const config = buildConfig('smoke');
const manifest = buildManifest({
  kit: { version: '0.1.0', commit: 'abc', modified: true },
  versions: {
    node: '20.1.0',
    tensorflow: '2.21.0',
    tfjs: '4.22.0',
    tslab: '1.0.22',
    danfojs: '1.2.0',
    compute: { oneDnn: true, instructions: 'AVX2', kernels: 'native', settings: { X: '<1>' } },
  },
  hardware: { cpu: 'a <cpu>', cores: 2, memoryGiB: 8, gpu: null },
  config,
  runs: [
    {
      name: '06-b',
      status: 'failed',
      minutes: 1,
      finished: '2026',
      commit: null,
      config,
      configSha256: '',
      tables: [],
      figures: [],
      data: [],
      trainings: [
        {
          name: 'MCKD, seed 0',
          folder: 'seed0-abc',
          settingsSha256: '',
          checkpointSha256: '0123456789abcdef',
        },
      ],
    },
  ],
});

const options: ReportOptions = {
  title: 'Results & more',
  manifest,
  plotly: 'window.Plotly = "</script>";',
  sections: [
    {
      name: '06-b',
      title: '06 Title',
      tables: [
        {
          name: 'accuracy',
          title: 'Accuracy',
          caption: 'c',
          columns: [{ key: 'a', title: 'a' }],
          rows: [{ a: { value: null, source: 's', mark: 'not verified' } }],
        },
      ],
      figures: [
        {
          name: 'loss',
          figure: curvesFigure({
            title: '</script><b>',
            x: { title: 'x' },
            y: { title: 'y' },
            series: [{ name: 'n', y: [1] }],
          }),
        },
      ],
    },
  ],
};

test('every table and figure is in the page, and in its contents', () => {
  const html = reportHtml(options);
  assert.ok(
    html.includes('href="#table-06-b-accuracy"') && html.includes('id="table-06-b-accuracy"'),
  );
  assert.ok(html.includes('href="#figure-06-b-loss"') && html.includes('id="figure-06-b-loss"'));
  assert.ok(html.includes('not verified'));
  assert.equal(html.match(/<figure class="plot"/g)?.length, 1);
});

test('nothing breaks out of its script element, and nothing is fetched', () => {
  const html = reportHtml(options);
  assert.equal(html.match(/<script/g)?.length, html.match(/<\/script>/g)?.length);
  const json = /<script type="application\/json">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  assert.deepEqual(
    JSON.parse(json),
    JSON.parse(JSON.stringify(options.sections[0].figures[0].figure)),
  );
  assert.ok(!/(src|href)="(https?:)?\/\//.test(html));
});

test('a failed notebook is named at the top, and the numbers can be traced', () => {
  const html = reportHtml(options);
  assert.ok(
    html.indexOf('Failed: 06-b') > 0 && html.indexOf('Failed: 06-b') < html.indexOf('<nav>'),
  );
  assert.ok(html.includes(manifest.configSha256));
  assert.ok(html.includes('oneDNN on, AVX2, the kit’s kernels; X=&lt;1&gt;'));
  assert.ok(html.includes('a &lt;cpu&gt;') && html.includes('commit abc with changes'));
  assert.ok(html.includes('MCKD, seed 0 <code>0123456789ab</code>'));
});
