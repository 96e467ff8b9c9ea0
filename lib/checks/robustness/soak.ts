/** A long training in one process, watched for growth of tensors and memory. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openBatches } from '../../brats/batches';
import { scoreCase } from '../../brats/evaluate';
import { trainBrats } from '../../brats/train';
import { createTraining, disposeTraining } from '../../brats/training';
import { loadTraining, saveTraining } from '../../brats/checkpoint/training';
import { mean } from '../../base/statistics';
import { changeConfig, type Config } from '../../config';
import { openPrepared } from '../../loading/prepared';
import { tf } from '../../nn/tf';
import { syntheticCases, smallConfig } from './synthetic-data';
import { heldMiB } from '../../base/memory';

export interface SoakOptions {
  /** A folder for data and checkpoints. */
  folder: string;
  steps: number;
  /** Steps between checkpoints, each written, read again, and scored on a case. Default: 50. */
  checkEvery?: number;
  /** Steps from sample to sample. Default: 10. */
  sampleEvery?: number;
  /**
   * Warm-up share of each stage. Default: two fifths; in stage two every subset of scans has its
   * own sizes of tensors, and it takes hundreds of steps until memory for each is allocated.
   */
  warmUp?: number;
  onSample?: (sample: SoakSample) => void;
}

/** Memory of a process after a step. */
export interface SoakSample {
  step: number;
  tensors: number;
  /** Resident, without garbage, which would vary by a tenth of the process. */
  bytes: number;
}

export interface SoakSummary {
  steps: number;
  metaEvents: number;
  checkpoints: number;
  seconds: number;
  /** Least-squares slopes after the warm-up, of the stage with the larger growth. */
  tensorsPerStep: number;
  bytesPerStep: number;
  /** The largest of the samples, MiB. */
  peakMiB: number;
  /** Some of them, MiB, from the first step to the last. */
  sizesMiB: number[];
}

const STAGES = 2;
const SIZES = 20;

/**
 * Trains with meta events, checkpoints and evaluations, half of the steps in each stage, and samples this process
 * meanwhile.
 */
export async function runSoak(options: SoakOptions): Promise<SoakSummary> {
  const { folder, steps, checkEvery = 50, sampleEvery = 10, warmUp = 0.4, onSample } = options;
  const { brats } = soakConfig(steps);
  const data = await syntheticCases(folder);
  const prepared = { folder: join(folder, 'prepared') };
  const file = join(folder, 'soak', 'checkpoint.safetensors');
  rmSync(join(folder, 'soak'), { recursive: true, force: true });
  const scored = await openPrepared(data.cases, {
    ...prepared,
    normalisation: brats.normalisation,
  }).whole(data.cases[0].name);
  const training = createTraining(brats, 0, data.sha256);
  const batches = openBatches(data, brats, 0, { workers: 1, prepared });
  const samples: SoakSample[] = [];
  const started = performance.now();
  let [done, metaEvents, checkpoints] = [0, 0, 0];
  try {
    for await (const { step, meta } of trainBrats(training, batches, { until: steps })) {
      done += 1;
      if (meta) metaEvents += 1;
      if ((step + 1) % checkEvery === 0) {
        saveTraining(file, training, { previous: `${file}.previous` });
        const loaded = await loadTraining(file);
        await scoreCase(loaded, scored, { tile: brats.crop });
        disposeTraining(loaded);
        checkpoints += 1;
      }
      if ((step + 1) % sampleEvery !== 0) continue;
      const sample = { step, tensors: tf.memory().numTensors, bytes: heldMiB() * 2 ** 20 };
      samples.push(sample);
      onSample?.(sample);
    }
  } finally {
    await batches.close();
    disposeTraining(training);
  }
  const perStage = Math.max(1, Math.floor(steps / STAGES));
  const slopes = (value: (sample: SoakSample) => number): number[] =>
    Array.from({ length: STAGES }, (_, stage) => {
      const from = perStage * (stage + warmUp);
      const warm = samples.filter(({ step }) => step >= from && step < perStage * (stage + 1));
      return slope(warm.map((sample) => [sample.step, value(sample)]));
    });
  const sizes = samples.map(({ bytes }) => bytes / 2 ** 20);
  const apart = Math.max(1, Math.floor(sizes.length / SIZES));
  return {
    steps: done,
    metaEvents,
    checkpoints,
    seconds: (performance.now() - started) / 1000,
    tensorsPerStep: Math.max(...slopes(({ tensors }) => tensors)),
    bytesPerStep: Math.max(...slopes(({ bytes }) => bytes)),
    peakMiB: Math.max(...sizes),
    sizesMiB: sizes.filter((_, k) => k % apart === apart - 1).map(Math.round),
  };
}

/** `smoke`, with so many steps. */
function soakConfig(steps: number): Config {
  const perStage = Math.max(1, Math.floor(steps / STAGES));
  return changeConfig(smallConfig(), {
    brats: {
      stageOne: { until: perStage, metaEvery: 10 },
      stageTwo: { until: steps, metaEvery: 10 },
    },
  });
}

/** b of the least-squares line y = a + b x; 0 for fewer than two points. */
export function slope(points: readonly (readonly [number, number])[]): number {
  const [x, y] = ([0, 1] as const).map((axis) => mean(points.map((point) => point[axis])));
  const square = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  const product = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return square === 0 ? 0 : product / square;
}
