/** `npm run lab`: JupyterLab on the notebooks, with the kernel of .venv. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runThrough } from '../setup/processes.mjs';

/**
 * Arguments of Python: a server that only this machine can reach, whatever the user's settings of Jupyter
 * are, with its generated token. An explicit `--ip` overrides that.
 */
export function labArguments(notebooks, args, isRoot) {
  const given = (option) => args.some((arg) => option.test(arg));
  return [
    ...['-m', 'jupyterlab', notebooks],
    ...(given(/^--(ServerApp\.)?ip(=|$)/) ? [] : ['--ServerApp.ip=127.0.0.1']),
    // Jupyter refuses to run as root by default; in a container there is often no other user.
    ...(isRoot && !given(/^--allow-root$/) ? ['--allow-root'] : []),
    ...args,
  ];
}

async function main() {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
  const python = path.join(root, '.venv', 'bin', 'python');
  const folder = path.join(root, 'notebooks');
  const notebooks = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.ipynb'))
    .map((name) => path.join(folder, name));
  // JupyterLab removes sounds from untrusted notebooks.
  spawnSync(python, ['-m', 'nbformat.sign', ...notebooks], { stdio: 'ignore' });
  const args = labArguments(folder, process.argv.slice(2), process.getuid() === 0);
  return runThrough(python, args, { cwd: root });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main();
