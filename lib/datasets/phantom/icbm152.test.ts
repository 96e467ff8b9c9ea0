import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { icbm152OrSkip } from '../../checks/fixtures/phantom';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import { loadIcbm152 } from './icbm152';

test('not in the cache and not to be fetched: the error names the folder and the fix', async (t) => {
  const cacheDirectory = temporaryFolder(t);
  const advice = /not in .*icbm152-2009a and can't be fetched \(.*\); try again .* or put nilearn-/;
  await assert.rejects(loadIcbm152({ cacheDirectory, offline: true }), {
    name: 'UserError',
    message: advice,
  });
  await assert.rejects(loadIcbm152({ cacheDirectory, python: 'no-such-python' }), {
    name: 'UserError',
    message: advice,
  });
  // No partial download is left.
  assert.deepEqual(readdirSync(path.join(cacheDirectory, 'icbm152-2009a')), []);
});

test('a wheel that is not the published one is not opened', async (t) => {
  const cacheDirectory = temporaryFolder(t);
  const folder = path.join(cacheDirectory, 'icbm152-2009a');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'nilearn-0.14.1-py3-none-any.whl'), 'no zip');
  await assert.rejects(loadIcbm152({ cacheDirectory, offline: true }), {
    name: 'UserError',
    message: /its sha256 is [0-9a-f]{64} and should be 7252/,
  });
});

test('the maps: 1 mm, RAS, half a brain of grey and of white matter', async (t) => {
  const maps = await icbm152OrSkip(t);
  if (!maps) return;
  const { shape, affine, axes, t1, grey, white } = maps;
  assert.deepEqual([shape, axes], [[197, 233, 189], 'RAS']);
  assert.deepEqual(
    affine.map((row) => row[3]),
    [-98, -134, -72, 1],
  );
  const litres = (map: ArrayLike<number>): number =>
    Array.from(map).reduce((sum, value) => sum + value, 0) / 255 / 1e6;
  const brain = Array.from(t1).filter((value) => value > 0).length / 1e6;
  assert.ok(brain > 1.6 && brain < 2.1, `${brain} l of brain`);
  assert.ok(litres(grey) > 0.7 && litres(grey) < 1.2, `${litres(grey)} l of grey matter`);
  assert.ok(litres(white) > 0.4 && litres(white) < 0.9, `${litres(white)} l of white matter`);
});
