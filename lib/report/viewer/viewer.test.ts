import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { EDITIONS, findCases, readCase } from '../../datasets/brats';
import { writeNifti } from '../../formats/nifti';
import { toAxes } from '../../volume/orientation';
import { MADE_SHAPE, temporaryFolder, writeMadeCase } from '../../checks/fixtures/prepared';
import { viewerPage } from './page';
import { readViewerData } from './volumes';

const OFFSET = 352;

function textOf(pieces: Iterable<Buffer>): string {
  return Buffer.concat([...pieces]).toString();
}

test('a page holds the available scans, the predictions and the ground truth, voxel for voxel', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x');
  rmSync(join(folder, 'x', 'x_t1.nii'));
  const [files] = findCases(folder);
  const { scans, labels, stored } = await readCase(files, { missingScans: 'allow' });
  const prediction = join(folder, 'seg.nii.gz');
  const point = 3 + MADE_SHAPE[0] * (5 + MADE_SHAPE[1] * 2);
  const predicted = Uint8Array.from({ length: labels?.length ?? 0 }, (_, i) =>
    i === point ? 3 : 0,
  );
  writeNifti(prediction, { ...stored, values: predicted, datatype: 'int16' });

  const predictions = [{ name: 'ours', file: prediction }];
  await assert.rejects(
    readViewerData({ files, predictions }),
    /has label 3, .* state it: --prediction-labels brats2023/,
  );
  const options = { files, predictions, predictionCodes: EDITIONS.brats2023 };
  const data = await readViewerData(options);
  assert.equal(data.title, 'x');
  assert.deepEqual(
    data.scans.map(({ name }) => name),
    ['FLAIR', 'T1ce', 'T2'],
  );
  assert.deepEqual(
    data.overlays.map(({ name }) => name),
    ['ours', 'ground truth'],
  );
  // The made case's affine: -x, 239 - y, z.
  assert.deepEqual(data.focus, [-3, 234, 2]);
  const page = textOf(viewerPage({ data, niivue: '' }));
  const voxels = (id: string): Buffer => {
    const [, base64] = new RegExp(`id="${id}">([A-Za-z0-9+/=]+)</script>`).exec(page) ?? [];
    return gunzipSync(Buffer.from(base64, 'base64')).subarray(OFFSET);
  };
  assert.deepEqual([...voxels('scan-1')], [...(scans.t1ce ?? [])]);
  assert.deepEqual([...voxels('overlay-1')], [...(labels ?? [])]);
  assert.equal(voxels('overlay-0')[point], 4, 'the stated codes');

  const later = { ...files, codes: EDITIONS.brats2023 };
  const truth = await readViewerData({
    files: later,
    scans: ['t2'],
    predictions: [],
    truth: prediction,
  });
  assert.deepEqual([truth.scans.length, truth.overlays[0].name], [1, 'ground truth']);

  const other = join(folder, 'other.nii');
  const shape = [2, 2, 2];
  writeNifti(other, { ...stored, shape, values: new Uint8Array(8), datatype: 'uint8' });
  const misfit = { files, predictions: [{ name: 'p', file: other }] };
  await assert.rejects(
    readViewerData(misfit),
    /other.nii: shape is 2 x 2 x 2 and should be 8 x 9 x 7/,
  );
});

test('a prediction in another axis order is reoriented to the case, which may lack labels', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x', { withoutLabels: true });
  const [files] = findCases(folder);
  const { stored } = await readCase(files);
  const labels = Uint8Array.from({ length: 504 }, (_, i) => [0, 1, 2, 4][(i * 7) % 4]);
  const shown = async (axes: string): Promise<Buffer[]> => {
    const file = join(folder, `${axes}.nii`);
    const turned = toAxes({ ...stored, values: labels }, axes);
    writeNifti(file, { ...turned, placement: undefined, datatype: 'uint8' });
    const { overlays } = await readViewerData({ files, predictions: [{ name: axes, file }] });
    return overlays.map(({ nifti }) => nifti);
  };
  const plain = await shown('LPS');
  assert.equal(plain.length, 1);
  assert.deepEqual(await shown('RAS'), plain);
});

test('names and scripts can’t break out of the page, and it refers to no other file', () => {
  const evil = `</script><img src=x onerror="alert('&')">`;
  const volume = { name: evil, nifti: Buffer.from('n') };
  const page = textOf(
    viewerPage({
      data: { title: evil, scans: [volume], overlays: [volume] },
      niivue: `"${evil}<!--"`,
    }),
  );
  // The rest of the text is inside NiiVue's script element, which it can't end.
  const body = page.replace(/<script>"<\\\/script>.*?"<\/script>/s, '');
  assert.ok(!body.includes('<img'), 'a name became an element');
  assert.equal(page.match(/<script[ >]/g)?.length, page.match(/<\/script>/g)?.length);
  assert.ok(
    !/(src|href)="/.test(page.replace(/<style>.*?<\/style>/s, '')),
    'a link to another file',
  );
  assert.match(page, /Copyright \(c\) 2021, Niivue/);
});
