import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { randomStream } from '@mckd/lib/base';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { checkLayout } from './check';
import { writeTinyWeights } from './check-network';
import { makeLayout } from './generate';
import { NAMINGS, type NamingName } from './namings';

const names = Object.keys(NAMINGS) as NamingName[];

// `npm run test:slow` makes 500.
test(`${names.length} random data sets, one of each naming, are read correctly by every command`, async (t) => {
  const folder = temporaryFolder(t);
  const weights = writeTinyWeights(folder);
  for (const [i, naming] of names.entries()) {
    const own = join(folder, `set ${i}`);
    const made = makeLayout(randomStream(i, 'layouts'), join(own, 'data'), { naming });
    await checkLayout(made, own, weights);
    rmSync(own, { recursive: true });
  }
});
