/** Time and memory of a training step on this machine. */
import type { BratsTrainingConfig } from '../config';
import { MODALITIES } from '../base/modality';
import type { RunOptions } from '../models/segmentation';
import { openSteps, type CompiledStep, type Steps } from '../graph/steps';
import { timeOps, type TimedOps } from '../graph/time-ops';
import { probeCompute, type Compute } from '../nn/compute';
import { tf } from '../nn/tf';
import type { DeviceBatch } from './models';
import { positionAt, stageSteps } from './schedule';
import { trainOnBatch } from './steps';
import { createTraining, disposeTraining, trainingStream, type Training } from './training';

export interface StepCost {
  seconds: number;
  /** Largest resident size of the process so far. */
  peakBytes: number;
}

/** Steps before measured ones: two run op by op, and the third is the first call of the function. */
export const WARM_UP_STEPS = 3;

/** Training steps on noise with complete modalities; the first includes TensorFlow's warm-up. */
export function* measureSteps(
  config: BratsTrainingConfig,
  seed: number,
  steps: number,
  options: RunOptions = {},
): Generator<StepCost> {
  const training = createTraining(config, seed);
  const functions = openSteps();
  const batch = noiseBatch(config, seed);
  try {
    for (let step = 0; step < steps; step++) {
      const started = performance.now();
      stepOn(functions, training, batch, options);
      yield {
        seconds: (performance.now() - started) / 1000,
        peakBytes: process.resourceUsage().maxRSS * 1024,
      };
    }
  } finally {
    functions.dispose();
    tf.dispose([batch.images, batch.regions]);
    disposeTraining(training);
  }
}

/** Images and regions of a config's size. The caller disposes of both. */
function noiseBatch(config: BratsTrainingConfig, seed: number): DeviceBatch {
  const shape: [number, number, number, number] = [config.batchSize, ...config.crop];
  const stream = trainingStream(seed, 'noise');
  const voxels = shape.reduce((a, b) => a * b, 1);
  const noise = (channels: number, f: (u: number) => number): tf.Tensor5D =>
    tf.tensor5d(
      Float32Array.from({ length: voxels * channels }, () => f(stream.uniform())),
      [...shape, channels],
    );
  return { images: noise(4, (u) => 2 * u - 1), regions: noise(3, (u) => Number(u > 0.9)) };
}

function stepOn(
  steps: Steps,
  training: Training,
  batch: DeviceBatch,
  options: RunOptions = {},
): void {
  const { config } = training;
  const position = positionAt(stageSteps(config, 1), config);
  const available = Array.from({ length: config.batchSize }, () => MODALITIES);
  trainOnBatch(steps, training, { batch, available, position }, options);
}

/** What a training step is made of, and how long it takes, op by op and as one function. */
export interface StepProfile extends Pick<BratsTrainingConfig, 'width' | 'crop' | 'batchSize'> {
  kernels: Compute['kernels'];
  /** The step whose time is the median. */
  opByOp: TimedOps;
  /** Absent where steps run op by op only (MCKD_STEPS=eager). */
  asFunction?: {
    /** Median. */
    seconds: number;
    /** Of its graph: arguments, constants, ops. */
    nodes: number;
    /** Of making it, and of its first call beyond a later one. */
    makingSeconds: number;
  };
}

/** Profiles training steps on noise with complete modalities. @param rounds measured steps of either way */
export function profileStep(config: BratsTrainingConfig, seed: number, rounds = 3): StepProfile {
  const { width, crop, batchSize } = config;
  const training = createTraining(config, seed);
  const batch = noiseBatch(config, seed);
  const made: CompiledStep[] = [];
  const eager = openSteps({ expected: 1 });
  const functions = openSteps({ onCompiled: (one) => made.push(one) });
  const step = (steps: Steps): void => stepOn(steps, training, batch);
  const seconds = (): number => {
    const started = performance.now();
    step(functions);
    return (performance.now() - started) / 1000;
  };
  const middle = <T>(values: T[], of: (value: T) => number): T =>
    values.sort((a, b) => of(a) - of(b))[values.length >> 1];
  const times = <T>(f: () => T): T[] => Array.from({ length: rounds }, f);
  try {
    // TensorFlow's warm-up.
    step(eager);
    const opByOp = middle(
      times(() => timeOps(() => step(eager))),
      (one) => one.seconds,
    );
    step(functions);
    step(functions);
    const profile = { width, crop, batchSize, kernels: probeCompute().kernels, opByOp };
    const [function_] = made;
    if (!function_) return profile;
    const first = seconds();
    const later = middle(times(seconds), (one) => one);
    const makingSeconds = function_.seconds + Math.max(0, first - later);
    return { ...profile, asFunction: { seconds: later, nodes: function_.nodes, makingSeconds } };
  } finally {
    functions.dispose();
    tf.dispose([batch.images, batch.regions]);
    disposeTraining(training);
  }
}
