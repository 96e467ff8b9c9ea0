/**
 * The choice of the settings that no paper states: a few values of each, tried on held-out pairs
 * with seeds that no table uses. The test pairs are never used here.
 */
import { buildConfig } from '../config';
import { meanOf, type RunMetric } from '../experiment/metrics';
import type { Table } from '../report/tables';
import type { AvArm, AvCell } from './arms';
import { atTheEnd, LAST_EPOCHS } from './measures';
import type { AvRun, AvScores } from './run';

/** Seeds of the trials; the tables use 0 .. 9. */
export const TUNING_SEEDS = [100, 101, 102, 103];

/** What is trained: mean filling without distillation. */
export const TUNED_CELL: AvCell = { method: 'noDistillation', scarce: 'speech', rate: 0.1 };

/** Changes of the `paper` preset, one setting at a time; the first is the preset itself. */
export const TUNED: readonly AvArm[] = [
  {},
  { featureSize: 64 },
  { batchSize: 16 },
  { headDropout: 0.3 },
].map((changes) => {
  const title = Object.entries(changes)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  return { key: title.replace(' ', '-') || 'preset', title: title || presetTitle(), changes };
});

function presetTitle(): string {
  const { featureSize, batchSize, headDropout } = buildConfig('paper').avMnist;
  return `the preset: feature size ${featureSize}, batch ${batchSize}, head dropout ${headDropout}`;
}

const METRICS: Record<'loss' | 'accuracy' | 'seconds', RunMetric<AvScores>> = {
  loss: { title: 'held-out cross-entropy', of: (run) => atTheEnd(run.curves.heldOutLoss) },
  accuracy: {
    title: 'held-out accuracy',
    of: (run) => 100 * atTheEnd(run.curves.heldOutAccuracy),
  },
  seconds: { title: 'seconds', of: (run) => run.seconds.training ?? NaN },
};

/** The trials as a table. */
export function tuningTable(runs: readonly AvRun[]): Table {
  return {
    name: 'av-mnist-settings',
    title: 'Settings that no paper states, judged on held-out pairs',
    caption:
      `Mean of the last ${LAST_EPOCHS} epochs on held-out training pairs with images alone; ${TUNING_SEEDS.length} seeds that no other table uses, ` +
      `speech kept for ${100 * TUNED_CELL.rate} %, no distillation. The test pairs were not used.`,
    columns: [
      { key: 'setting', title: 'setting' },
      { key: 'loss', title: 'held-out cross-entropy', digits: 4, best: 'lowest' },
      { key: 'accuracy', title: 'held-out accuracy (%)', best: 'highest' },
      { key: 'seconds', title: 'seconds per run, one core', digits: 0 },
    ],
    rows: TUNED.map(({ key, title }) => ({
      setting: title,
      loss: meanOf(runs, key, METRICS.loss),
      accuracy: meanOf(runs, key, METRICS.accuracy),
      seconds: meanOf(runs, key, METRICS.seconds),
    })),
  };
}
