/** Every command ends, with the right exit code, and one sentence if it failed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder, writeMadeCase } from '@mckd/lib/fixtures/prepared';
import { runCommand, type Variables } from './layouts/command';
import { buildProgram } from '../cli/mckd';

const MCKD = join(__dirname, '..', '..', 'mckd.mjs');

/** Only a guard against a command that never ends. */
const GUARD_MS = 300_000;

/** A command in a process of its own. */
function mckd(args: string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MCKD, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: GUARD_MS,
    killSignal: 'SIGKILL',
  });
  assert.notEqual(status, null, `${args.join(' ')} doesn't end: ${stdout}${stderr}`);
  return { status, stdout, stderr };
}

/** Exit code 1, and one line on stderr that matches. */
async function requireSentence(args: string[], sentence: RegExp, env?: Variables): Promise<void> {
  const { code, stderr } = await runCommand(args, env);
  assert.equal(code, 1, `${args.join(' ')}: ${stderr}`);
  assert.match(stderr, sentence, args.join(' '));
  assert.equal(stderr.trim().split('\n').length, 1, `${args.join(' ')}: ${stderr}`);
}

/** All commands, as on a command line. */
const COMMANDS = buildProgram().commands.flatMap((command) => [
  [command.name()],
  ...command.commands.map((below) => [command.name(), below.name()]),
]);

test('an unknown option: exit code 2 from every command, and nothing on stdout', async () => {
  assert.ok(COMMANDS.length > 20);
  for (const command of COMMANDS) {
    const { code, stdout, stderr } = await runCommand([...command, '--no-such-option']);
    assert.equal(code, 2, command.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /^error: (unknown option '--no-such-option'|required option)/);
  }
  const { status, stdout, stderr } = mckd(['verify', '--no-such-option']);
  assert.deepEqual([status, stdout], [2, '']);
  assert.match(stderr, /^error: unknown option/);
});

test('an unknown command, a missing argument or option, a wrong choice or number: exit code 2', async () => {
  const faults: [string[], RegExp][] = [
    [[], /^Usage: mckd/],
    [['trian'], /unknown command 'trian'[^]*train/],
    [['verify'], /missing required argument 'folder'/],
    [['train'], /required option '--out <folder>'/],
    [['data', 'phantom'], /required option '--out <folder>'/],
    [['run', '--preset', 'fast'], /'fast' is invalid/],
    [['tune', 'mnist'], /'mnist' is invalid/],
    [['measure', '--steps', '0'], /'0' is invalid/],
    [['verify', 'a', 'b'], /too many arguments/],
  ];
  for (const [args, sentence] of faults) {
    const { code, stderr } = await runCommand(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, sentence);
  }
});

test('help: exit code 0, and it names the exit codes', async () => {
  const { status, stdout } = mckd(['--help']);
  assert.equal(status, 0);
  assert.match(stdout, /Exit codes: 0 done; 1 [^]*\n2 .*; 130 .*; 143 /);
  for (const command of COMMANDS)
    assert.equal((await runCommand([...command, '--help'])).code, 0, command.join(' '));
});

test('a missing input: exit code 1 and one sentence that names it', async (t) => {
  const root = temporaryFolder(t);
  const none = join(root, 'none');
  const out = join(root, 'out');
  const rows: string[][] = [
    ['inspect', none],
    ['inspect', '--case', none],
    ['verify', none],
    ['check-upload', none, '--cases', none],
    ['train', '--data', none, '--out', out],
    ['compare', '--preset', 'smoke', '--data', none, '--out', out],
    ['ablate', '--preset', 'smoke', '--data', none, '--out', out],
    ['evaluate', '--prediction', none, '--truth', none],
    ['segment', '--checkpoint', 'recorded:mckd', '--case', none, '--out', join(out, 'a.nii.gz')],
    ['segment', '--checkpoint', none, '--case', none, '--out', join(out, 'a.nii.gz')],
    ['view', '--case', none, '--out', join(out, 'a.html')],
    ['overfit', '--case', none],
    ['postprocess', '--prediction', none, '--out', join(out, 'a.nii.gz')],
    ['parity', none],
    ['bench', '--python', none],
    ...['parity', 'bench', 'faults', 'brats-standard', 'brats-settings', 'processes'].map(
      (name) => ['record', name, '--from', none],
    ),
  ];
  for (const args of rows) await requireSentence(args, new RegExp(none));
  await requireSentence(['run', '--only', '77'], /--only is "77"; there is no such notebook/);
  await requireSentence(['notebook-text', '77'], /has no 77/);
  await requireSentence(['data', 'no-such-set'], /no-such-set/);
  await requireSentence(['measure', '--set', 'brats.wide=1'], /wide/);
  const { status, stderr } = mckd(['verify', none]);
  assert.equal(status, 1);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
});

/** Words before each command below. */
const COMPARISONS = 2;

/** The option for results of commands that have one. */
function writing(place: string, data: string): string[][] {
  const image = join(data, 'a', 'a_seg.nii');
  const onData = ['--preset', 'smoke', '--data', data, '--out', place];
  return [
    ['compare', ...onData],
    ['ablate', ...onData],
    ['train', ...onData],
    ['data', 'phantom', '--cases', '2', '--out', place],
    ['faults', '--quick', '--only', 'files', '--out', place],
    ['evaluate', '--prediction', image, '--truth', image, '--csv', join(place, 'a.csv')],
    ['view', '--case', join(data, 'a'), '--out', join(place, 'a.html')],
    ['postprocess', '--prediction', image, '--out', join(place, 'a.nii')],
    [
      ...['segment', '--checkpoint', 'recorded:mckd', '--case', join(data, 'a')],
      ...['--out', join(place, 'a.nii')],
    ],
  ];
}

function makeData(root: string): string {
  const data = join(root, 'data');
  for (const name of ['a', 'b', 'c', 'd', 'e']) writeMadeCase(data, name);
  return data;
}

test('a file instead of a folder, or a read-only file system: exit code 1 and one sentence, before the work', async (t) => {
  const root = temporaryFolder(t);
  const data = makeData(root);
  const file = join(root, 'file');
  writeFileSync(file, 'not a folder');
  const env = { MCKD_CACHE: join(root, 'cache') };
  const refused = async (args: string[], place: string): Promise<void> => {
    await requireSentence(
      args,
      new RegExp(`${place}\\S* can't be written \\(.*\\); choose another`),
      env,
    );
  };
  const place = join(file, 'x');
  for (const args of writing(place, data)) await refused(args, place);
  // Node's own mkdir never ends there.
  if (existsSync('/proc')) {
    for (const args of writing('/proc/x', data).slice(COMPARISONS)) await refused(args, '/proc/x');
  }
  assert.equal(existsSync(env.MCKD_CACHE), false, 'it started the work');
});

test('a cache that can’t be written is named by MCKD_CACHE', async (t) => {
  const root = temporaryFolder(t);
  const data = makeData(root);
  const file = join(root, 'file');
  writeFileSync(file, 'not a folder');
  const sentence = /can't be written \(.*\); set MCKD_CACHE to another folder$/m;
  const env = { MCKD_CACHE: join(file, 'cache'), PIP_NO_INDEX: '1' };
  const train = ['train', '--preset', 'smoke', '--out', join(root, 'out')];
  await requireSentence(['data', 'av-mnist'], sentence, env);
  const { code, stderr } = await runCommand([...train, '--data', data], env);
  assert.equal(code, 1);
  assert.match(stderr, sentence);
});

/** A new small file system; undefined if this user may not make one. */
function smallDisk(t: TestContext, kibibytes: number): string | undefined {
  const place = mkdtempSync(join(tmpdir(), 'mckd-disk-'));
  t.after(() => {
    spawnSync('umount', [place], { stdio: 'ignore' });
    rmSync(place, { recursive: true, force: true });
  });
  const args = ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', place];
  if (process.getuid?.() !== 0 || spawnSync('mount', args).status !== 0) return undefined;
  return place;
}

test('a full disk: exit code 1 and one sentence, before the work', async (t) => {
  const disk = smallDisk(t, 64);
  if (disk === undefined) return t.skip('only root may mount a small file system');
  const root = temporaryFolder(t);
  const data = makeData(root);
  writeFileSync(join(disk, 'full'), Buffer.alloc(60 * 1024));
  const sentence = /can't be written \(ENOSPC.*\); free some space or choose another folder$/m;
  const env = { MCKD_CACHE: join(root, 'cache') };
  for (const args of writing(join(disk, 'out'), data).slice(COMPARISONS))
    await requireSentence(args, sentence, env);
  assert.deepEqual(
    readdirSync(disk, { recursive: true }).filter((name) => name !== 'full' && name !== 'out'),
    [],
  );
});

test('a disk that fills up meanwhile: exit code 1, one sentence, the checkpoint intact', (t) => {
  const disk = smallDisk(t, 700);
  if (disk === undefined) return t.skip('only root may mount a small file system');
  const root = temporaryFolder(t);
  const train = ['train', '--preset', 'smoke', '--set', 'brats.width=0.03125'];
  const { status, stderr } = mckd(
    [...train, '--data', makeData(root), '--out', join(disk, 'out'), '--checkpoint-every', '1'],
    { MCKD_CACHE: join(root, 'cache') },
  );
  assert.equal(status, 1, stderr);
  assert.match(
    stderr.trim().split('\n').at(-1) ?? '',
    /can't be written \(ENOSPC.*free some space/,
  );
});

test('a closed pipe: no message, and the exit code of the work', (t) => {
  const root = temporaryFolder(t);
  const data = makeData(root);
  const run = (command: string) =>
    spawnSync('bash', ['-c', `set -o pipefail; ${command}`, process.execPath, MCKD, data], {
      encoding: 'utf8',
      timeout: GUARD_MS,
    });
  // `true` ends without reading, before the command writes.
  for (const command of ['verify "$2" --json', 'inspect --case "$2"']) {
    const { status, stderr } = run(`"$0" "$1" ${command} | true`);
    assert.equal(stderr, '', command);
    assert.equal(status, 0, command);
  }
  const faulty = run('"$0" "$1" verify "$2" --cases 77 | true');
  assert.deepEqual([faulty.status, faulty.stderr], [1, '']);
});
