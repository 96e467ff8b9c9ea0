import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../base/errors';
import { keptInput, makeInput, tryInput } from './attempt';
import { corpus } from './corpus';
import { judge } from './judge';
import { heldMiB } from '../../base/memory';
import { runFuzz, type FuzzSummary } from './run';
import { FUZZ_TARGETS, fuzzTarget } from './targets';
import { FUZZ_LIMITS } from './types';

const folder = mkdtempSync(join(tmpdir(), 'mckd-faults-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function summaryOf(run: AsyncGenerator<unknown, FuzzSummary>): Promise<FuzzSummary> {
  for (;;) {
    const next = await run.next();
    if (next.done) return next.value;
  }
}

test('every input of the corpus is an error that names its file, or read exactly', async () => {
  const inputs = corpus();
  assert.ok(inputs.length >= 20, `${inputs.length} inputs`);
  for (const { target: name, path, now, was } of inputs) {
    const target = fuzzTarget(name);
    await target.prepare?.();
    const make = () => keptInput(target, path);
    const limits = { ...FUZZ_LIMITS, cpuSeconds: 10 };
    const { verdict, detail } = await tryInput(target, make, join(folder, 'x'), heldMiB(), limits);
    assert.equal(verdict, now, `${path} (${was}): ${detail}`);
  }
});

test('two hundred mutated files of every kind: no crash, hang, memory explosion or wrong data', async () => {
  const targets = FUZZ_TARGETS.filter(({ cost }) => cost <= 2).map(({ name }) => name);
  const {
    faults,
    mutations,
    targets: counted,
  } = await summaryOf(runFuzz({ seed: 9, inputs: 20, targets, cpuSeconds: 10 }));
  assert.deepEqual(faults, []);
  assert.ok(mutations >= 200, `${mutations} mutations`);
  for (const [name, { errors, exact, inputs }] of Object.entries(counted)) {
    assert.equal(errors + exact, inputs, name);
    // A reader that refuses everything, or accepts everything, was not tested.
    assert.ok(errors > 0 && exact > 0, `${name}: ${errors} errors, ${exact} exact`);
  }
});

test('files that unpack to a thousand times their size, and long headers', async () => {
  const targets = FUZZ_TARGETS.filter(({ alone }) => alone).map(({ name }) => name);
  const summary = await summaryOf(runFuzz({ seed: 7, inputs: 40, targets, cpuSeconds: 10 }));
  assert.deepEqual(summary.faults, []);
  assert.equal(summary.mutations, targets.length);
  assert.ok(summary.worstMemoryMiB > 0 && summary.worstMemoryMiB < 256);
});

test('the same seed gives the same inputs, another gives others', () => {
  for (const target of FUZZ_TARGETS.filter(({ cost }) => cost < 30)) {
    assert.ok(isDeepStrictEqual(makeInput(target, 1, 5), makeInput(target, 1, 5)), target.name);
    const others = [0, 1, 2, 3, 4].map((index) => makeInput(target, 2, index));
    assert.ok(
      others.some((one, i) => !isDeepStrictEqual(one, makeInput(target, 3, i))),
      target.name,
    );
  }
});

test('the judge distinguishes right from wrong', () => {
  const target = { names: 'file' as const };
  const files = ['/x/image.nii'];
  const calm = { cpuSeconds: 0.1, peakMiB: 1 };
  const verdictOf = (attempt: object, expected: unknown, same?: { expected: unknown }): string =>
    judge(target, { attempt: { ...calm, ...attempt }, files, expected, same }).verdict;
  const named = new UserError('/x/image.nii: dim[1] is 0', { code: 'BAD_FILE', field: 'dim[1]' });
  assert.equal(verdictOf({ thrown: named }, undefined), 'error');
  assert.equal(verdictOf({ thrown: named }, { shape: [1] }), 'error', 'stricter is allowed');
  assert.equal(
    verdictOf({ thrown: new UserError('dim[1] is 0', { code: 'BAD_FILE' }) }, undefined),
    'unnamed',
  );
  assert.equal(verdictOf({ thrown: new TypeError('/x/image.nii') }, undefined), 'crash');
  assert.equal(verdictOf({ returned: { shape: [1] } }, { shape: [1] }), 'exact');
  assert.equal(verdictOf({ returned: { shape: [1] } }, { shape: [2] }), 'wrong');
  assert.equal(verdictOf({ returned: { shape: [1] } }, undefined), 'wrong');
  assert.equal(verdictOf({ returned: [1] }, [1], { expected: [2] }), 'wrong', 'past its checksum');
  assert.equal(verdictOf({ returned: [NaN] }, [NaN]), 'exact');
  assert.equal(verdictOf({ returned: [1], cpuSeconds: 1.2 }, [1]), 'hang');
  assert.equal(verdictOf({ thrown: named, peakMiB: 300 }, undefined), 'memory');
});
