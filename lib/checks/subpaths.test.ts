/** What package.json's `exports` promise: every subpath loads, and rooms without networks load no TensorFlow. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { shippedFile } from '../base/shipped-file';

const { exports: exported } = JSON.parse(readFileSync(shippedFile('package.json'), 'utf8')) as {
  exports: Record<string, string>;
};
const SUBPATHS = Object.keys(exported).filter((key) => !/[*]|package\.json/.test(key));

/** Those whose functions compute on tensors. */
const WITH_TENSORFLOW = [
  '.',
  './nn',
  './graph',
  './models',
  './brats',
  './avmnist',
  './lessons',
  './checks',
];

/** Loads subpaths in a process of its own. */
const PROGRAM = `
const [how, ...names] = process.argv.slice(1);
const load = (name) => (how === 'import' ? import(name) : require(name));
Promise.all(names.map(load)).then((loaded) => {
  const tensorflow = Object.keys(require.cache).some((file) => /tfjs-node|danfojs/.test(file));
  console.log(JSON.stringify({ tensorflow, names: loaded.map((one) => Object.keys(one)) }));
});
`;

function loaded(how: 'import' | 'require', subpaths: readonly string[]) {
  const names = subpaths.map((subpath) => `@mckd/lib${subpath.slice(1)}`);
  const output = execFileSync(process.execPath, ['-e', PROGRAM, how, ...names], {
    cwd: shippedFile(),
    encoding: 'utf8',
    stdio: 'pipe',
  });
  return JSON.parse(output) as { tensorflow: boolean; names: string[][] };
}

test('subpaths of rooms without networks load no TensorFlow', () => {
  const without = SUBPATHS.filter((subpath) => !WITH_TENSORFLOW.includes(subpath));
  assert.ok(without.length > 9, without.join(' '));
  assert.equal(loaded('require', without).tensorflow, false);
  for (const subpath of WITH_TENSORFLOW)
    assert.equal(loaded('require', [subpath]).tensorflow, true, subpath);
});

test('every subpath has the same names for require and for import', () => {
  const esm = loaded('import', SUBPATHS).names;
  const own = loaded('require', SUBPATHS).names.map((names) => [...names].sort());
  const shown = esm.map((names) =>
    names.filter((name) => !['default', '__esModule', 'module.exports'].includes(name)).sort(),
  );
  assert.deepEqual(shown, own);
});

test('nothing else can be reached', () => {
  assert.throws(() => loaded('require', ['./dist/base/errors']), /ERR_PACKAGE_PATH_NOT_EXPORTED/);
});
