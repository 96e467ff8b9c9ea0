import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { writeMadeCase } from '@mckd/lib/fixtures/prepared';
import { readNifti, writeNifti } from '@mckd/lib/formats';
import { runCommand, type Outcome } from '../checks/layouts/command';
import { overridesOf } from '../terminal/overrides';

const MCKD = path.join(__dirname, '..', '..', 'mckd.mjs');
const TINY = ['--preset', 'smoke', '--set', 'brats.width=0.03125'];

function makeData(t: TestContext): { root: string; data: string; env: NodeJS.ProcessEnv } {
  const root = mkdtempSync(path.join(os.tmpdir(), 'mckd-train-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const data = path.join(root, 'data');
  for (const name of ['a', 'b', 'c', 'd', 'e']) writeMadeCase(data, name);
  return { root, data, env: { ...process.env, MCKD_CACHE: path.join(root, 'cache') } };
}

test('--set: nested keys, JSON values, and other text', () => {
  assert.deepEqual(
    overridesOf([
      'brats.width=0.5',
      'brats.quirks.metaStepAugments=false',
      'brats.augmentation=none',
      'seed=3',
    ]),
    { brats: { width: 0.5, quirks: { metaStepAugments: false }, augmentation: 'none' }, seed: 3 },
  );
  assert.throws(() => overridesOf(['width']), /--set is "width"; write key=value/);
});

test('mckd train: stage by stage into one folder, with a live line and three kinds of output', async (t) => {
  const { root, data, env } = makeData(t);
  const out = path.join(root, 'run');
  const train = (...args: string[]): Promise<Outcome> =>
    runCommand(['train', ...TINY, '--data', data, '--out', out, ...args], env);
  const early = await train('--stage', '2');
  assert.equal(early.code, 1);
  assert.match(early.stderr, /has 0 of the 4 steps of stage one; run --stage 1 first/);

  const one = await train('--stage', '1');
  assert.equal(one.code, 0, one.stderr);
  assert.match(one.stderr, /4\/4 stage 1 \| dice \d\.\d{3} \| ce .* \| FLAIR 0\.\d{3} .* s\/step/);
  // Moved and renamed, the data are the same.
  const moved = path.join(root, 'moved, Zoë');
  renameSync(data, moved);
  const two = await train('--data', moved);
  renameSync(moved, data);
  assert.equal(two.code, 0, two.stderr);
  assert.match(two.stdout, /resuming at step 4/);
  assert.match(two.stderr, /9\/9 stage 2/);

  const lines = readFileSync(path.join(out, 'log.jsonl'), 'utf8').trim().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { step: number }).step),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  );
  assert.ok(readdirSync(path.join(out, 'tensorboard')).some((file) => file.includes('tfevents')));
  assert.ok(existsSync(path.join(out, 'checkpoint.safetensors')));

  const other = await train('--seed', '1');
  assert.equal(other.code, 1);
  assert.match(other.stderr, /checkpoint\.safetensors is of another run .*seed 0 and 1/);
  const log = readFileSync(path.join(out, 'log.jsonl'));
  writeMadeCase(data, 'a', { seed: 9 });
  const changed = await train();
  assert.equal(changed.code, 1);
  assert.match(changed.stderr, /sha256 of the data [0-9a-f]{12} and [0-9a-f]{12}.*--force/);
  const forced = await train('--force');
  assert.equal(forced.code, 0, forced.stderr);
  assert.match(forced.stderr, /resuming by --force, although .* sha256 of the data/);
  assert.match(readFileSync(path.join(out, 'manifest.json'), 'utf8'), /"sha256 of the data/);
  assert.deepEqual(readFileSync(path.join(out, 'log.jsonl')), log);
});

test('mckd train: Ctrl-C leaves a checkpoint and exit code 130, and the same command resumes', async (t) => {
  const { root, data, env } = makeData(t);
  const out = path.join(root, 'run');
  const long = ['--set', 'brats.stageOne.until=400', 'brats.stageTwo.until=800'];
  const args = [MCKD, 'train', ...TINY, ...long, '--data', data, '--out', out];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = path.join(out, 'log.jsonl');
  const poll = setInterval(() => {
    if (existsSync(log) && readFileSync(log, 'utf8').split('\n').length > 3) {
      clearInterval(poll);
      child.kill('SIGINT');
    }
  }, 50);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(poll);
  assert.equal(code, 130);
  const steps = readFileSync(log, 'utf8').trim().split('\n').length;
  assert.ok(steps >= 3 && steps < 700);
  const again = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  again.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes('resuming')) again.kill('SIGINT');
  });
  await new Promise((resolve) => again.once('exit', resolve));
  assert.match(text, new RegExp(`resuming at step ${steps}\\b`));
});

test('mckd train: a full disk, a file instead of a folder: one plain line, and no partial file', (t) => {
  const { root, data, env } = makeData(t);
  const out = path.join(root, 'run');
  const command = [process.execPath, MCKD, 'train', ...TINY, '--data', data, '--out'];
  const first = spawnSync(process.execPath, [...command.slice(1), out, '--stage', '1'], {
    encoding: 'utf8',
    env,
  });
  assert.equal(first.status, 0, first.stderr);
  const before = readdirSync(out, { recursive: true });
  const bytes = readFileSync(path.join(out, 'checkpoint.safetensors'));
  // No file may grow beyond half of a checkpoint, in blocks of 1,024 bytes.
  const most = Math.floor(bytes.length / 2048);
  const full = spawnSync('bash', ['-c', `ulimit -f ${most}; exec "$@"`, 'bash', ...command, out], {
    encoding: 'utf8',
    env,
  });
  assert.equal(full.status, 1);
  assert.match(
    full.stderr.trim().split('\n').at(-1) as string,
    /^\S*checkpoint\.safetensors can't be written \(EFBIG.*; free some space or choose another folder$/,
  );
  assert.deepEqual(readFileSync(path.join(out, 'checkpoint.safetensors')), bytes);
  const after = readdirSync(out, { recursive: true }).filter((name) => !name.includes('tfevents'));
  assert.deepEqual(
    after,
    before.filter((name) => !name.includes('tfevents')),
  );
  const none = spawnSync(process.execPath, [...command.slice(1), path.join(MCKD, 'run')], {
    encoding: 'utf8',
    env,
  });
  assert.equal(none.status, 1);
  assert.match(
    none.stderr.trim(),
    /^[^\n]*mckd\.mjs\/run can't be written \([^\n]*mckd\.mjs is a file, not a folder\); choose another folder$/,
  );
});

test('mckd train: a case without a scan, or with an unknown label, is reported before the first step', async (t) => {
  const { root, data, env } = makeData(t);
  const out = path.join(root, 'run');
  const refused = async (words: RegExp): Promise<void> => {
    const { code, stderr } = await runCommand(
      ['train', ...TINY, '--data', data, '--out', out],
      env,
    );
    assert.equal(code, 1, stderr);
    assert.match(stderr, words);
    assert.equal(existsSync(path.join(out, 'log.jsonl')), false);
  };
  rmSync(path.join(data, 'c', 'c_t1ce.nii'));
  await refused(/case c has no T1ce /);
  writeMadeCase(data, 'c');
  const labels = path.join(data, 'c', 'c_seg.nii');
  const image = await readNifti(labels);
  const values = image.values.map((label) => (label === 4 ? 3 : label));
  writeNifti(labels, { ...image, values, datatype: 'int16' });
  await refused(/c_seg\.nii: voxel .* has label 3/);
});

test('mckd train: Ctrl-C before the first step leaves the folder unchanged, with exit code 130', async (t) => {
  const { root, data, env } = makeData(t);
  const out = path.join(root, 'run');
  for (const word of [`${data}: `, '0/9']) {
    const args = [MCKD, 'train', ...TINY, '--data', data, '--out', out];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [text, sent] = ['', false];
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      // Once: a second one ends it at once.
      if (!sent && text.includes(word)) sent = child.kill('SIGINT');
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 130, text);
    assert.match(text, /stopped/);
    if (!existsSync(out)) continue;
    assert.ok(!readdirSync(out).some((name) => /part|lock/.test(name)));
    assert.equal(
      existsSync(path.join(out, 'log.jsonl')),
      existsSync(path.join(out, 'checkpoint.safetensors')),
    );
  }
});
