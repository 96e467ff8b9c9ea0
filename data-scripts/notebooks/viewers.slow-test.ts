import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { findKitRoot } from '@mckd/lib/report';
import { readNotebook } from './results';
import { listNotebooks } from './run';
import { browserOrSkip } from './shown-notebooks';
import { figureCount, stillsIn } from './viewers';

const root = findKitRoot(__dirname);

test('by nbconvert, without network and JavaScript, every figure of every notebook is seen', async (t) => {
  const browser = browserOrSkip(t);
  if (!browser) return;
  const files = listNotebooks(join(root, 'notebooks'));
  const seen = await stillsIn(root, files, temporaryFolder(t), browser);
  for (const file of files) {
    const name = basename(file, '.ipynb');
    assert.equal(seen[name].length, figureCount(readNotebook(file)), name);
    for (const [i, { width, height, drawn }] of seen[name].entries()) {
      assert.ok(width > 300 && height > 100, `${name}: figure ${i} is ${width} x ${height}`);
      assert.ok(drawn > 0.005, `${name}: figure ${i} is blank`);
    }
  }
});
