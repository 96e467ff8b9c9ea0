/**
 * How the settings that no paper states were chosen: a few values of each, tried on held-back pairs
 * with seeds that no table uses. The test pairs are never looked at here.
 * `mckd tune av-mnist` runs it; `mckd record av-mnist-settings` keeps the outcome with the kit.
 */
import { z } from 'zod';
import { buildConfig, type AvMnistConfig, type Config } from '../config';
import { readTrials, recordTrials, type TrialsOptions } from '../experiment/recorded-trials';
import type { RecordOptions } from '../experiment/recorded-runs';
import { meanCell, type MeanCell, type Table } from '../report/tables';
import type { AvTask } from './task';
import type { AvRun } from './run';
import { shippedFile } from '../base/shipped-file';

/** Seeds of the trials; the tables use 0 .. 9. */
const TRIAL_SEEDS = [100, 101, 102, 103];

/** What is trained: mean filling without distillation. */
const TRIAL = { method: 'noDistillation', scarce: 'speech', rate: 0.1 } as const;

/** Judged by the mean of so many epochs at the end. */
const LAST_EPOCHS = 10;

/** What is changed of the `paper` preset, one setting at a time; the first is the preset itself. */
const TRIALS: Partial<Pick<AvMnistConfig, 'featureSize' | 'batchSize' | 'headDropout'>>[] = [
  {},
  { featureSize: 64 },
  { batchSize: 16 },
  { headDropout: 0.3 },
];

/** One value of one setting, and what the held-back pairs say of it. */
export interface SettingTrial {
  changes: (typeof TRIALS)[number];
  /** Mean of the last epochs' cross-entropy on held-back pairs, over seeds. */
  heldBackLoss: MeanCell;
  /** Mean of the last epochs' accuracy on held-back pairs in percent, over seeds. */
  heldBackAccuracy: MeanCell;
  /** Training time of a run on one core. */
  seconds: MeanCell;
}

const meanSchema = z.strictObject({
  mean: z.number(),
  sd: z.number().optional(),
  n: z.int().min(1),
});

const trialSchema: z.ZodType<SettingTrial> = z.strictObject({
  changes: z.strictObject({
    featureSize: z.int().optional(),
    batchSize: z.int().optional(),
    headDropout: z.number().optional(),
  }),
  heldBackLoss: meanSchema,
  heldBackAccuracy: meanSchema,
  seconds: meanSchema,
});

const RECORDED: TrialsOptions<SettingTrial> = {
  trial: trialSchema,
  command: 'mckd tune av-mnist',
};

/** The configs and runs to make. */
export function settingTrials(): {
  changes: (typeof TRIALS)[number];
  config: Config;
  tasks: AvTask[];
}[] {
  const tasks = TRIAL_SEEDS.map((seed): AvTask => ({ ...TRIAL, seed }));
  return TRIALS.map((changes) => ({
    changes,
    config: buildConfig('paper', { avMnist: changes }),
    tasks,
  }));
}

/** What the held-back pairs say of the runs of one trial. */
export function summariseTrial(
  changes: (typeof TRIALS)[number],
  runs: readonly AvRun[],
): SettingTrial {
  const atTheEnd = (values: number[]): number => meanCell(values.slice(-LAST_EPOCHS)).mean;
  return {
    changes,
    heldBackLoss: meanCell(runs.map((run) => atTheEnd(run.curves.heldBackLoss))),
    heldBackAccuracy: meanCell(runs.map((run) => 100 * atTheEnd(run.curves.heldBackAccuracy))),
    seconds: meanCell(runs.map((run) => run.seconds)),
  };
}

const FILE = shippedFile('recorded', 'av-mnist-settings.json');

/**
 * The committed trials.
 * @throws ReaderError naming the file, when it is missing or broken
 */
export function recordedTrials(file: string = FILE): SettingTrial[] {
  return readTrials(file, RECORDED);
}

/** Copies what `writeTrials` left, as `recordTrials` does. */
export function recordSettingTrials(
  from: string,
  file: string,
  options: RecordOptions,
): SettingTrial[] {
  return recordTrials(from, file, RECORDED, options);
}

/** The trials as a table. */
export function settingsTable(trials: readonly SettingTrial[]): Table {
  const { featureSize, batchSize, headDropout } = buildConfig('paper').avMnist;
  const preset = `the preset: feature size ${featureSize}, batch ${batchSize}, head dropout ${headDropout}`;
  const describe = (changes: SettingTrial['changes']): string =>
    Object.entries(changes)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ') || preset;
  return {
    name: 'av-mnist-settings',
    title: 'Settings that no paper states, judged on held-back pairs',
    caption:
      `Mean of the last ${LAST_EPOCHS} epochs on held-back training pairs with images alone; ${TRIAL_SEEDS.length} seeds that no other table uses, ` +
      `speech kept for ${100 * TRIAL.rate} %, no distillation. The test pairs were not looked at.`,
    columns: [
      { key: 'setting', title: 'setting' },
      { key: 'loss', title: 'held-back cross-entropy', digits: 4, best: 'lowest' },
      { key: 'accuracy', title: 'held-back accuracy (%)', best: 'highest' },
      { key: 'seconds', title: 'seconds a run, one core', digits: 0 },
    ],
    rows: trials.map(({ changes, heldBackLoss, heldBackAccuracy, seconds }) => ({
      setting: describe(changes),
      loss: heldBackLoss,
      accuracy: heldBackAccuracy,
      seconds,
    })),
  };
}
