/** `mckd train`: a training with a live line, which Ctrl-C ends with a checkpoint. */
import {
  buildConfig,
  findDataSet,
  MODALITIES,
  MODALITY_NAMES,
  ReaderError,
  stageSteps,
  trainInFolder,
  trainingSteps,
  type BratsStepEvent,
} from '@mckd/lib';
import { SingleBar } from 'cli-progress';
import type { TrainCommandOptions } from './commands/train';
import { phantomOf } from './phantom-data';
import { overridesOf } from './settings';

/** A smoothed number forgets at this rate a step. */
const SMOOTHING = 0.95;

export async function train(options: TrainCommandOptions): Promise<void> {
  const config = buildConfig(options.preset, overridesOf(options.set));
  const { brats } = config;
  const seed = options.seed ?? config.seed;
  const folder = options.data ?? (await phantomOf(config));
  const data = findDataSet(folder, { pattern: options.pattern });
  console.log(`${folder}: ${data.splits.description}`);

  const first = stageSteps(brats, 1);
  const end = options.stage === '1' ? first : trainingSteps(brats);
  const bar = new SingleBar({
    format: '{bar} {value}/{total} {line} {eta_formatted} left',
    noTTYOutput: true,
    notTTYSchedule: 10_000,
    etaBuffer: 50,
  });
  let interrupted = false;
  process.once('SIGINT', () => (interrupted = true));
  const line = lineOf();
  for await (const event of trainInFolder({
    directory: options.out,
    config: brats,
    seed,
    data,
    until: end,
    fresh: options.fresh,
    workers: options.workers,
    recompute: options.recompute,
    checkpointEvery: options.checkpointEvery,
    onNote: (note) => console.error(note),
  })) {
    if (event.kind === 'start') {
      if (options.stage === '2' && event.step < first) {
        throw new ReaderError(
          `${options.out} has ${event.step} of the ${first} steps of stage one; run --stage 1 first`,
          { file: options.out, field: '--stage', value: 2 },
        );
      }
      if (event.resumed) console.log(`going on at step ${event.step}`);
      bar.start(end, event.step, { line: '' });
    }
    if (event.kind === 'step') bar.update(event.step + 1, { line: line(event) });
    if (interrupted) break;
  }
  bar.stop();
  console.log(
    interrupted
      ? `stopped; the same command goes on from the checkpoint in ${options.out}`
      : `done: weights in ${options.out}/checkpoint.safetensors, log in ${options.out}/log.jsonl`,
  );
  if (interrupted) process.exitCode = 130;
}

/** The live line: losses smoothed, the newest weights, seconds a step. */
function lineOf(): (event: BratsStepEvent) => string {
  const means: Record<string, number> = {};
  const smooth = (name: string, value: number): number =>
    (means[name] = name in means ? SMOOTHING * means[name] + (1 - SMOOTHING) * value : value);
  let weights = '';
  return (event) => {
    const { stage, dice, crossEntropy, distillation, meta, seconds, waitedSeconds } = event;
    if (meta) {
      weights = meta.weights
        .map((w, m) => `${MODALITY_NAMES[MODALITIES[m]]} ${w.toFixed(3)}`)
        .join(' ');
    }
    const parts = [
      `stage ${stage}`,
      `dice ${smooth('dice', dice).toFixed(3)}`,
      `bce ${smooth('bce', crossEntropy).toFixed(3)}`,
      `kd ${smooth('kd', distillation).toFixed(3)}`,
      ...(weights ? [weights] : []),
      `${smooth('seconds', seconds).toFixed(2)} s/step`,
      `(data ${(100 * (smooth('waited', waitedSeconds) / means.seconds)).toFixed(0)} %)`,
    ];
    return parts.join(' | ');
  };
}
