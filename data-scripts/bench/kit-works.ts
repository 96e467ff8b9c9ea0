/** The kit's works of the benchmark. Weights and inputs are made by the rule of lib/checks/parity/filling.ts. */
import {
  audiovision,
  classificationModel,
  epochBatches,
  evaluate,
  toDevice,
  trainStep as trainPairs,
  type TrainingSplit,
} from '@mckd/lib/avmnist';
import { MODALITIES, MODALITY_SUBSETS, randomStream } from '@mckd/lib/base';
import {
  createTraining,
  disposeTraining,
  findDataSet,
  mckdModel,
  modelNamed,
  objective,
  openBatches,
  readCaseVolume,
  profileStep,
  segmentSlabs,
  trainBrats,
  WARM_UP_STEPS,
  type ScanVolume,
  type StepProfile,
} from '@mckd/lib/brats';
import {
  filled,
  filledBatch,
  filledImportance,
  filledParameters,
  openRivalTraining,
  rivalParameters,
  type RivalTrainingSpec,
} from '@mckd/lib/checks';
import { buildConfig } from '@mckd/lib/config';
import { ensurePhantom, findCases } from '@mckd/lib/datasets';
import { openSteps, runTrainingStep } from '@mckd/lib/graph';
import { initAdam, initSgd, sgdStep, tf, type Parameters } from '@mckd/lib/nn';
import type { Size3 } from '@mckd/lib/volume';

const TAG = 'bench';

export type WorkSpec =
  | {
      work: 'step';
      crop: Size3;
      batch: number;
      width: number;
      rate: number;
      momentum: number;
      alpha: number;
      recompute?: boolean;
    }
  | {
      work: 'segment';
      size: Size3;
      tile: Size3;
      starts: number[][];
      width: number;
      /** Indices of the available scans; "all subsets" runs the fifteen at once. */
      present: number[] | 'all subsets';
      /** Another network than MCKD's. */
      other?: OtherNetwork;
    }
  | { work: 'read'; files: string[]; folder: string }
  | { work: 'epoch'; pairs: number; batch: number; rate: number; decay: number }
  /** A step of each kind, as `profileStep` does it. */
  | { work: 'profile'; crop: Size3; width: number; rounds: number }
  | { work: 'training'; precision?: 'float32' | 'bf16' }
  /** A step of training another method. */
  | ({ work: 'rival_step' } & RivalTrainingSpec);

export interface OtherNetwork extends Pick<RivalTrainingSpec, 'rival' | 'settings'> {
  /** Its name in configs. */
  model: string;
}

export type StepSpec = Spec<'step'>;

/** What a work reports beside time and memory. */
export interface Done {
  /** A number that both sides must agree on. */
  value?: number;
  /** Of its seconds: waiting for data, and the meta event. */
  waitedSeconds?: number;
  metaSeconds?: number;
  profile?: StepProfile;
}

export interface Work {
  once: () => Promise<Done>;
  close?: () => Promise<void>;
}

export function prepareWork(spec: WorkSpec): Promise<Work> {
  switch (spec.work) {
    case 'step':
      return Promise.resolve(step(spec));
    case 'segment':
      return Promise.resolve(segment(spec));
    case 'read':
      return Promise.resolve(read(spec));
    case 'epoch':
      return Promise.resolve(epoch(spec));
    case 'profile':
      return Promise.resolve(profile(spec));
    case 'training':
      return training(spec);
    case 'rival_step':
      return Promise.resolve(rivalStep(spec));
  }
}

type Spec<Name extends WorkSpec['work']> = Extract<WorkSpec, { work: Name }>;

/** A training step with all four scans: forward, backward, SGD. Returns the loss before it. */
function step({ crop, batch, width, rate, momentum, alpha, recompute }: Spec<'step'>): Work {
  const parameters = filledParameters(width);
  const velocity = initSgd(parameters);
  const importance = filledImportance();
  const { images, labels: regions } = filledBatch(TAG, batch, crop);
  const options = { alpha, distance: 'L1', normalisation: 'softmax', recompute } as const;
  const steps = openSteps();
  return {
    once: () => {
      const { losses } = runTrainingStep(steps, {
        signature: 'training',
        inputs: [images, regions],
        variables: [parameters, velocity, importance.theta].flatMap(Object.values<tf.Variable>),
        parameters,
        loss: () => () =>
          objective(parameters, importance, { images, regions }, MODALITIES, options),
        update: (gradients) =>
          sgdStep(parameters, gradients, velocity, rate, { momentum, nesterov: true }),
      });
      const { dice, crossEntropy, distillation } = losses;
      return Promise.resolve({ value: dice + crossEntropy + alpha * distillation });
    },
  };
}

/** A training step of another method, by its authors' optimizer. Returns the loss before it. */
function rivalStep(spec: Spec<'rival_step'>): Work {
  const training = openRivalTraining(spec);
  const batch = training.batch();
  return { once: () => Promise.resolve({ value: training.step(batch) }) };
}

/** A sliding window over a volume. The sum of the regions' probabilities. */
function segment({ size, tile, width, present, other }: Spec<'segment'>): Work {
  const network = other
    ? { model: modelNamed(other.model), parameters: parametersOf(other, tile) }
    : { model: mckdModel, parameters: filledParameters(width) };
  const imagesOf = (of: Size3): Float32Array =>
    filled(`images/${TAG}`, 4 * of.reduce((a, b) => a * b, 1), -1, 1);
  const images = imagesOf(size);
  const subsets =
    present === 'all subsets' ? MODALITY_SUBSETS : [present.map((m) => MODALITIES[m])];
  const steps = openSteps();
  const sumOf = (volume: ScanVolume): number => {
    let sum = 0;
    for (const event of segmentSlabs(network, volume, subsets, { tile, overlap: 'third', steps })) {
      if (event.kind === 'slab') for (const p of event.probabilities) sum += p;
    }
    return sum;
  };
  // Until encoder and decoder are functions: from the third tile on.
  const one = { size: tile, images: imagesOf(tile) };
  for (let i = 0; i < WARM_UP_STEPS; i++) sumOf(one);
  return { once: () => Promise.resolve({ value: sumOf({ size, images }) }) };
}

function parametersOf({ rival, settings }: OtherNetwork, tile: Size3): Parameters {
  const of = { tag: TAG, batch: 1, crop: [...tile] satisfies Size3, available: [0, 1, 2, 3] };
  return rivalParameters({ rival, settings, case: of });
}

/** A case's four scans read and normalised. The sum of their squares, the first time. */
function read({ folder }: Spec<'read'>): Work {
  const [files] = findCases(folder);
  let first = true;
  return {
    once: async () => {
      const { images } = await readCaseVolume(files, MODALITIES);
      if (!first) return {};
      first = false;
      let sum = 0;
      for (const value of images) sum += value * value;
      return { value: sum };
    },
  };
}

/** An epoch on complete pairs with Adam; the first call gives the loss of all pairs, nothing dropped. */
function epoch({ pairs, batch, rate, decay }: Spec<'epoch'>): Work {
  const { base } = audiovision(buildConfig('paper'));
  const both = { method: 'upperBound', rate: 1 } as const;
  const config = { ...base, ...both, batchSize: batch, headDropout: 0.6, weightDecay: decay };
  const stream = randomStream(0, 'bench');
  const model = classificationModel(config);
  const network = model.network(config, stream);
  fillAsPyTorch(network.parameters);
  const digits = Uint8Array.from({ length: pairs }, (_, p) => p % 10);
  const train = toDevice({
    images: filled('images/av', pairs * 28 * 28, 0, 1),
    speech: filled('speech/av', pairs * 20 * 20, -1, 1),
    digits,
    imageIndices: [],
    recordings: [],
  });
  const all = [...digits.keys()];
  const split: TrainingSplit = { train: all, heldOut: [], complete: all.map(() => true) };
  const adam = initAdam(network.parameters);
  const trainee = { model, network, config, adam };
  const steps = openSteps();
  let before = true;
  return {
    once: () => {
      if (before) {
        before = false;
        return Promise.resolve({ value: evaluate(trainee, train, all).loss });
      }
      for (const indices of epochBatches(split, batch, stream)) {
        const input = { train, split, indices, learningRate: rate, dropout: stream };
        trainPairs(steps, trainee, input);
      }
      return Promise.resolve({});
    },
  };
}

/** Parameters by the filling rule, in PyTorch's shapes: [out, in, k, k] and [out, in]. */
function fillAsPyTorch(parameters: Parameters): void {
  for (const [name, parameter] of Object.entries(parameters)) {
    const scale = /\.norm\d\.weight$/.test(name);
    const values = filled(name, parameter.size, scale ? 0.5 : -0.1, scale ? 1.5 : 0.1);
    const order = { 4: [3, 2, 0, 1], 2: [1, 0] }[parameter.rank] ?? [0];
    const back = { 4: [2, 3, 1, 0], 2: [1, 0] }[parameter.rank] ?? [0];
    tf.tidy(() => {
      const theirs = tf.tensor(
        values,
        order.map((axis) => parameter.shape[axis]),
      );
      parameter.assign(tf.transpose(theirs, back));
    });
  }
}

/** Profiles steps of the preset `paper` at another size. */
function profile({ crop, width, rounds }: Spec<'profile'>): Work {
  const { brats } = buildConfig('paper', { brats: { crop, width, batchSize: 1 } });
  return { once: () => Promise.resolve({ profile: profileStep(brats, 0, rounds) }) };
}

/** Steps of a training of the preset `quick` on its phantoms, with their data: loss without distillation. */
async function training({ precision }: Spec<'training'>): Promise<Work> {
  const { brats } = buildConfig('quick', precision ? { brats: { precision } } : {});
  const data = findDataSet(await ensurePhantom(brats.phantom));
  const own = createTraining(brats, 0);
  const batches = openBatches(data, brats, 0);
  const events = trainBrats(own, batches);
  return {
    once: async () => {
      const next = await events.next();
      if (next.done) throw new Error('the training is over');
      const { losses, waitedSeconds, meta, betweenSeconds } = next.value;
      const value = losses.dice + losses.crossEntropy;
      return { value, waitedSeconds, metaSeconds: meta ? betweenSeconds : 0 };
    },
    close: async () => {
      await events.return(undefined);
      await batches.close();
      disposeTraining(own);
    },
  };
}
