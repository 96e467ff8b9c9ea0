/** `mckd train`: a training with a live line, which Ctrl-C ends with a checkpoint. */
import {
  buildConfig,
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
import { interruption } from './interrupt';
import { openTrainingData } from './study-data';
import { overridesOf } from './settings';

/** A smoothed number forgets at this rate a step. */
const SMOOTHING = 0.95;

export async function train(options: TrainCommandOptions): Promise<void> {
  const stop = interruption('stopped before the first step; the folder is as it was');
  const config = buildConfig(options.preset, overridesOf(options.set));
  const { brats } = config;
  const seed = options.seed ?? config.seed;
  const { data, dataHash } = await openTrainingData(config, options);

  const first = stageSteps(brats, 1);
  const end = options.stage === '1' ? first : trainingSteps(brats);
  const bar = new SingleBar({
    format: '{bar} {value}/{total} {line} {eta_formatted} left',
    noTTYOutput: true,
    notTTYSchedule: 10_000,
    etaBuffer: 50,
  });
  const line = lineOf();
  const note = (text: string): void => console.error(text);
  stop.guard();
  try {
    for await (const event of trainInFolder({
      directory: options.out,
      config: brats,
      seed,
      data,
      dataHash,
      until: end,
      fresh: options.fresh,
      force: options.force,
      workers: options.workers,
      recompute: options.recompute,
      checkpointEvery: options.checkpointEvery,
      signal: stop.signal,
      onNote: note,
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
    }
  } finally {
    bar.stop();
    stop.release();
  }
  if (stop.signal.aborted) {
    stop.tell(`stopped; the same command goes on from the checkpoint in ${options.out}`);
    return;
  }
  console.log(
    `done: weights in ${options.out}/checkpoint.safetensors, log in ${options.out}/log.jsonl`,
  );
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
