import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { everyKind } from '@mckd/lib/fixtures/every-figure';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { figureBundle, findKitRoot, PLOTLY_MIME, tableBundle } from '@mckd/lib/report';
import { browserOrSkip, table } from './shown-notebooks';
import { notebookOf, picked, stillsIn, VIEWERS } from './viewers';

const bundles = Object.entries(everyKind()).map(([kind, figure]) => ({
  kind,
  ...figureBundle(figure),
}));

test('each viewer shows plotly’s figure or a still, and none the text alone', () => {
  for (const { kind, data } of bundles) {
    for (const [viewer, order] of Object.entries(VIEWERS)) {
      const shown = picked(order, data);
      const wanted = order.includes(PLOTLY_MIME)
        ? PLOTLY_MIME
        : kind === 'pictures'
          ? 'image/png'
          : 'image/svg+xml';
      assert.equal(shown, wanted, `${viewer}: ${kind}`);
    }
  }
});

test('LaTeX shows a table of its own, viewers of images its text, and all others the HTML', () => {
  const bundle = tableBundle(table);
  for (const [viewer, order] of Object.entries(VIEWERS)) {
    const wanted =
      viewer === 'nbconvert to LaTeX'
        ? 'text/latex'
        : order.includes('text/html')
          ? 'text/html'
          : 'text/plain';
    assert.equal(picked(order, bundle), wanted, viewer);
  }
});

// `npm run test:slow` renders the notebooks of the kit.
test('by nbconvert, without network and JavaScript, every kind of figure is seen', async (t) => {
  const browser = browserOrSkip(t);
  if (!browser) return;
  const folder = temporaryFolder(t);
  const file = join(folder, 'figures.ipynb');
  const outputs = bundles.map(({ data, metadata }) => ({
    output_type: 'display_data',
    data,
    metadata,
  }));
  writeFileSync(file, JSON.stringify(notebookOf(outputs)));
  const { figures } = await stillsIn(findKitRoot(__dirname), [file], folder, browser);
  assert.equal(figures.length, bundles.length);
  for (const [i, { kind }] of bundles.entries()) {
    const { width, height, drawn } = figures[i];
    assert.ok(width > 300 && height > 100, `${kind} is shown as ${width} x ${height}`);
    assert.ok(drawn > 0.005, `${kind} is blank`);
  }
});
