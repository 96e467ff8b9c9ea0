import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { labArguments } from './lab.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

test('JupyterLab listens on this machine only, and always has a token', () => {
  assert.deepEqual(labArguments('/kit/notebooks', [], false), [
    ...['-m', 'jupyterlab', '/kit/notebooks', '--ServerApp.ip=127.0.0.1'],
  ]);
  const asRoot = labArguments('/kit/notebooks', ['--no-browser'], true);
  assert.deepEqual(asRoot.slice(3), ['--ServerApp.ip=127.0.0.1', '--allow-root', '--no-browser']);
  assert.equal(
    labArguments('n', ['--allow-root'], true).filter((arg) => /root/.test(arg)).length,
    1,
  );
  assert.ok(!asRoot.some((arg) => /token|password|remote|origin/i.test(arg)), asRoot.join(' '));
  // Twice would be an error of Jupyter's.
  for (const own of [['--ip=0.0.0.0'], ['--ip', '0.0.0.0'], ['--ServerApp.ip=0.0.0.0']]) {
    assert.deepEqual(labArguments('n', own, false).slice(3), own);
  }
});

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const connects = (host, port) =>
  new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 2000 });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .on('connect', () => end(true))
      .on('error', () => end(false))
      .on('timeout', () => end(false));
  });

test('the real one listens on 127.0.0.1, and refuses requests without a token', async (t) => {
  const python = path.join(root, '.venv', 'bin', 'python');
  if (!fs.existsSync(python)) return t.skip('the set-up has not run');
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'mckd-lab-'));
  // A user whose own settings open it to the network.
  fs.mkdirSync(path.join(home, 'config'));
  fs.writeFileSync(
    path.join(home, 'config', 'jupyter_server_config.json'),
    JSON.stringify({ ServerApp: { ip: '0.0.0.0' } }),
  );
  const port = await freePort();
  const options = ['--no-browser', `--port=${port}`, '--ServerApp.port_retries=0'];
  const lab = spawn(
    process.execPath,
    [path.join(root, 'data-scripts', 'notebooks', 'lab.mjs'), ...options],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        JUPYTER_TOKEN: '',
        JUPYTER_CONFIG_DIR: path.join(home, 'config'),
        JUPYTER_DATA_DIR: path.join(home, 'data'),
        JUPYTER_RUNTIME_DIR: path.join(home, 'runtime'),
        JUPYTERLAB_SETTINGS_DIR: path.join(home, 'settings'),
        JUPYTERLAB_WORKSPACES_DIR: path.join(home, 'workspaces'),
      },
    },
  );
  const ended = new Promise((resolve) => lab.once('exit', resolve));
  t.after(async () => {
    lab.kill('SIGTERM');
    await ended;
    fs.rmSync(home, { recursive: true, force: true });
  });
  let log = '';
  const url = await new Promise((resolve, reject) => {
    lab.stderr.setEncoding('utf8').on('data', (text) => {
      log += text;
      const [found] = /http:\/\/127\.0\.0\.1:\d+\/lab\S*/.exec(log) ?? [];
      if (found) resolve(found);
    });
    void ended.then((code) => reject(new Error(`it ended with ${code}:\n${log}`)));
  });
  const token = new URL(url).searchParams.get('token');
  assert.match(token ?? '', /^[0-9a-f]{32,}$/, url);
  assert.equal(new URL(url).port, String(port));
  const status = async (query) =>
    (await fetch(`http://127.0.0.1:${port}/api/contents${query}`)).status;
  assert.equal(await status(`?token=${token}`), 200);
  assert.equal(await status(''), 403);
  assert.equal(await status('?token=0123456789abcdef'), 403);
  const others = Object.values(os.networkInterfaces())
    .flat()
    .filter(({ family, internal }) => family === 'IPv4' && !internal);
  for (const { address } of others) {
    assert.equal(await connects(address, port), false, `it listens on ${address}, too`);
  }
});
