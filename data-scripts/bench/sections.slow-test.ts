/** The sections of the benchmark that train networks of several sizes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { opsOf, stepProfileFigure } from '@mckd/lib/brats';
import { kitAsPeer, noPeer, requireSound } from './kit-as-peer';
import { SECTIONS } from './sections';

test('the section ops counts a step with either kernels, and what its function has', async () => {
  const { profiles = [], rows } = await SECTIONS.ops(noPeer());
  rows?.forEach(requireSound);
  const [native, fused, composed] = profiles;
  assert.deepEqual(
    profiles.map(({ kernels }) => kernels),
    ['native', 'fused', 'composed'],
  );
  for (const fewer of [native, fused]) assert.ok(opsOf(fewer) < opsOf(composed));
  for (const profile of profiles) {
    const { opByOp, asFunction } = profile;
    assert.ok(opByOp.kernels < opsOf(profile));
    assert.ok((asFunction?.nodes ?? 0) > opsOf(profile), 'with constants and arguments');
    assert.match(
      stepProfileFigure({ name: 'x', profile }).layout.title?.text ?? '',
      /A training step: \d+ ops/,
    );
  }
});

for (const name of ['step', 'rivals', 'paper', 'window', 'avx2'] as const) {
  test(`the section ${name} runs against a peer`, async () => {
    const { rows } = await SECTIONS[name](kitAsPeer());
    rows?.forEach(requireSound);
    assert.ok(rows?.some(({ peer }) => peer !== null));
  });
}

test('the section cost runs without one', async () => {
  const { rows, costs } = await SECTIONS.cost(noPeer());
  rows?.forEach(requireSound);
  assert.equal(costs?.length, 8);
});
