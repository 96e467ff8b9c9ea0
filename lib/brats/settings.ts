/**
 * How the distillation of the short presets was chosen: a few weights and the other distance, tried on
 * meta-validation cases with a seed that no table uses. The test cases are never looked at here.
 * `mckd tune brats` runs it; `mckd record brats-settings` keeps the outcome with the kit.
 */
import { z } from 'zod';
import { buildConfig, type BratsConfig, type Config } from '../config';
import { REGIONS, type Region } from '../datasets/brats';
import type { RecordOptions } from '../experiment/recorded-runs';
import { readTrials, recordTrials, type TrialsOptions } from '../experiment/recorded-trials';
import type { Table } from '../report/tables';
import { subsetDice } from './comparison-table';
import type { BratsMethodChanges } from './methods';
import type { BratsRun, BratsTask } from './run-record';
import { shippedFile } from '../base/shipped-file';

/** The tables use 0, 1, 2. */
const TRIAL_SEED = 100;

type Changes = Partial<Pick<BratsConfig, 'distillationWeight' | 'distance'>>;

/** Of the trials. */
const PRESET = 'standard';

/** What is changed of the preset. */
const TRIALS: Changes[] = [
  { distillationWeight: 0 },
  { distillationWeight: 0.001 },
  { distillationWeight: 0.01 },
  { distillationWeight: 0.1 },
  { distillationWeight: 0.1, distance: 'MSE' },
];

/** One setting, and the meta-validation cases' Dice in percent, mean over the 15 subsets. */
export interface BratsTrial {
  changes: Changes;
  dice: Record<Region, number>;
  /** L_KD before its weight, mean over the last hundred steps. */
  distillation: number;
}

const trialSchema: z.ZodType<BratsTrial> = z.strictObject({
  changes: z.strictObject({
    distillationWeight: z.number().optional(),
    distance: z.enum(['L1', 'MSE']).optional(),
  }),
  dice: z.strictObject({ ET: z.number(), WT: z.number(), TC: z.number() }),
  distillation: z.number(),
});

const RECORDED: TrialsOptions<BratsTrial> = { trial: trialSchema, command: 'mckd tune brats' };

/** The trainings to make, as `runComparison` takes them; a task for each of `trials`, in their order. */
export function bratsTrials(): {
  config: Config;
  trials: readonly Changes[];
  methods: BratsMethodChanges;
  tasks: BratsTask[];
} {
  const methods = Object.fromEntries(
    TRIALS.map((changes) => [titleOf(changes), { title: titleOf(changes), changes }]),
  );
  return {
    config: buildConfig(PRESET),
    trials: TRIALS,
    methods,
    tasks: Object.keys(methods).map((method) => ({ method, seed: TRIAL_SEED })),
  };
}

function titleOf({ distillationWeight, distance = 'L1' }: Changes): string {
  return distillationWeight === 0 ? 'none' : `weight ${distillationWeight}, ${distance}`;
}

/** What the meta-validation cases say of a trial's run. */
export function summariseBratsTrial(changes: Changes, run: BratsRun): BratsTrial {
  const dice = Object.fromEntries(
    REGIONS.map((region) => [
      region,
      Number(subsetDice(run, region, undefined, 'metaValidation').toFixed(2)),
    ]),
  ) as Record<Region, number>;
  const { distillation, stride } = run.curves;
  const last = distillation.slice(-Math.ceil(100 / stride));
  return { changes, dice, distillation: last.reduce((sum, value) => sum + value, 0) / last.length };
}

const FILE = shippedFile('recorded', 'brats-settings.json');

/** @throws ReaderError naming the file, when it is missing or broken */
export function recordedBratsTrials(file: string = FILE): BratsTrial[] {
  return readTrials(file, RECORDED);
}

/** Copies what `writeTrials` left, as `recordTrials` does. */
export function recordBratsTrials(
  from: string,
  file: string,
  options: RecordOptions,
): BratsTrial[] {
  return recordTrials(from, file, RECORDED, options);
}

/** The trials as a table. */
export function bratsSettingsTable(trials: readonly BratsTrial[]): Table {
  const paper = buildConfig('paper').brats;
  return {
    name: 'brats-settings',
    title: 'How strongly to distil in a short training, judged on meta-validation cases',
    caption:
      `Dice in percent, mean over the 15 subsets; preset ${PRESET} on the phantom, one seed that no other table uses. ` +
      `The test cases were not looked at. The paper’s weight is ${paper.distillationWeight} with ${paper.distance}.`,
    columns: [
      { key: 'setting', title: 'distillation' },
      ...REGIONS.map((region) => ({
        key: region,
        title: region,
        digits: 1,
        best: 'highest' as const,
      })),
      { key: 'distillation', title: 'L_KD at the end', digits: 4 },
    ],
    rows: trials.map(({ changes, dice, distillation }) => ({
      setting: titleOf(changes),
      ...dice,
      distillation,
    })),
  };
}
