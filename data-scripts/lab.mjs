/** `npm run lab`: JupyterLab on the notebooks, with the kernel of .venv. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runThrough } from './processes.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
// Jupyter refuses to run as root unless told; in a container there is often no other user.
if (process.getuid() === 0 && !args.includes('--allow-root')) args.unshift('--allow-root');

const python = path.join(root, '.venv', 'bin', 'python');
const notebooks = fs
  .readdirSync(path.join(root, 'notebooks'))
  .filter((name) => name.endsWith('.ipynb'))
  .map((name) => path.join(root, 'notebooks', name));
// JupyterLab takes the sounds out of notebooks that it does not trust.
spawnSync(python, ['-m', 'nbformat.sign', ...notebooks], { stdio: 'ignore' });

process.exitCode = await runThrough(
  python,
  ['-m', 'jupyterlab', path.join(root, 'notebooks'), ...args],
  { cwd: root },
);
