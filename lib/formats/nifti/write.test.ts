import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../base/errors';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import { writeNifti } from './index';

test('values that can’t be written are an error, and no file is left', (t) => {
  const folder = temporaryFolder(t);
  const affine = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ];
  const file = join(folder, 'not.nii');
  const image = { shape: [2, 1, 1], values: [0, 1], affine, datatype: 'uint8' as const };
  const cases: [object, RegExp][] = [
    [{ values: [0, 256] }, /voxel 1 is 256, which uint8 can't hold/],
    [{ values: [0.5, 1] }, /voxel 0 is 0\.5/],
    [{ values: [NaN, 1] }, /voxel 0 is NaN/],
    [{ values: [1] }, /number of values is 1 and should be 2/],
    [{ shape: [2, 0, 1] }, /shape is \[2,0,1\]/],
    [{ affine: affine.map(() => [0, 0, 0, 0]) }, /affine is/],
  ];
  for (const [wrong, message] of cases) {
    assert.throws(
      () => writeNifti(file, { ...image, ...wrong }),
      (error: Error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        return true;
      },
    );
  }
  assert.throws(() => writeNifti(join(folder, 'x.img'), image), { code: 'BAD_VALUE' });
  assert.deepEqual(readdirSync(folder), []);
});
