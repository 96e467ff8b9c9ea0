/** LCKD as a segmentation model: MCKD's network, distillation to elected teachers, and their election between steps. */
import { availabilityOf, drawModalities, MODALITIES, type Modality } from '../../base/modality';
import { fillMissing } from '../../mckd';
import { electedDistillation, electTeachers } from '../../models/lckd';
import { decodeRegions, encodeModalities, type RunOptions } from '../../models/segmentation';
import { binaryCrossEntropy, diceLoss } from '../../nn/losses';
import type { NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { alwaysAvailable } from '../available';
import { segmentSubsets } from '../infer/segment-slabs';
import { mckd, type Objective } from './mckd';
import { mckdShapes, mckdWidthOf } from './mckd-shapes';
import { optimizerOf } from './optimizer';
import type { BetweenInput, DeviceBatch, SegmentationModel } from './model';

/** 1 for each modality that is a teacher, 0 for the others, [4]. */
interface Teachers {
  chosen: tf.Variable<tf.Rank.R1>;
}

/** Until the first election of a stage. */
const AT_FIRST: readonly Modality[] = ['flair'];

const asTensor = (teachers: readonly Modality[]): tf.Tensor1D =>
  tf.tensor1d(availabilityOf(teachers).map(Number), 'float32');

function choose({ chosen }: Teachers, teachers: readonly Modality[]): void {
  tf.tidy(() => chosen.assign(asTensor(teachers)));
}

/** The log of an election. */
interface ElectionResult {
  teachers: readonly Modality[];
  /** Of each modality alone, the soft Dice of ET, WT, TC, mean over the held-out cases. */
  dice: Partial<Record<Modality, number[]>>;
}

/**
 * Each scan segments the held-out cases alone, by sliding window; the best for ET, for WT and for TC are the teachers.
 * The authors' held-out cases are among their training cases; the kit's are not.
 */
async function elect({
  config,
  parameters,
  state,
  steps,
  heldOutCases,
}: BetweenInput<Teachers>): Promise<ElectionResult> {
  const candidates = alwaysAvailable(config);
  const network = { model: averagingLogits, parameters };
  const sums = candidates.map(() => [0, 0, 0]);
  let count = 0;
  for await (const { size, images, regions } of heldOutCases()) {
    const options = { tile: config.crop, steps };
    const maps = segmentSubsets(
      network,
      { size, images },
      candidates.map((one) => [one]),
      options,
    );
    maps.forEach((logits, i) => {
      softDice(logits, regions).forEach((dice, region) => (sums[i][region] += dice));
    });
    count += 1;
  }
  const scores = sums.map((regions) => regions.map((sum) => sum / count));
  const elected = electTeachers(scores);
  const teachers = candidates.filter((_, i) => elected[i]);
  choose(state, teachers);
  return {
    teachers,
    dice: Object.fromEntries(candidates.map((modality, i) => [modality, scores[i]])),
  };
}

/**
 * Dice of ET, WT, TC without a threshold: 2 sum p t / (sum p + sum t + 1).
 * @param logits [3, D, H, W], averaged over tiles
 * @param regions [3, D, H, W], 0 or 1
 */
function softDice(logits: Float32Array, regions: Uint8Array): number[] {
  const count = logits.length / 3;
  return [0, 1, 2].map((region) => {
    let [both, predicted, truth] = [0, 0, 0];
    for (let i = region * count; i < (region + 1) * count; i++) {
      const p = 1 / (1 + Math.exp(-logits[i]));
      both += p * regions[i];
      predicted += p;
      truth += regions[i];
    }
    return (2 * both) / (predicted + truth + 1);
  });
}

/** The last step of stage one: stage two begins with the first teachers again. */
function endsStageOne({ config, position }: BetweenInput<Teachers>): boolean {
  return position.stage === 1 && position.step === config.stageOne.until - 1;
}

/**
 * The training objective of a batch with the modalities `available`: L = L_Dice + L_BCE + weight L_KD.
 * @param teachers 1 for each modality that is a teacher, 0 for the others, [4]
 * @param batch its images of other modalities are not read
 */
export function lckdObjective(
  parameters: NamedTensors,
  teachers: tf.Tensor1D,
  { images, regions }: DeviceBatch,
  available: readonly Modality[],
  { distillationWeight, missingLearns, ...run }: LckdObjectiveOptions,
): Objective {
  const has = availabilityOf(available);
  const rows = Array.from({ length: images.shape[0] }, () => has);
  const { features, skips } = encodeModalities(parameters, images, {
    ...run,
    present: has,
    missingLearns,
  });
  const logits = decodeRegions(parameters, fillMissing(features, rows), skips, run);
  const dice = diceLoss(logits, regions);
  const crossEntropy = binaryCrossEntropy(logits, regions);
  const distillation = electedDistillation(features, rows, teachers);
  const weighted = tf.mul(distillation, distillationWeight);
  const total = tf.add(tf.add(dice, crossEntropy), weighted) as tf.Scalar;
  return { logits, total, parts: { dice, crossEntropy, distillation } };
}

interface LckdObjectiveOptions extends RunOptions {
  distillationWeight: number;
  /** As in `EncodeOptions`. */
  missingLearns?: boolean;
}

export const lckd: SegmentationModel<Teachers> = {
  name: 'lckd',
  layout: { shapes: mckdShapes, widthOf: mckdWidthOf },
  parameters: (config, stream) => mckd.parameters(config, stream),
  loss: ({ parameters, state, batch, available, config }, run) =>
    lckdObjective(parameters, state.chosen, batch, available, {
      ...run,
      distillationWeight: config.distillationWeight,
      missingLearns: typeof config.scans === 'string',
    }),
  optimizer: optimizerOf,
  state: {
    create: () => ({ chosen: tf.tidy(() => tf.variable(asTensor(AT_FIRST))) }),
    dispose: ({ chosen }) => chosen.dispose(),
    variables: ({ chosen }) => ({ weights: {}, training: { teachers: chosen } }),
  },
  draw: (_, stream) => drawModalities(stream, MODALITIES.length - 1),
  between: (input) => {
    const election = input.position.meta ? elect(input) : undefined;
    if (!endsStageOne(input)) return election;
    if (election) return election.finally(() => choose(input.state, AT_FIRST));
    choose(input.state, AT_FIRST);
    return undefined;
  },
  openTiles: (parameters, tile, steps) => mckd.openTiles(parameters, tile, steps),
  probabilities: (logits) => mckd.probabilities(logits),
};

/** For the election: the authors average the logits of tiles, not their probabilities. */
const averagingLogits: SegmentationModel = {
  ...(lckd as SegmentationModel),
  probabilities: (logits) => logits.clone(),
};
