import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { chromium, type Page } from 'playwright-core';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { writeNifti } from '@mckd/lib/formats';
import { findChromium } from '../notebooks/lab-view';

const SIDE = 24;
const AFFINE = [
  [-8, 0, 0, 0],
  [0, -8, 0, 239],
  [0, 0, 8, 0],
  [0, 0, 0, 1],
];
/** WebGL 2 without a GPU. */
const SOFTWARE_WEBGL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

/** A ball, dark or bright, with a tumour of three shells in it. */
function writeBall(folder: string): void {
  const write = (name: string, value: (radius: number) => number): void => {
    const values = new Int16Array(SIDE ** 3);
    for (let i = 0; i < values.length; i++) {
      const at = [i % SIDE, Math.floor(i / SIDE) % SIDE, Math.floor(i / SIDE ** 2)];
      values[i] = value(Math.hypot(...at.map((x) => x - (SIDE - 1) / 2)));
    }
    const shape = [SIDE, SIDE, SIDE];
    writeNifti(join(folder, name), { shape, affine: AFFINE, values, datatype: 'int16' });
  };
  write('ball_flair.nii', (radius) => (radius < 10 ? 100 + 10 * Math.round(radius) : 0));
  write('ball_t1.nii', (radius) => (radius < 10 ? 300 - 20 * Math.round(radius) : 0));
  const shells = (radius: number): number => (radius < 2 ? 1 : radius < 4 ? 4 : radius < 6 ? 2 : 0);
  write('prediction.nii.gz', shells);
  write('truth.nii.gz', (radius) => (radius < 3 ? 4 : 0));
}

interface Seen {
  /** Pixels that aren't black. */
  lit: number;
  /** Pixels near a label's colour. */
  core: number;
  oedema: number;
  enhancing: number;
  grey: number;
}

/** The rendered stage, pixel by pixel. */
async function look(page: Page): Promise<Seen> {
  const picture = (await page.locator('#stage').screenshot()).toString('base64');
  return page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const seen = { lit: 0, core: 0, oedema: 0, enhancing: 0, grey: 0 };
    for (let i = 0; i < data.length; i += 4) {
      const [r, g, b] = data.subarray(i, i + 3);
      if (Math.max(r, g, b) > 40) seen.lit += 1;
      if (r - b > 50 && r - g > 40) seen.core += 1;
      else if (r - b > 50) seen.enhancing += 1;
      else if (b - r > 50) seen.oedema += 1;
      else if (r > 40 && r < 240) seen.grey += 1;
    }
    return seen;
  }, picture);
}

test('mckd view: a page from the file system shows scan and labels, switches them, and makes no request', async (t) => {
  const executablePath = findChromium();
  if (!executablePath) {
    return t.skip(
      'no Chromium found; install it (Debian, Ubuntu: apt-get install chromium) or set MCKD_CHROMIUM',
    );
  }
  const folder = temporaryFolder(t);
  writeBall(folder);
  const out = join(folder, 'page.html');
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      join(__dirname, '..', '..', 'mckd.mjs'),
      ...['view', '--case', folder, '--out', out],
      ...['--prediction', join(folder, 'prediction.nii.gz')],
      ...['--truth', join(folder, 'truth.nii.gz')],
    ],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);

  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', ...SOFTWARE_WEBGL],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
    const errors: string[] = [];
    const requests: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(out).href);
    await page.waitForFunction(() => document.body.dataset.ready !== undefined);
    assert.deepEqual(errors, []);
    if (process.env.MCKD_PICTURES) {
      await page.screenshot({ path: join(process.env.MCKD_PICTURES, 'viewer.png') });
    }
    const start = await look(page);
    assert.ok(start.grey > 5000, `the scan is shown: ${JSON.stringify(start)}`);
    for (const label of ['core', 'oedema', 'enhancing'] as const) {
      assert.ok(start[label] > 100, `${label} is shown: ${JSON.stringify(start)}`);
    }
    const place = page.locator('#place');
    // The voxel [10, 10, 10], 2.6 from the middle.
    assert.equal(
      await place.innerText(),
      '-80, 159, 80 mm | FLAIR 130 | prediction: enhancing tumour',
    );

    const choose = (name: string): Promise<void> => page.getByLabel(name, { exact: true }).click();
    await choose('T1');
    assert.match(await place.innerText(), /\| T1 240 \|/);
    await choose('prediction');
    const bare = await look(page);
    assert.deepEqual([bare.core, bare.oedema, bare.enhancing], [0, 0, 0]);
    assert.ok(bare.lit > 5000);
    await choose('ground truth');
    const truth = await look(page);
    assert.deepEqual([truth.core, truth.oedema], [0, 0], JSON.stringify(truth));
    assert.ok(truth.enhancing > 100);
    assert.match(await place.innerText(), /\| ground truth: enhancing tumour/);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      requests.filter((url) => !/^(file|data|blob):/.test(url)),
      [],
    );
  } finally {
    await browser.close();
  }
});
