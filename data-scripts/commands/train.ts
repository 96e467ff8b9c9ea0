/** `mckd train`: a training with a progress line; Ctrl-C stops it with a checkpoint. */
import { MODALITIES, MODALITY_NAMES, tryPlace, UserError } from '@mckd/lib/base';
import {
  checkpointFile,
  logFile,
  stageSteps,
  trainInFolder,
  trainingSteps,
  type BratsStepEvent,
} from '@mckd/lib/brats';
import { buildConfig } from '@mckd/lib/config';
import { interruption } from '../terminal/interrupt';
import { withProgress, type Progress, type ProgressOptions } from '../terminal/progress';
import { reportTo, type JsonOption } from '../terminal/report';
import type { DataOptions } from './options';
import { openStudyData } from './study-data';
import { overridesOf, addPrecision } from '../terminal/overrides';

export interface TrainCommandOptions extends DataOptions, JsonOption {
  preset: string;
  out: string;
  stage: '1' | '2' | 'both';
  seed?: number;
  set: string[];
  fresh?: boolean;
  force?: boolean;
  workers?: number;
  recompute?: boolean;
  precision?: string;
  checkpointEvery?: number;
}

const TRAINING_BAR: ProgressOptions = {
  format: '{bar} {value}/{total} {line} {eta_formatted} left',
  lineMs: 10_000,
  etaSteps: 50,
};

/** Rate of the exponential moving averages, per step. */
const SMOOTHING = 0.95;

/**
 * Trains in the folder of `--out`. With `--json`, each event of the training is one JSON line, the last one
 * the result.
 * @throws UserError if the folder can't be written; and as `openStudyData` and `trainInFolder`
 */
export async function train(options: TrainCommandOptions): Promise<void> {
  const report = reportTo(options);
  const stop = interruption('stopped before the first step; the folder is unchanged');
  const config = buildConfig(
    options.preset,
    overridesOf(addPrecision(options.set, options.precision)),
  );
  const { brats } = config;
  const seed = options.seed ?? config.seed;
  tryPlace(options.out);
  const data = await openStudyData(config, options, report, {
    scored: false,
    onFound: ({ folder, splits, notes = [] }) => {
      report.say(`${folder}: ${splits.description}`);
      for (const note of notes) console.error(`note: ${note}`);
    },
  });

  const first = stageSteps(brats, 1);
  const end = options.stage === '1' ? first : trainingSteps(brats);
  const line = lineOf();
  let step = 0;
  stop.guard();
  const follow = async ({ show, note }: Progress): Promise<void> => {
    for await (const event of trainInFolder({
      directory: options.out,
      config: brats,
      seed,
      data,
      until: end,
      fresh: options.fresh,
      force: options.force,
      workers: options.workers,
      recompute: options.recompute,
      checkpointEvery: options.checkpointEvery,
      signal: stop.signal,
      onCompile: () => show(step, end, { line: 'compiling the step' }),
      onNote: note,
    })) {
      if (event.kind === 'start') {
        if (options.stage === '2' && event.step < first) {
          throw new UserError(
            `${options.out} has ${event.step} of the ${first} steps of stage one; run --stage 1 first`,
            { code: 'MISSING', file: options.out, field: '--stage', value: 2 },
          );
        }
        if (event.resumed) report.say(`resuming at step ${event.step}`);
        step = event.step;
        show(step, end, { line: '' });
      }
      if (event.kind === 'step') {
        step = event.step + 1;
        show(step, end, { line: line(event) });
      }
      report.event(event);
    }
  };
  await withProgress(TRAINING_BAR, follow).finally(() => stop.release());
  const stopped = stop.signal.aborted;
  if (stopped) stop.setExitCode();
  const [checkpoint, log] = [checkpointFile(options.out), logFile(options.out)];
  report.result(
    { kind: 'end', stopped, step, steps: end, checkpoint, log },
    stopped
      ? `stopped; the same command resumes from the checkpoint in ${options.out}`
      : `done: weights in ${checkpoint}, log in ${log}`,
  );
}

/** Abbreviated parts of losses in the progress line; others have their own names. */
const SHORT: Readonly<Record<string, string>> = { crossEntropy: 'ce', distillation: 'kd' };

/** The progress line: smoothed losses, the latest weights, seconds per step. */
function lineOf(): (event: BratsStepEvent) => string {
  const means: Record<string, number> = {};
  const smooth = (name: string, value: number): number =>
    (means[name] = name in means ? SMOOTHING * means[name] + (1 - SMOOTHING) * value : value);
  let weights = '';
  return (event) => {
    const { stage, losses, meta, seconds, waitedSeconds } = event;
    if (meta?.weights) {
      weights = meta.weights
        .map((w, m) => `${MODALITY_NAMES[MODALITIES[m]]} ${w.toFixed(3)}`)
        .join(' ');
    }
    const parts = [
      `stage ${stage}`,
      ...Object.entries(losses).map(
        ([name, loss]) => `${SHORT[name] ?? name} ${smooth(name, loss).toFixed(3)}`,
      ),
      ...(weights ? [weights] : []),
      `${smooth('seconds', seconds).toFixed(2)} s/step`,
      `(data ${(100 * (smooth('waited', waitedSeconds) / means.seconds)).toFixed(0)} %)`,
    ];
    return parts.join(' | ');
  };
}
