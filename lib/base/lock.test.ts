import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { lockFile, takeLock } from './lock';

const TAKE = `require(${JSON.stringify(join(__dirname, 'lock.js'))}).takeLock(process.argv[1])`;

test('the second run gets an error that names the first, and gets the folder when the first is done', async (t) => {
  const folder = join(temporaryFolder(t), 'new');
  const release = await takeLock(folder);
  const where = `process ${process.pid} on ${hostname()}`;
  await assert.rejects(takeLock(folder), new RegExp(`new is in use by another run \\(${where}\\)`));
  const waiting = takeLock(folder, { waitMs: 60_000 });
  release();
  (await waiting)();
  assert.deepEqual(readdirSync(folder), []);
});

test('a lock that a killed process left is taken over, one of a live one is not', async (t) => {
  const folder = temporaryFolder(t);
  const script = `${TAKE}.then(() => { console.log('taken'); setInterval(() => 0, 1e6); })`;
  const child = spawn(process.execPath, ['-e', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await assert.rejects(takeLock(folder), new RegExp(`process ${child.pid} on`));
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok(existsSync(lockFile(folder)));
  (await takeLock(folder))();
  assert.deepEqual(readdirSync(folder), []);
});

test('a process that ends releases its folder', (t) => {
  const folder = temporaryFolder(t);
  spawnSync(process.execPath, ['-e', `${TAKE}.then(() => process.exit(3))`, folder]);
  assert.deepEqual(readdirSync(folder), []);
});

test('a reused process id, an empty lock and another host', async (t) => {
  const folder = temporaryFolder(t);
  const file = lockFile(folder);
  const release = await takeLock(folder);
  const owner = JSON.parse(readFileSync(file, 'utf8')) as object;
  release();
  if (existsSync('/proc/self/stat')) {
    writeFileSync(file, JSON.stringify({ ...owner, started: '1' }));
    (await takeLock(folder))();
  }
  writeFileSync(file, '');
  await assert.rejects(takeLock(folder), { code: 'LOCKED' });
  utimesSync(file, new Date(0), new Date(0));
  (await takeLock(folder))();
  writeFileSync(file, JSON.stringify({ ...owner, host: 'elsewhere', pid: 1 }));
  await assert.rejects(takeLock(folder), /process 1 on elsewhere\).*remove .*run\.lock/);
});

/** A lock as another host, container or Slurm job wrote it, so long ago. */
function writeForeign(folder: string, owner: object, ageMs: number): void {
  const text = { pid: process.pid, host: hostname(), started: '', system: 'another', ...owner };
  writeFileSync(lockFile(folder), JSON.stringify(text));
  const then = new Date(Date.now() - ageMs);
  utimesSync(lockFile(folder), then, then);
}

const QUICK = { everyMs: 40, staleMs: 400 };

test('a lock of another host or container is stale when it was not written for the time of its lease', async (t) => {
  const folder = temporaryFolder(t);
  const lease = { everyMs: 30_000, staleMs: 300_000 };
  for (const owner of [{ host: 'elsewhere' }, { system: 'another boot, another namespace' }]) {
    writeForeign(folder, owner, 290_000);
    await assert.rejects(takeLock(folder, { lease }), { code: 'LOCKED' });
    writeForeign(folder, owner, 310_000);
    (await takeLock(folder, { lease }))();
    assert.deepEqual(readdirSync(folder), []);
  }
  // Of an older kit, which nobody writes again: not to be told from a living one.
  writeForeign(folder, { host: 'elsewhere', system: undefined }, 310_000);
  await assert.rejects(takeLock(folder, { lease }), { code: 'LOCKED' });
});

test('the owner writes its lock from a thread, also while its event loop is held', async (t) => {
  const folder = temporaryFolder(t);
  const release = await takeLock(folder, { lease: QUICK });
  const before = statSync(lockFile(folder)).mtimeMs;
  await new Promise((resolve) => setTimeout(resolve, 200));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  const after = statSync(lockFile(folder)).mtimeMs;
  assert.ok(after - before > 500, `written ${after - before} ms later`);
  release();
});

test('a process whose folder was taken over ends', async (t) => {
  const folder = temporaryFolder(t);
  const script = `require(${JSON.stringify(join(__dirname, 'lock.js'))}).takeLock(process.argv[1], { lease: ${JSON.stringify(QUICK)} })
    .then(() => { console.log('taken'); setInterval(() => 0, 1e6); })`;
  const child = spawn(process.execPath, ['-e', script, folder], { stdio: 'pipe' });
  let errors = '';
  child.stderr.on('data', (part) => (errors += String(part)));
  await once(child.stdout, 'data');
  writeForeign(folder, { host: 'elsewhere' }, 0);
  const [code] = (await once(child, 'exit')) as [number];
  assert.notEqual(code, 0);
  assert.match(errors, /is another run's now/);
  assert.match(readFileSync(lockFile(folder), 'utf8'), /elsewhere/);
});

test('a job that Slurm restarted takes over its own lock', async (t) => {
  const folder = temporaryFolder(t);
  const before = { ...process.env };
  t.after(() => (process.env = before));
  const slurm = { job: '7', restarts: 0 };
  process.env.SLURM_JOB_ID = '8';
  process.env.SLURM_RESTART_COUNT = '1';
  writeForeign(folder, { host: 'elsewhere', slurm }, 0);
  await assert.rejects(takeLock(folder), { code: 'LOCKED' });
  process.env.SLURM_JOB_ID = '7';
  (await takeLock(folder))();
});

test('in another namespace of process ids a living process keeps its folder', async (t) => {
  const folder = temporaryFolder(t);
  const inside = spawnSync('unshare', ['--pid', '--fork', 'true']);
  if (inside.status !== 0) return t.skip('unshare --pid is not allowed here');
  const release = await takeLock(folder);
  const script = `${TAKE}.then(() => console.log('taken'), (error) => console.log(error.code))`;
  const other = spawnSync('unshare', [
    ...['--pid', '--fork', '--mount-proc', process.execPath],
    ...['-e', script, folder],
  ]);
  assert.equal(String(other.stdout), 'LOCKED\n');
  release();
});

test('of three processes that take over stale locks from each other, never two have the folder', async (t) => {
  const folder = temporaryFolder(t);
  const script = `
    const { takeLock, lockFile } = require(${JSON.stringify(join(__dirname, 'lock.js'))});
    const fs = require('node:fs');
    const { writeFileSync, renameSync, rmSync } = fs;
    const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    // Each file operation of the lock begins at some later moment, so that all orders come up.
    for (const name of ['readFileSync', 'writeFileSync', 'linkSync', 'renameSync', 'rmSync']) {
      const own = fs[name];
      fs[name] = (...args) => {
        pause(4 * Math.random());
        return own(...args);
      };
    }
    const [folder] = process.argv.slice(1);
    const stale = (id) => JSON.stringify({ pid: 2 ** 22 + 1, host: require('node:os').hostname(), started: '', id });
    process.setMaxListeners(0);
    (async () => {
      let taken = 0;
      for (const end = Date.now() + 4000; Date.now() < end; ) {
        try { await takeLock(folder); } catch { continue; }
        writeFileSync(folder + '/inside', '', { flag: 'wx' });
        pause(10);
        rmSync(folder + '/inside');
        // As if killed: the lock stays, and its process is gone.
        const text = folder + '/gone.' + process.pid;
        writeFileSync(text, stale(process.pid + '.' + taken));
        renameSync(text, lockFile(folder));
        taken += 1;
      }
      console.log(taken);
    })();`;
  const children = Array.from({ length: 3 }, () =>
    spawn(process.execPath, ['-e', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const counts = await Promise.all(
    children.map(async (child) => {
      let text = '';
      for await (const part of child.stdout) text += String(part);
      return Number(text || NaN);
    }),
  );
  assert.ok(
    counts.every((count) => count > 0),
    `taken ${counts.join(', ')} times`,
  );
  assert.deepEqual(readdirSync(folder), ['run.lock']);
});

test('of many that want a folder with a stale lock, one has it', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(
    lockFile(folder),
    JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: '' }),
  );
  const script = `${TAKE}.then(() => { process.stdout.write('1'); setTimeout(() => 0, 3000); }, () => 0)`;
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['-e', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const texts = await Promise.all(
    children.map(async ({ stdout }) => {
      let text = '';
      for await (const part of stdout) text += String(part);
      return text;
    }),
  );
  assert.equal(texts.join(''), '1');
});
