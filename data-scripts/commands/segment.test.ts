import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { MODALITY_SUBSETS, randomStream, subsetName } from '@mckd/lib/base';
import { saveWeights } from '@mckd/lib/brats';
import { temporaryFolder, writeMadeCase } from '@mckd/lib/fixtures/prepared';
import { readNifti, writeNifti } from '@mckd/lib/formats';
import { segmentationParameters } from '@mckd/lib/models';
import { disposeAll } from '@mckd/lib/nn';
import { writeTinyWeights } from '../checks/layouts/check-network';
import { runCommand, type Outcome } from '../checks/layouts/command';

const MCKD = path.join(__dirname, '..', '..', 'mckd.mjs');

/** Only a guard against a command that never ends. */
const GUARD_MS = 300_000;

test('mckd segment: from the available scans, one subset or all, and errors', async (t) => {
  const folder = temporaryFolder(t);
  const at = (...names: string[]): string => path.join(folder, ...names);
  writeMadeCase(at('data'), 'a');
  rmSync(at('data', 'a', 'a_t1.nii'));
  const parameters = segmentationParameters(1 / 32, randomStream(0, 'segment'));
  saveWeights(at('w.safetensors'), parameters);
  disposeAll(parameters);
  const segment = (out: string, ...args: string[]): Promise<Outcome> =>
    run(
      'segment',
      '--checkpoint',
      at('w.safetensors'),
      '--case',
      at('data'),
      '--out',
      out,
      ...args,
    );

  const one = await segment(
    at('one', 'seg.nii.gz'),
    ...[
      '--available',
      't2,T1ce',
      '--probabilities',
      '--gaussian',
      '--viewer',
      at('one', 'page.html'),
    ],
  );
  assert.equal(one.code, 0, one.stderr);
  assert.match(one.stdout, /^a: using T1ce, T2 \(the case has FLAIR, T1ce, T2\)$/m);
  assert.match(
    one.stdout,
    /^7 x 8 x 9 voxels, tiles of 16 x 32 x 32 \(the authors', shrunk to the volume\), their Gaussian-weighted mean$/m,
  );
  assert.match(
    one.stdout,
    /seg.nii.gz: from T1ce, T2: \d+ voxels enhancing, \d+ core, \d+ oedema$/m,
  );
  assert.match(one.stderr, /1\/1 tiles, \d+s left/);
  assert.deepEqual(readdirSync(at('one')), [
    'page.html',
    'seg.nii.gz',
    'seg_ET.nii.gz',
    'seg_TC.nii.gz',
    'seg_WT.nii.gz',
  ]);
  const [seg, wt, scan] = await Promise.all(
    [at('one', 'seg.nii.gz'), at('one', 'seg_WT.nii.gz'), at('data', 'a', 'a_t2.nii')].map(
      readNifti,
    ),
  );
  assert.deepEqual([seg.datatype, seg.shape, seg.affine], ['int16', scan.shape, scan.affine]);
  wt.values.forEach((p, i) => p > 0.5 && assert.notEqual(seg.values[i], 0));

  const all = await segment(at('all', 'seg.nii'), '--all-subsets');
  assert.equal(all.code, 0, all.stderr);
  assert.deepEqual(readdirSync(at('all')).sort(), [
    'seg_from-flair-t1ce-t2.nii',
    'seg_from-flair-t1ce.nii',
    'seg_from-flair-t2.nii',
    'seg_from-flair.nii',
    'seg_from-t1ce-t2.nii',
    'seg_from-t1ce.nii',
    'seg_from-t2.nii',
  ]);

  const plain = await segment(at('plain.nii'));
  assert.equal(plain.code, 0, plain.stderr);
  const clean = await segment(at('clean.nii'), '--postprocess');
  assert.match(clean.stdout, /^low components .*: \d+ removed/m);
  const after = ['--prediction', at('plain.nii'), '--t1ce', at('data', 'a', 'a_t1ce.nii')];
  await run('postprocess', ...after, '--out', at('after.nii'));
  assert.deepEqual(readFileSync(at('clean.nii')), readFileSync(at('after.nii')));
  assert.notDeepEqual(readFileSync(at('clean.nii')), readFileSync(at('plain.nii')));
  const unseen = await segment(at('clean.nii'), '--postprocess', '--available', 'flair');
  assert.match(unseen.stdout, /dark oedema to label 1: skipped, since there is no T1ce/);

  const fails = async (message: RegExp, ...args: string[]): Promise<void> => {
    const { code, stderr } = await segment(at('not.nii'), ...args);
    assert.equal(code, 1, message.source);
    assert.match(stderr, message);
    const lines = stderr.trim().split('\n');
    assert.equal(lines.filter((line) => !line.startsWith('note: ')).length, 1, stderr);
  };
  await fails(/case a has no T1 .*; choose from flair, t1ce, t2/, '--available', 't1,t2');
  await fails(/"pet" is no modality/, '--available', 'pet');
  await fails(/tile is 20,32,32; /, '--tile', '20,32,32');
  const named = await run('segment', '--checkpoint', 'x', '--case', at('data'), '--out', 'seg.img');
  assert.match(named.stderr, /--out is seg.img and should end in .nii or .nii.gz/);
  const shipped = ['--checkpoint', 'recorded:other', '--case', at('data'), '--out', at('not.nii')];
  assert.match(
    (await run('segment', ...shipped)).stderr,
    /^checkpoint is recorded:other; give recorded:/,
  );
  writeMadeCase(at('data'), 'b');
  await fails(/data has 2 cases \(a, b\); choose one: --name a/);
  await fails(/--case and --t1 are both given/, '--t1', at('data', 'b', 'b_t1.nii'));
  const overfit = await run('overfit', '--case', at('data'), '--preset', 'smoke', '--steps', '1');
  assert.match(overfit.stderr, /^.*data has 2 cases \(a, b\); choose one: --name a\n$/);
  const none = await run(
    'segment',
    '--checkpoint',
    'x',
    '--case',
    at('one'),
    '--out',
    at('not.nii'),
  );
  assert.match(none.stderr, /one has no case: looked for/);
  assert.ok(!existsSync(at('not.nii')));
});

test('mckd segment: several cases at once, scans from any folders, and no input is replaced', async (t) => {
  const folder = temporaryFolder(t);
  const at = (...names: string[]): string => path.join(folder, ...names);
  for (const [i, name] of ['a', 'b', 'c'].entries()) writeMadeCase(at('data'), name, { seed: i });
  const parameters = segmentationParameters(1 / 32, randomStream(0, 'segment'));
  saveWeights(at('w.safetensors'), parameters);
  disposeAll(parameters);
  const segment = (...args: string[]): Promise<Outcome> =>
    run('segment', '--checkpoint', at('w.safetensors'), ...args);

  const two = await segment('--case', at('data'), '--name', 'a', 'c', '--out', at('out'), '--json');
  assert.equal(two.code, 0, two.stderr);
  assert.deepEqual(readdirSync(at('out')), ['a.nii.gz', 'c.nii.gz']);
  const { segmentations } = JSON.parse(two.stdout) as { segmentations: { case: string }[] };
  assert.deepEqual(
    segmentations.map((one) => one.case),
    ['a', 'c'],
  );
  const scored = await run(
    'evaluate',
    '--prediction',
    at('out'),
    '--truth',
    at('data'),
    '--only-there',
  );
  assert.equal(scored.code, 0, scored.stderr);
  assert.match(scored.stderr, /1 case\(s\) of the ground truth are not scored: b/);

  const scans = ['--flair', at('data', 'a', 'a_flair.nii'), '--t2', at('data', 'a', 'a_t2.nii')];
  const given = await segment(...scans, '--out', at('given.nii'), '--labels', 'brats2023');
  assert.match(given.stdout, /^a: using FLAIR, T2 \(the case has FLAIR, T2\)$/m);
  assert.equal((await readNifti(at('given.nii'))).values.includes(4), false);

  const truth = readFileSync(at('data', 'a', 'a_seg.nii'));
  // T1 is not read then, but still is a scan of the case.
  const one = ['--case', at('data', 'a'), '--available', 'flair,t2'];
  for (const [out, message] of [
    [at('data', 'a', 'a_seg.nii'), /a_seg\.nii is among the data that are read/],
    [at('data', 'a', 'x_seg.nii.gz'), /would be read as the ground truth of a case/],
    [at('w.safetensors', 'seg.nii.gz'), /w\.safetensors is a file, not a folder/],
    [at('data', 'a', 'a_t1.nii'), /is among the data that are read/],
  ] as const) {
    const { code, stderr } = await segment(...one, '--out', out);
    assert.equal(code, 1, stderr);
    assert.match(stderr, message);
  }
  assert.deepEqual(readFileSync(at('data', 'a', 'a_seg.nii')), truth);
  const again = await segment(...one, '--out', at('given.nii'));
  assert.match(again.stderr, /note: .*given\.nii is replaced/);

  const zeros = { ...(await readNifti(at('data', 'b', 'b_t1.nii'))), datatype: 'int16' as const };
  writeNifti(at('data', 'b', 'b_t1.nii'), { ...zeros, values: new Int16Array(504) });
  const empty = await segment('--case', at('data', 'b'), '--out', at('not.nii'));
  assert.match(
    empty.stderr,
    /b_t1\.nii: every voxel is 0, .*leave it out: --available flair,t1ce,t2/,
  );
  const followed = ['--available', 'flair,t1ce,t2', '--out', at('b.nii')];
  assert.equal((await segment('--case', at('data', 'b'), ...followed)).code, 0);
});

test('mckd segment --all-subsets, and mckd evaluate of its output: one row per subset', async (t) => {
  const folder = temporaryFolder(t);
  const at = (...names: string[]): string => path.join(folder, ...names);
  writeMadeCase(at('data'), 'a');
  const segment = ['segment', '--checkpoint', writeTinyWeights(folder), '--case', at('data')];
  const all = await run(...segment, '--all-subsets', '--out', at('results', 'a.nii.gz'));
  assert.equal(all.code, 0, all.stderr);
  assert.equal(readdirSync(at('results')).length, 15);
  const evaluate = ['evaluate', '--prediction', at('results'), '--truth', at('data')];
  const scored = await run(...evaluate, '--json');
  assert.equal(scored.code, 0, scored.stderr);
  const { cases } = JSON.parse(scored.stdout) as { cases: { name: string; subset: string }[] };
  assert.deepEqual(
    cases.map(({ name, subset }) => [name, subset]),
    MODALITY_SUBSETS.map((subset) => ['a', subsetName(subset)]),
  );
  const { stdout } = await run(...evaluate);
  assert.match(stdout, /^\| available modalities \|/m);
  const rows = stdout.split('\n').map((line) => line.split(' | ')[0]);
  for (const subset of MODALITY_SUBSETS)
    assert.ok(rows.includes(`| ${subsetName(subset)}`), stdout);
});

test('mckd segment: an unreadable case of several is reported before the first is segmented', async (t) => {
  const folder = temporaryFolder(t);
  const at = (...names: string[]): string => path.join(folder, ...names);
  for (const name of ['a', 'b']) writeMadeCase(at('data'), name);
  const broken = at('data', 'b', 'b_t1.nii');
  writeFileSync(broken, readFileSync(broken).subarray(0, 200));
  const segment = ['segment', '--checkpoint', writeTinyWeights(folder), '--case', at('data')];
  const { code, stderr } = await run(...segment, '--out', at('out'));
  assert.equal(code, 1, stderr);
  assert.match(stderr, /b_t1\.nii: /);
  assert.deepEqual(readdirSync(at('out')), []);
});

test('mckd segment: a result that can’t be written ends it at once, also with a running bar', (t) => {
  const folder = temporaryFolder(t);
  const at = (...names: string[]): string => path.join(folder, ...names);
  writeMadeCase(at('data'), 'a', { shape: [40, 40, 40] });
  const args = ['segment', '--checkpoint', writeTinyWeights(folder), '--case', at('data')];
  // Space for the trial before the work, but not for the label map: blocks of 1,024 bytes.
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', 'ulimit -f 100; exec "$@"', 'bash', process.execPath, MCKD, ...args].concat([
      ...['--out', at('out', 'seg.nii')],
    ]),
    { encoding: 'utf8', timeout: GUARD_MS, killSignal: 'SIGKILL' },
  );
  assert.equal(status, 1, stderr);
  const lines = stderr.split('\n').filter(Boolean);
  assert.match(lines.at(-2) ?? '', /tiles, \d+s left/);
  assert.match(
    lines.at(-1) ?? '',
    /seg\.nii can't be written \(EFBIG.*; free some space or choose/,
  );
  assert.deepEqual(readdirSync(at('out')), []);
});

const run = (...args: string[]): Promise<Outcome> => runCommand(args);
