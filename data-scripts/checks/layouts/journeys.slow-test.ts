import { join } from 'node:path';
import { test } from 'node:test';
import { randomStream } from '@mckd/lib/base';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { makeLayout } from './generate';
import { travel } from './journey';
import { NAMINGS, type NamingName } from './namings';

for (const naming of Object.keys(NAMINGS) as NamingName[]) {
  test(`a data set of ${naming}, from verify to view`, async (t) => {
    const folder = join(temporaryFolder(t), 'data');
    await travel(makeLayout(randomStream(0, 'journeys'), folder, { naming, sound: true }));
  });
}
