#!/usr/bin/env node
/**
 * The one entry point: `node data-scripts/start.mjs VERB [arguments]`. It checks the machine, does what
 * is missing of the set-up, and runs the verb. Plain Node: nothing is installed yet when it
 * runs first, and an old Node must be able to parse it.
 */
import path from 'path';
import { fileURLToPath } from 'url';
import { nodeProblem } from './setup/preflight.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const USAGE = `Usage: npm start | npm test | npm run lab | npm run doctor | npm run parity | npm run bench
   or: npm run data -- <set>
   or: node data-scripts/start.mjs VERB [arguments]

  run      the notebooks in order (-- --preset smoke|quick|standard|paper, --only 06)
  data     get a data set (data av-mnist; data phantom --out FOLDER)
  test     every test, or those whose file name holds a word (test random)
  lab      JupyterLab on the notebooks
  grade    a class's copies of the notebooks: the exercises that are right (grade a.ipynb b.ipynb)
  parity   the network against numbers of the authors' code
  cluster  the trainings of an experiment by Snakemake (-- rivals --profile local|slurm)
  site     notebooks, results and API as a static book (results/site)
  bench    times and memory against PyTorch, nibabel and NumPy (-- --quick)
  doctor   what this machine has, and what to fix; sets nothing up
  setup    the set-up only
Other verbs go to the kit's command line (node data-scripts/mckd.mjs --help).

  --gpu    use the CUDA build of TensorFlow from now on      --cpu    go back to the CPU build`;

async function main() {
  const [verb, ...rest] = process.argv.slice(2);
  if (verb === undefined || verb === 'help' || verb === '--help' || verb === '-h') {
    console.log(USAGE);
    return verb === undefined ? 2 : 0;
  }
  const problem = nodeProblem(process.versions.node);
  const tooOldForTheDoctor = Number(process.versions.node.split('.')[0]) < 18;
  if (verb === 'doctor' && !tooOldForTheDoctor) {
    return (await import('./setup/doctor.mjs')).doctor(root, { json: rest.includes('--json') });
  }
  if (problem) {
    console.error(`${problem.sentence} ${problem.fix}`);
    return 1;
  }
  const variant = rest.includes('--gpu') ? 'gpu' : rest.includes('--cpu') ? 'cpu' : undefined;
  const args = rest.filter((arg) => arg !== '--gpu' && arg !== '--cpu');
  const { setUp } = await import('./setup/setup.mjs');
  // With --json, stdout is for the result only.
  const out = args.includes('--json') ? process.stderr : process.stdout;
  if (!(await setUp(root, { variant, out }))) return 1;
  if (verb === 'setup') return 0;

  const { runThrough } = await import('./setup/processes.mjs');
  const script = { test: 'checks/test.mjs', lab: 'notebooks/lab.mjs' }[verb];
  const command = script ? [script, ...args] : ['mckd.mjs', verb, ...args];
  command[0] = path.join(root, 'data-scripts', command[0]);
  return runThrough(process.execPath, command, { cwd: root });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error.stack);
    process.exitCode = 1;
  },
);
