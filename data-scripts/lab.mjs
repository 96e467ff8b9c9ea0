/** `npm run lab`: JupyterLab on the notebooks, with the kernel of .venv. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runThrough } from './processes.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
// Jupyter refuses to run as root unless told; in a container there is often no other user.
if (process.getuid() === 0 && !args.includes('--allow-root')) args.unshift('--allow-root');

process.exitCode = await runThrough(
  path.join(root, '.venv', 'bin', 'python'),
  ['-m', 'jupyterlab', path.join(root, 'notebooks'), ...args],
  { cwd: root },
);
