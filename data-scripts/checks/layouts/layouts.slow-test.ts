import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { randomStream } from '@mckd/lib/base';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { checkLayout } from './check';
import { writeTinyWeights } from './check-network';
import { makeLayout } from './generate';

/** Other seeds than those of `npm test`. */
const LAYOUTS = 500;

test(`${LAYOUTS} random data sets are read correctly by every command`, async (t) => {
  const folder = temporaryFolder(t);
  const weights = writeTinyWeights(folder);
  for (let i = 0; i < LAYOUTS; i++) {
    const own = join(folder, `set ${i}`);
    const made = makeLayout(randomStream(1000 + i, 'layouts'), join(own, 'data'));
    await checkLayout(made, own, weights);
    rmSync(own, { recursive: true });
  }
});
