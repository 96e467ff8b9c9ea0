import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
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
