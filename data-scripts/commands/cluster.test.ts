import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { findKitRoot } from '@mckd/lib/report';
import { checkpointsOf, keysOf, MCKD } from '../checks/sweep';

/** Some steps of each method. */
const SWEEP = [
  ...['comparison', '--preset', 'smoke'],
  ...['--set', 'brats.width=0.03125', 'brats.phantom.cases=12'],
];

const ENVIRONMENT = join(findKitRoot(__dirname), '.venv-cluster', 'mckd-requirements');

test('a sweep by Snakemake: a receipt per training, the tables, and nothing is trained twice', (t) => {
  if (!existsSync(ENVIRONMENT)) {
    return t.skip('Snakemake is not set up; the first call of npm run cluster does that');
  }
  const out = join(temporaryFolder(t), 'out');
  const run = (): string =>
    execFileSync(process.execPath, [MCKD, 'cluster', ...SWEEP, '--out', out], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const tables = run();
  assert.match(tables, /Three trainings over the 15 subsets/);
  const keys = keysOf(out);
  assert.equal(keys.length, 3);
  const receipts = readdirSync(join(out, 'jobs')).filter((name) => /^seed.*\.json$/.test(name));
  assert.equal(receipts.length, 3);
  assert.equal(readFileSync(join(out, 'jobs', 'tables.md'), 'utf8').trimEnd(), tables.trimEnd());
  const times = (): number[] =>
    keys.map((key) => statSync(join(out, 'brats', 'runs', key, 'run.json')).mtimeMs);
  const [before, checkpoints] = [times(), checkpointsOf(out)];
  assert.equal(run(), tables);
  assert.deepEqual([times(), checkpointsOf(out)], [before, checkpoints]);
});
