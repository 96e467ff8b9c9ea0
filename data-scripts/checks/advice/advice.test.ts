/** Following the advice of the kit's messages removes the fault. */
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, writeMadeCase } from '@mckd/lib/fixtures/prepared';
import { runCommand, withVariables } from '../layouts/command';
import { writeTinyWeights } from '../layouts/check-network';
import { DATA_ROWS } from './data-rows';
import { NETWORK_ROWS, TINY_TRAINING } from './network-rows';
import { followAdvice, type Place } from './row';

test('advice of messages helps', async (t) => {
  const root = temporaryFolder(t);
  const weights = writeTinyWeights(root);
  let once: Promise<string> | undefined;
  for (const [i, row] of [...DATA_ROWS, ...NETWORK_ROWS].entries()) {
    const place = placeOf(join(root, `row ${i}`), weights, () => (once ??= trainOnce(root)));
    // A row may change it.
    const env = { MCKD_CACHE: join(root, 'cache') };
    await t.test(row.of, () => withVariables(env, () => followAdvice(row, place)));
  }
});

/** Trains two steps; the folder has the data and the run. */
async function trainOnce(root: string): Promise<string> {
  const [data, run] = [join(root, 'trained', 'data'), join(root, 'trained', 'run')];
  for (const [seed, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    writeMadeCase(data, name, { seed });
  }
  const { code, stderr } = await runCommand([
    'train',
    ...TINY_TRAINING,
    '--data',
    data,
    '--out',
    run,
  ]);
  assert.equal(code, 0, stderr);
  return join(root, 'trained');
}

function placeOf(folder: string, weights: string, trainOnce: () => Promise<string>): Place {
  return {
    at: (...names) => join(folder, ...names),
    weights,
    trained: async () => {
      cpSync(await trainOnce(), folder, { recursive: true });
      return join(folder, 'run');
    },
  };
}
