#!/usr/bin/env node
/**
 * `npm run test:fresh`: what a newcomer has, so that rot is found before one does. A fresh clone in an empty home, as another
 * user where that can be had; the set-up, which with the phantoms' anatomy is all
 * that is fetched, then without a network the notebooks at `smoke`, and every test.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** Set-up and the phantoms' anatomy are fetched; after them nothing is. */
const STEPS = [
  { name: 'set-up', args: ['run', 'setup'], network: true },
  {
    name: 'anatomy',
    args: ['run', 'data', '--', 'phantom', '--cases', '1', '--out', '../phantom'],
    network: true,
  },
  { name: 'notebooks', args: ['start', '--', '--preset', 'smoke'], network: false },
  { name: 'tests', args: ['test'], network: false },
];

/** Variables of a user's own: folders, and everything of the kit and of the npm that runs this. */
const OWN = /^(HOME|USER|LOGNAME|MCKD_|XDG_|npm_|INIT_CWD|VIRTUAL_ENV|PYTHON|PYENV)/i;

/** The user `nobody` where this one is root, who may be another; else this one. */
function otherUser() {
  if (process.getuid?.() !== 0) return undefined;
  const { status, stdout } = spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : undefined;
}

const LOOPBACK =
  'import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH22x", b"lo", 0x41))';

/** A command in front of another that runs it without a network but the loopback; none where the system allows none. */
function withoutNetwork(uid) {
  if (process.platform !== 'linux') return undefined;
  const up = `python3 -c '${LOOPBACK}' && exec "$@"`;
  // A user who is not root needs a namespace of users, too, and is root in it.
  const kinds =
    uid === undefined && process.getuid() !== 0 ? ['--map-root-user', '--net'] : ['--net'];
  const words = ['unshare', ...kinds, 'sh', '-c', up, 'sh'];
  return spawnSync(words[0], [...words.slice(1), 'true']).status === 0 ? words : undefined;
}

const asUser = (uid) =>
  uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];

/** Every folder of PATH that the other user may read. */
function readablePath(uid) {
  const readable = (folder) =>
    uid === undefined ||
    spawnSync(asUser(uid)[0], [...asUser(uid).slice(1), 'ls', folder]).status === 0;
  return (process.env.PATH ?? '').split(path.delimiter).filter(readable).join(path.delimiter);
}

/** Runs a step with its output in a file; returns its exit code. */
async function runStep({ args, network }, { folder, env, uid, offline, log }) {
  const words = [...(network ? [] : (offline ?? [])), ...asUser(uid), 'npm', ...args];
  const output = fs.openSync(log, 'w');
  const child = spawn(words[0], words.slice(1), {
    cwd: folder,
    env,
    stdio: ['ignore', output, output],
  });
  const stop = () => child.kill('SIGTERM');
  process.once('SIGINT', stop);
  const code = await new Promise((resolve) =>
    child.once('close', (status) => resolve(status ?? 1)),
  );
  process.off('SIGINT', stop);
  fs.closeSync(output);
  return code;
}

async function main() {
  const keep = process.argv.includes('--keep');
  const base = fs.mkdtempSync(path.join(os.tmpdir(), 'mckd-fresh-'));
  const [folder, home, logs] = ['a kit', 'home', 'logs'].map((name) => path.join(base, name));
  for (const own of [home, logs]) fs.mkdirSync(own);
  execFileSync('git', ['clone', '--quiet', root, folder]);
  const uid = otherUser();
  if (uid !== undefined) {
    fs.chmodSync(base, 0o755);
    execFileSync('chown', ['-R', `${uid}:${uid}`, base]);
  }
  const kept = Object.entries(process.env).filter(([name]) => !OWN.test(name));
  const env = { ...Object.fromEntries(kept), HOME: home, PATH: readablePath(uid), CI: 'true' };
  const offline = withoutNetwork(uid);
  const changed = execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' });
  if (changed) console.log('what is not committed is not in the clone');
  console.log(
    `Node ${process.versions.node}, ${uid === undefined ? 'this user' : `user ${uid}`} with an empty home`,
  );
  if (!offline) console.log('the network stays on: this system gives no network namespace');
  let failed;
  for (const step of STEPS) {
    const log = path.join(logs, `${step.name}.log`);
    const start = performance.now();
    const code = await runStep(step, { folder, env, uid, offline, log });
    const minutes = ((performance.now() - start) / 60_000).toFixed(1);
    const where = step.network || !offline ? '' : ', without a network';
    console.log(
      `${code === 0 ? 'ok  ' : 'FAIL'}  npm ${step.args.join(' ')}${where}  ${minutes} min`,
    );
    if (code === 0) continue;
    failed = log;
    console.log(fs.readFileSync(log, 'utf8').trimEnd().split('\n').slice(-30).join('\n'));
    break;
  }
  if (keep || failed) console.log(`kept: ${base}`);
  else fs.rmSync(base, { recursive: true, force: true });
  process.exitCode = failed ? 1 : 0;
}

await main();
