import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { writeNifti } from '@mckd/lib/formats';

const mckd = (...args: string[]) =>
  spawnSync(process.execPath, [path.join(__dirname, '..', '..', 'mckd.mjs'), 'evaluate', ...args], {
    encoding: 'utf8',
  });

/** Two cases; the prediction of the first is the ground truth, that of the second has no enhancing tumour. */
function predictedCases(t: TestContext): { folder: string; paths: string[] } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mckd-evaluate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const affine = [
    [-1, 0, 0, 0],
    [0, -1, 0, 239],
    [0, 0, 2.5, 0],
    [0, 0, 0, 1],
  ];
  const write = (file: string, values: number[]): void => {
    const image = { shape: [2, 2, 2], affine, values, datatype: 'uint8' as const };
    writeNifti(path.join(folder, file), image);
  };
  const truth = [0, 0, 2, 2, 1, 4, 0, 0];
  write('truth/a/a_seg.nii.gz', truth);
  write('truth/b/b_seg.nii.gz', truth);
  write('predictions/a.nii.gz', truth);
  write('predictions/b_mckd.nii.gz', [0, 0, 2, 2, 1, 1, 0, 0]);
  const of = (name: string): string => path.join(folder, name);
  return { folder, paths: ['--prediction', of('predictions'), '--truth', of('truth')] };
}

test('mckd evaluate prints JSON with the conventions, each case and the summary', (t) => {
  const { paths } = predictedCases(t);
  const { status, stdout, stderr } = mckd(...paths, '--json', '--convention', 'nan');
  assert.deepEqual([status, stderr], [0, '']);
  const { conventions, cases, summary } = JSON.parse(stdout);
  assert.deepEqual([conventions.emptyRegions, conventions.hd95], ['nan', 'pooled']);
  assert.match(conventions.hd95Meaning, /MedPy/);
  const [a, b] = cases;
  assert.deepEqual([cases.length, a.name, b.name], [2, 'a', 'b']);
  const perfect = { dice: 1, hd95: 0, sensitivity: 1, specificity: 1 };
  assert.deepEqual(a.scores.ET, { ...perfect, predictionVoxels: 1, truthVoxels: 1 });
  const missed = { dice: 0, hd95: null, sensitivity: 0, specificity: 1 };
  assert.deepEqual(b.scores.ET, { ...missed, predictionVoxels: 0, truthVoxels: 1 });
  assert.deepEqual(a.spacing, [1, 1, 2.5]);
  assert.deepEqual(summary.ET.hd95, { mean: 0, sd: null, median: 0, n: 1, leftOut: 1 });
  assert.equal(summary.TC.dice.mean, 1);
});

test('mckd evaluate prints Markdown and writes CSV, or prints only CSV', (t) => {
  const { folder, paths } = predictedCases(t);
  const csv = path.join(folder, 'scores.csv');
  const table = mckd(...paths, '--csv', csv);
  assert.equal(table.status, 0, table.stderr);
  assert.match(
    table.stdout,
    /^\*\*Segmentation against ground truth\*\*\n\n\| case \| ET: Dice \|/,
  );
  assert.match(table.stdout, /\| b \| 0\.0000 \| 374\.00 \|/);
  assert.match(table.stdout, /BraTS: if prediction and ground truth are both empty/);
  const lines = readFileSync(csv, 'utf8').trim().split('\r\n');
  assert.deepEqual(
    lines.map((line) => line.split(',').slice(0, 3).join(',')),
    [
      'case,ET: Dice,ET: HD95 (mm)',
      'a,1,0',
      'b,0,374',
      'mean,0.5,187',
      `std,${Math.SQRT1_2},${374 / Math.SQRT2}`,
      'median,0.5,187',
    ],
  );
  assert.ok(lines[1].endsWith(',brats,pooled'), lines[1]);
  const printed = mckd(...paths, '--csv', '-', '--hd95', 'larger');
  assert.match(printed.stdout, /^case,.*\r\na,1,0,.*,brats,larger\r\n/);
});

interface Printed {
  conventions: { calibration: string };
  cases: { scores: Record<string, { dice: number; calibration: number }> }[];
  summary: Record<string, { calibration: { mean: number } }>;
}

test('mckd evaluate --probabilities adds the calibration of the files beside the predictions', (t) => {
  const { folder, paths } = predictedCases(t);
  const affine = [
    [-1, 0, 0, 0],
    [0, -1, 0, 239],
    [0, 0, 2.5, 0],
    [0, 0, 0, 1],
  ];
  const write = (name: string, region: string, values: number[]): void => {
    const image = { shape: [2, 2, 2], affine, values, datatype: 'float32' as const };
    writeNifti(path.join(folder, 'predictions', `${name}_${region}.nii.gz`), image);
  };
  const args = [...paths, '--probabilities'];
  assert.match(mckd(...args).stderr, /a_ET\.nii\.gz: the probabilities of ET of a are missing/);
  // The ground truth is 0, 0, 2, 2, 1, 4, 0, 0.
  const certain = {
    ET: [0, 0, 0, 0, 0, 1, 0, 0],
    WT: [0, 0, 1, 1, 1, 1, 0, 0],
    TC: [0, 0, 0, 0, 1, 1, 0, 0],
  };
  for (const [region, values] of Object.entries(certain)) {
    write('a', region, values);
    write(
      'b_mckd',
      region,
      values.map(() => 0.25),
    );
  }
  const { status, stdout, stderr } = mckd(...args, '--json');
  assert.deepEqual([status, stderr], [0, '']);
  const { conventions, cases, summary } = JSON.parse(stdout) as Printed;
  assert.match(conventions.calibration, /expected calibration error/);
  const of = (region: string): number[] => cases.map(({ scores }) => scores[region].calibration);
  // |0.25 - share|, where the region is 1, 4 and 2 of 8 voxels.
  assert.deepEqual(
    [of('ET'), of('WT'), of('TC')],
    [
      [0, 0.125],
      [0, 0.25],
      [0, 0],
    ],
  );
  assert.equal(summary.WT.calibration.mean, 0.125);
  assert.equal(cases[0].scores.ET.dice, 1);
  const table = mckd(...args);
  assert.match(table.stdout, /ET: ECE \|/);
  assert.match(table.stdout, /ECE is the expected calibration error/);
  assert.match(mckd(...args, '--csv', '-').stdout, /WT: ECE/);
  assert.doesNotMatch(mckd(...paths).stdout, /ECE/);
  write(
    'a',
    'WT',
    certain.WT.map((value) => 2 * value),
  );
  assert.match(mckd(...args).stderr, /a_WT\.nii\.gz: a voxel is 2 and should be a probability/);
});

test('mckd evaluate --list scores the cases of a list in the format of splits', (t) => {
  const { folder, paths } = predictedCases(t);
  const list = path.join(folder, 'test.txt');
  for (const line of ['b', 'HGG/b/b_', 'data/b/b_seg.nii.gz,1', 'b\\b_flair.nii.gz', 'HG_b']) {
    writeFileSync(list, `case\r\n${line}\r\n`);
    const { status, stdout, stderr } = mckd(...paths, '--list', list, '--json');
    assert.equal(status, 0, `${line}: ${stderr}`);
    const { cases } = JSON.parse(stdout) as { cases: { name: string }[] };
    assert.deepEqual(
      cases.map(({ name }) => name),
      ['b'],
      line,
    );
  }
  writeFileSync(list, 'b\nc\n');
  const { status, stderr } = mckd(...paths, '--list', list);
  assert.equal(status, 1);
  assert.match(stderr, /test\.txt, line 2: c is no case of the data set/);
});

test('mckd evaluate says in one sentence what it can’t do', (t) => {
  const { folder, paths } = predictedCases(t);
  const [, predictions, , truth] = paths;
  const garbage = path.join(folder, 'garbage.nii.gz');
  writeFileSync(garbage, 'not an image');
  const ones = ['--truth', path.join(truth, 'a', 'a_seg.nii.gz')];
  const unscored = path.join(truth, 'b', 'b_seg.nii.gz');
  const list = path.join(folder, 'test.txt');
  writeFileSync(list, 'a\n');
  for (const [args, sentence] of [
    [[...paths, '--json', '--csv', '-'], /both print/],
    [['--prediction', path.join(folder, 'absent'), '--truth', truth], /absent can't be read/],
    [['--prediction', truth, '--truth', truth], /prediction of a is missing/],
    [['--prediction', path.join(folder, 'truth'), ...ones], /prediction of a is missing/],
    [['--prediction', garbage, ...ones], /garbage\.nii\.gz/],
    [[...paths, '--pattern', 'labels=_gold'], /no label map: .*labels=_gold/],
    [[...paths, '--labels', 'later'], /--labels is "later", which is no edition; write core=1/],
    [[...paths, '--csv', path.join(predictions, 'a.nii.gz')], /among the data that are read/],
    [[...paths, '--name', 'a', '--csv', unscored], /among the data that are read/],
    [[...paths, '--list', list, '--csv', list], /among the data that are read/],
    [[...paths, '--csv', path.join(predictions, 'a.nii.gz', 'x.csv')], /is a file, not a folder/],
  ] as [string[], RegExp][]) {
    const { status, stdout, stderr } = mckd(...args);
    assert.deepEqual([status, stdout], [1, ''], args.join(' '));
    assert.match(stderr, sentence);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
});

test('mckd evaluate scores BraTS 2020 as it is distributed, with its one irregular name', (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mckd-evaluate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const affine = [
    [-1, 0, 0, 0],
    [0, -1, 0, 239],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ];
  const write = (file: string, values: number[]): void => {
    const image = { shape: [2, 2, 2], affine, values, datatype: 'uint8' as const };
    writeNifti(path.join(folder, file), image);
  };
  const name = 'BraTS20_Training_355';
  for (const ending of ['_flair', '_t1', '_t1ce', '_t2']) {
    write(`truth/${name}/${name}${ending}.nii`, [0, 1, 2, 3, 4, 5, 6, 7]);
  }
  write(`truth/${name}/W39_1998.09.19_Segm.nii`, [0, 0, 2, 2, 1, 4, 0, 0]);
  write(`predictions/${name}.nii.gz`, [0, 0, 2, 2, 1, 4, 0, 0]);
  const [prediction, truth] = ['predictions', 'truth'].map((one) => path.join(folder, one));
  const { status, stdout, stderr } = mckd('--prediction', prediction, '--truth', truth, '--json');
  assert.equal(status, 0, stderr);
  assert.equal(JSON.parse(stdout).summary.ET.dice.mean, 1);
});
