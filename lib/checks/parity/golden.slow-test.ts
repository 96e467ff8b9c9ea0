/** Golden files in double precision. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { judge } from './compare';
import { compared, excerpt } from './excerpts';
import type { Golden } from './golden';
import { readParityFile } from './reference';

// The others take minutes each.
for (const method of ['lckd', 'rfnet', 'mmformer', 'uhemis', 'uhved']) {
  test(`${method}: losses, outputs and gradients are its authors' in float64`, async () => {
    assert.deepEqual(judge(await compared(excerpt(method), ['float64'])).off, []);
  });
}

const whole = process.env.MCKD_GOLDEN;
test(
  'whole golden files in both precisions',
  { skip: whole ? false : 'MCKD_GOLDEN names no folder of golden files' },
  async () => {
    for (const name of readdirSync(whole!).filter((file) => file.endsWith('.json'))) {
      const file = join(whole!, name);
      const content = readParityFile(file).content as Golden;
      const verdict = judge(await compared({ file, content }, ['float32', 'float64']));
      assert.deepEqual(verdict.off, [], name);
    }
  },
);
