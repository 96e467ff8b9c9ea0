import { join } from 'node:path';
import { test } from 'node:test';
import { randomStream } from '@mckd/lib/base';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { makeLayout } from './generate';
import { travel } from './journey';

test('the Decathlon’s layout, from verify to view', async (t) => {
  const folder = join(temporaryFolder(t), 'data');
  await travel(
    makeLayout(randomStream(0, 'journeys'), folder, { naming: 'decathlon', sound: true }),
  );
});
