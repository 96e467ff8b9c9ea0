import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../base/random';
import { buildConfig } from '../config';
import { assertNoLeak } from '../checks/fixtures/tensors';
import { disposeAll } from '../nn/parameters';
import { modelNamed } from './models';
import { networkSize, type NetworkSize } from './network-size';

/** Of a method's network at full width, on a crop of `share` of the voxels of its paper's. */
function sizeOf(model: string, crop: [number, number, number]): NetworkSize {
  const { brats } = buildConfig('paper', { brats: { model, crop } });
  const parameters = modelNamed(model).parameters(brats, randomStream(0, 'size'));
  const size = networkSize({ model: modelNamed(model), parameters }, crop);
  disposeAll(parameters);
  return size;
}

test('parameters and multiply-adds are those counted on the authors’ networks', () => {
  assertNoLeak(() => {
    // 80 x 80 x 80 has 125 times the voxels: 102 G counted there on the authors' code.
    const rfnet = sizeOf('rfnet', [16, 16, 16]);
    assert.equal(rfnet.parameters, 8_984_960);
    assert.equal(Math.round((125 * rfnet.multiplyAdds) / 1e9), 102);
    // 80 x 160 x 160 as well: 377 G. The crop is so small that most taps of the dilated convolutions look past its edge.
    const mckd = sizeOf('mckd', [16, 32, 32]);
    assert.equal(mckd.parameters, 43_656_672);
    assert.ok(Math.abs((125 * mckd.multiplyAdds) / 1e9 - 377) < 4);
  });
});
