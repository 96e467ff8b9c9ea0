/** lib/recorded/reliability.md: what the kit promises, what tried to break it, and what was not tested. */
import { readJson } from '@mckd/lib/dist/base/json';
import { shippedFile } from '@mckd/lib/dist/base/shipped-file';
import { faultsConclusions, type FaultsRecord } from '../faults/report';
import { bullets, head } from './page';

/** Each held by tests. */
const PROMISES: readonly string[] = [
  'A training, a comparison, ablations, or `npm start` that is stopped, even by `kill -9`, goes on where it was and ends as if it had not been. The checkpoint (weights, optimizers, importance weights, random streams, order of the data, stage, step, config, checksum) is written beside the old one, flushed and renamed; the one before is kept.',
  'It goes on only where settings, data, version and numerics (`lib/base/numerics.ts`) are what they were; else it names what differs (`--force` goes on all the same, and the manifest says so). A missing or damaged checkpoint is an error that offers the one before (`--fresh` starts from scratch).',
  'A signal (Ctrl-C, a terminal that changes its size) reaches a thread that does not compute: TensorFlow’s matrix product for AVX-512 would let it write over data.',
  'A full disk, a folder that is read-only, a second run in the same folder: one plain line, and nothing half-written. Ctrl-C: a checkpoint, and exit code 130.',
  'A loss or gradient that is not finite ends the run before it touches weights or checkpoint, and names step, cases, scans and the first tensor.',
  'A file is read exactly or refused by name, in little time and memory: a scan whose header promises more bytes than there are, units that are no length, a gzip that would take more than 160 MiB and a hundred times its own size, an archive with links or paths that lead outside.',
  'No command replaces a file that it reads; results carry a mark in their header and are never read as scans or ground truth.',
  'JupyterLab listens on 127.0.0.1 alone, with its token. Names from data are escaped in HTML and LaTeX, and the report loads nothing from a network.',
  'The same config on the same machine gives the same bytes (on its processor, with as many threads; not on a GPU). The number of threads comes from the machine and the number of trainings, not from what is done of them, so the same command resumes with what it had; another machine, `--processes` or `--threads` change the last digits.',
];

const UNTESTED: readonly string[] = [
  'The set-up on a machine with a GPU. `npm start -- --gpu` was tried on one without: the CUDA wheel and NVIDIA’s libraries were installed, were loaded, and ran on the CPU with the results of the CPU wheel (TensorFlow then prints one line about `cuInit`). The H200 had no network: what the set-up had built and installed was carried there, without the code for other cards. The notebooks, a whole training and several cards were not tried. After `--gpu`, later starts stay with that build until `--cpu`.',
  'How fast many threads are. The plan for many cores and cards is tested as arithmetic; what a second thread is worth was measured on two cores and is carried on by Amdahl’s law.',
  '`environment.yml` is checked against the pip list by a test, but no conda was at hand to run it.',
  '`npm run test:slow` sets up under Node 20, 22, 24 and 26, and in a path with spaces and other letters. By hand, the set-up, `doctor` and notebook 00 were run with Python 3.11 (a user other than root, `uv`), 3.13 (`umask 077`) and 3.14; with 3.10 and 3.12 the packages were installed and checked. A mirror of a registry was not at hand; that pip and npm go through a proxy was seen.',
  'The containers. The commands of `.devcontainer/` and `.binder/` have a slow test, which runs them without a container as a user who is not root; repo2docker was seen to read `.binder/`. No image was built.',
  'Processors without AVX-512. `DNNL_MAX_CPU_ISA=AVX2` holds oneDNN and the kit’s kernels to AVX2, not the rest of TensorFlow; an emulated one (Haswell under QEMU, in a slow test) shows that nothing newer is executed, and nothing of speed. TensorFlow itself needs AVX.',
  'Linux on arm64, which the set-up refuses. With TensorFlow’s own wheel for it, a cross compiler and QEMU, the addon was built by hand and the kernels’ tests passed; a whole set-up was not tried.',
  'The download of the recordings was tested against local servers (broken, slow, wrong bytes), not against GitHub itself.',
  '`npm audit` could not be run where the kit was made (the registry there refuses it). What was known to be outdated is helped by overrides in `package.json`: `request` (danfojs-node) by its maintained fork, `tar`, `adm-zip`, `qs`, `@mapbox/node-pre-gyp`, and `xlsx` by a copy from the registry. What is left: `mathjs` 9 (danfojs-node uses its statistics, never its expression parser), `node-fetch` 2, `https-proxy-agent` 2 and `rimraf` 2 (tfjs), and TypeScript 5.0 (inside tslab).',
];

export function reliabilityPage(): string {
  const { parts } = readJson(shippedFile('recorded', 'faults.json')) as FaultsRecord;
  return `${head('Nothing lost, nothing silent', 'What the kit promises when things go wrong, what was tried to break it, and what was not tested.')}
## Promises, each held by tests

${bullets(PROMISES)}
## Tried at full size

\`npm run test:faults\` kills trainings, breaks files and watches long runs. What the committed run found (\`faults.json\`, where each part says of which
commit it is):

${bullets(faultsConclusions(parts))}
## Not tested

${bullets(UNTESTED)}`;
}
