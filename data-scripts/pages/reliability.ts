/** lib/recorded/reliability.md: the kit's guarantees, the tests that try to break them, and what was not tested. */
import { readJson, shippedFile } from '@mckd/lib/base';
import { faultsConclusions, type FaultsRecord } from '../faults/report';
import { bullets, head } from './page';

/** Each covered by tests. */
const PROMISES: readonly string[] = [
  'A training, a comparison, ablations, or `npm start` that is stopped, even by `kill -9`, resumes and ends as if it had not been. The checkpoint (weights, optimizers, importance weights, random streams, order of the data, stage, step, config, checksum) is written beside the old one, flushed and renamed; the one before is kept.',
  'It resumes only if settings, data, version and numerics (`lib/base/numerics.ts`) are unchanged; else it names what differs (`--force` resumes all the same, which the manifest records). A missing or damaged checkpoint is an error that names the one before (`--fresh` starts from scratch).',
  'A signal (Ctrl-C, a resized terminal) is handled by a thread that does not compute: in TensorFlow’s matrix product for AVX-512 it would overwrite data.',
  'A full disk, a folder that is read-only, a second run in the same folder: one plain line, and no partial file. Ctrl-C: a checkpoint, and exit code 130.',
  'A loss or gradient that is not finite ends the run before it touches weights or checkpoint, and names step, cases, scans and the first tensor.',
  'A file is read exactly or refused by name, in little time and memory: a scan whose header promises more bytes than exist, units that are no length, a gzip that would take more than 160 MiB and a hundred times its own size, an archive with links or paths that lead outside.',
  'No command replaces a file that it reads; results carry a mark in their header and are never read as scans or ground truth.',
  'JupyterLab listens on 127.0.0.1 only, with its token. Names from data are escaped in HTML and LaTeX, and the report loads nothing from a network.',
  'The same config on the same machine gives the same bytes (on its processor, with as many threads; not on a GPU). The number of threads depends on the machine and the number of trainings, not on those already finished, so the same command resumes with the same number; another machine, `--processes` or `--threads` change the last digits.',
];

const UNTESTED: readonly string[] = [
  'The set-up on a machine with a GPU. `npm start -- --gpu` was tried on one without: the CUDA wheel and NVIDIA’s libraries were installed, were loaded, and ran on the CPU with the results of the CPU wheel (TensorFlow then prints one line about `cuInit`). The H200 had no network: the finished set-up was copied there, without the code for other GPUs. The notebooks, a whole training and several GPUs were not tried. After `--gpu`, later starts stay with that build until `--cpu`.',
  'The speed of many threads. The plan for many cores and GPUs is tested as arithmetic; the gain from a second thread was measured on two cores and extrapolated by Amdahl’s law.',
  '`environment.yml` is checked against the pip list by a test, but no conda was available to run it.',
  '`npm run test:slow` sets up under Node 20, 22, 24 and 26, and in a path with spaces and other letters. By hand, the set-up, `doctor` and notebook 00 were run with Python 3.11 (a user other than root, `uv`), 3.13 (`umask 077`) and 3.14; with 3.10 and 3.12 the packages were installed and checked. No mirror of a registry was available; pip and npm were seen to use a proxy.',
  'The containers. The commands of `.devcontainer/` and `.binder/` have a slow test, which runs them without a container as a user who is not root; repo2docker was seen to read `.binder/`. No image was built.',
  'Processors without AVX-512. `DNNL_MAX_CPU_ISA=AVX2` limits oneDNN and the kit’s kernels to AVX2, but not the rest of TensorFlow; an emulated one (Haswell under QEMU, in a slow test) shows that nothing newer is executed, but not the speed. TensorFlow itself needs AVX.',
  'Linux on arm64, which the set-up refuses. With TensorFlow’s own wheel for it, a cross compiler and QEMU, the addon was built by hand and the kernels’ tests passed; a whole set-up was not tried.',
  'The download of the recordings was tested against local servers (broken, slow, wrong bytes), not against GitHub itself.',
  '`npm audit` could not be run where the kit was made (the registry there refuses it). Packages known to be outdated are replaced by overrides in `package.json`: `request` (danfojs-node) by its maintained fork, `tar`, `adm-zip`, `qs`, `@mapbox/node-pre-gyp`, and `xlsx` by a copy from the registry. Remaining: `mathjs` 9 (danfojs-node uses its statistics, never its expression parser), `node-fetch` 2, `https-proxy-agent` 2 and `rimraf` 2 (tfjs), and TypeScript 5.0 (inside tslab).',
];

export function reliabilityPage(): string {
  const { parts } = readJson(shippedFile('recorded', 'faults.json')) as FaultsRecord;
  return `${head('Nothing lost, nothing silent', 'What the kit guarantees when things go wrong, how that was tested, and what was not tested.')}
## Guarantees, each covered by tests

${bullets(PROMISES)}
## Tested at full size

\`npm run test:faults\` kills trainings, breaks files and watches long runs. Results of the committed run (\`faults.json\`, where each part names its
commit):

${bullets(faultsConclusions(parts))}
## Not tested

${bullets(UNTESTED)}`;
}
