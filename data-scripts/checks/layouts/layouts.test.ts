import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { randomStream } from '@mckd/lib/base';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { checkLayout } from './check';
import { writeTinyWeights } from './check-network';
import { makeLayout } from './generate';

/** `npm run test:slow` makes 500. */
const LAYOUTS = 40;

test(`${LAYOUTS} random data sets are read correctly by every command`, async (t) => {
  const folder = temporaryFolder(t);
  const weights = writeTinyWeights(folder);
  for (let i = 0; i < LAYOUTS; i++) {
    const own = join(folder, `set ${i}`);
    const made = makeLayout(randomStream(i, 'layouts'), join(own, 'data'));
    await checkLayout(made, own, weights);
    rmSync(own, { recursive: true });
  }
});
