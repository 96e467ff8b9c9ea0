/** `mckd record`: copies a finished run from results/ to lib/recorded. */
import { join, resolve } from 'node:path';
import { audiovision, avDataRef, avMnistProblem, type AvExperimentName } from '@mckd/lib/avmnist';
import {
  bratsProblem,
  COMPARED,
  comparison,
  recordSplits,
  recordWeights,
  rivals,
  RIVALS,
  type RecordedWeights,
  type WeightsToRecord,
} from '@mckd/lib/brats';
import { recordParity } from '@mckd/lib/checks';
import { buildConfig, type Config } from '@mckd/lib/config';
import { loadAvMnist } from '@mckd/lib/datasets';
import {
  finishedRuns,
  recordRuns,
  recordTable,
  requireSameRuns,
  writeRuns,
  type RecordedManifest,
  type RecordOptions,
} from '@mckd/lib/experiment';
import { findKitRoot } from '@mckd/lib/report';
import { recordBench, recordStepOps } from '../bench/report';
import { recordRun } from '../notebooks/recorded-run';
import type { RecordedName } from '../terminal/recorded-names';
import { recordFaults } from '../faults/report';

export interface RecordCommandOptions {
  from?: string;
  replace?: boolean;
  /** Of `quick`: runs on other instructions or numbers of threads. */
  others?: string[];
}

interface Kept {
  /** The run's folder or file, relative to results/. */
  from: string;
  /** In lib/recorded. */
  to: string;
  /** Checks `from` and copies it. Returns a description. */
  keep(
    from: string,
    to: string,
    options: RecordOptions & { others?: string[] },
  ): string | Promise<string>;
}

const KEPT: Record<RecordedName, Kept> = {
  quick: {
    from: 'quick',
    to: 'quick/tables.json',
    keep: (from, to, { others }) => recordRun(from, to, others),
  },
  'av-mnist-paper': { from: 'paper', to: 'av-mnist-paper', keep: keepAvMnist },
  'av-mnist-published': declaredAv('av-mnist-published'),
  'av-mnist-distillation': declaredAv('av-mnist-distillation'),
  'av-mnist-complete': declaredAv('av-mnist-complete'),
  'av-mnist-level': declaredAv('av-mnist-level'),
  'av-mnist-lower-bound': declaredAv('av-mnist-lower-bound'),
  'av-rivals': declaredAv('av-rivals'),
  'av-mnist-settings': {
    from: 'tune/av-mnist/settings.json',
    to: 'av-mnist-settings.json',
    keep: keepTable('npx mckd tune av-mnist'),
  },
  'brats-standard': {
    from: 'standard/brats/comparison',
    to: 'brats-standard',
    keep: withWeights((config) => ({
      experiment: comparison(config),
      methods: COMPARED.map(({ key }) => key),
      command: 'npx mckd compare',
    })),
  },
  'brats-ablations': {
    from: 'standard/brats/ablations',
    to: 'brats-ablations',
    keep: (...given) => describeRuns(recordRuns(bratsProblem, ...given)),
  },
  'brats-rivals': {
    from: 'quick/brats/rivals',
    to: 'brats-rivals',
    keep: withWeights((config) => ({
      experiment: rivals(config),
      methods: RIVALS,
      command: 'npx mckd experiment run rivals',
      // Seven networks, in the space of three.
      dtype: 'F16',
    })),
  },
  'brats-rivals-standard': {
    from: 'standard/brats/rivals',
    to: 'brats-rivals-standard',
    keep: (...given) => describeRuns(recordRuns(bratsProblem, ...given)),
  },
  'brats-dedicated': {
    from: 'quick/brats/dedicated',
    to: 'brats-dedicated',
    keep: (...given) => describeRuns(recordRuns(bratsProblem, ...given)),
  },
  'brats-settings': {
    from: 'tune/brats/settings.json',
    to: 'brats-settings.json',
    keep: keepTable('npx mckd tune brats'),
  },
  parity: {
    from: 'parity/summary.json',
    to: 'parity.json',
    keep: (from, to) => recordParity(from, to).summary,
  },
  bench: { from: 'bench', to: 'bench', keep: recordBench },
  'step-ops': { from: 'bench', to: 'step-ops', keep: recordStepOps },
  faults: { from: 'faults/faults.json', to: 'faults.json', keep: recordFaults },
  processes: {
    from: 'processes/processes.json',
    to: 'processes.json',
    keep: (...given) => `${recordSplits(...given).rows.length} rows`,
  },
};

/**
 * @param root the kit's
 * @returns what was recorded, in words
 * @throws UserError if the run is missing, incomplete, or of another experiment; then the record is kept
 */
export async function record(
  name: RecordedName,
  { from, replace, others }: RecordCommandOptions,
  root: string = findKitRoot(__dirname),
): Promise<string> {
  const kept = KEPT[name];
  const source = from === undefined ? join(root, 'results', kept.from) : resolve(from);
  const what = await kept.keep(source, join(root, 'lib', 'recorded', kept.to), {
    replace,
    others,
  });
  return `recorded in lib/recorded/${kept.to}: ${what}`;
}

function declaredAv(name: AvExperimentName | 'av-rivals'): Kept {
  return {
    from: `paper/av-mnist/${name}`,
    to: name,
    keep: (...given) => describeRuns(recordRuns(avMnistProblem, ...given)),
  };
}

/** Trials of a tuning. */
function keepTable(again: string): Kept['keep'] {
  return (from, to, options) => `${recordTable(from, to, again, options).rows.length} trials`;
}

function describeRuns({ coreMinutes }: RecordedManifest): string {
  return `its runs, ${coreMinutes} core-minutes`;
}

/** Notebook 06 writes each run separately. */
async function keepAvMnist(from: string, to: string, options: RecordOptions): Promise<string> {
  const config = buildConfig('paper');
  const data = avDataRef(await loadAvMnist());
  const place = { directory: join(from, 'runs', 'av-mnist'), data };
  const runs = finishedRuns(audiovision(config), place);
  const all = join(from, 'av-mnist');
  const command = 'npm start -- --preset paper --only 06';
  writeRuns(all, { command, config, runs, data, root: findKitRoot(__dirname) });
  return describeRuns(recordRuns(avMnistProblem, all, to, options));
}

/** The networks first: if one of their trainings is missing, the recorded runs are kept, too. */
function withWeights(
  of: (config: Config) => Pick<WeightsToRecord, 'experiment' | 'methods' | 'command' | 'dtype'>,
): Kept['keep'] {
  return async (from, to, options) => {
    const { config, data } = requireSameRuns(bratsProblem, from, to, options);
    const directory = join(from, '..', 'runs');
    const given = { ...of(config), config, directory, data };
    const weights = await recordWeights(given, join(to, 'weights'));
    return [
      describeRuns(recordRuns(bratsProblem, from, to, options)),
      ...weights.map(describeWeights),
    ].join('\n');
  };
}

function describeWeights({ method, seed, bytes, sha256, dice }: RecordedWeights): string {
  const scores = Object.entries(dice).map(([region, value]) => `${region} ${value.toFixed(1)}`);
  return `recorded:${method}: seed ${seed}, ${(bytes / 1e6).toFixed(1)} MB, sha256 ${sha256.slice(0, 12)}, test Dice ${scores.join(', ')} %`;
}
