import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { gradeNotebooks } from './grade';
import { fixture } from './made-notebooks';

test('a cell that never ends fails alone', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'endless.ipynb');
  const cells = [
    "import * as mckd from '@mckd/lib';",
    "while (true) {}\nmckd.check('04.1', 1);",
    "const q4 = mckd.given('04.4');\nmckd.check('04.4', (q4.w[0] / q4.w[1]) ** 2);",
  ];
  writeFileSync(file, JSON.stringify(fixture(cells)));
  // Longer than the other cells take on any machine.
  const [copy] = await gradeNotebooks({ files: [file], out: join(folder, 'out'), cellSeconds: 90 });
  assert.equal(copy.student, 'endless');
  assert.equal(copy.points, 1);
  assert.equal(copy.exercises[0].reason, 'the cell ran longer than 90 s');
});
