/** LCKD as a segmentation model: MCKD's network, distillation to elected teachers, and their election between steps. */
import { availabilityOf, type Modality } from '../../base/modality';
import { fillMissing } from '../../mckd';
import { electedDistillation, electTeachers } from '../../models/lckd';
import { decodeRegions, encodeModalities, type RunOptions } from '../../models/segmentation';
import { binaryCrossEntropy, diceLoss, regionDice } from '../../nn/losses';
import type { NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { alwaysAvailable } from '../available';
import { mckd, type Objective } from './mckd';
import { mckdShapes, mckdWidthOf } from './mckd-shapes';
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
  /** Of each modality alone, the Dice of ET, WT, TC, mean over the held-out crops. */
  dice: Partial<Record<Modality, number[]>>;
}

/**
 * Each scan segments the held-out crops alone; the best for ET, for WT and for TC are the teachers. The authors vote on
 * whole validation cases, which their training cases include.
 */
async function elect(input: BetweenInput<Teachers>): Promise<ElectionResult> {
  const candidates = alwaysAvailable(input.config);
  const sums = candidates.map(() => [0, 0, 0]);
  let count = 0;
  await input.eachHeldOut(
    () => candidates,
    (batch) => {
      candidates.forEach((modality, i) => {
        diceAlone(input, batch, modality).forEach((dice, region) => (sums[i][region] += dice));
      });
      count += 1;
    },
  );
  const scores = sums.map((regions) => regions.map((sum) => sum / count));
  const elected = electTeachers(scores);
  const teachers = candidates.filter((_, i) => elected[i]);
  choose(input.state, teachers);
  return {
    teachers,
    dice: Object.fromEntries(candidates.map((modality, i) => [modality, scores[i]])),
  };
}

/** Soft Dice of ET, WT, TC by one scan, mean over the batch. */
function diceAlone(
  { parameters, steps }: Pick<BetweenInput<Teachers>, 'parameters' | 'steps'>,
  { images, regions }: DeviceBatch,
  modality: Modality,
): number[] {
  const { results } = steps.run({
    signature: `election, ${modality}, ${images.shape.join(' x ')}`,
    inputs: [images, regions],
    variables: Object.values(parameters),
    compute: () => {
      const has = availabilityOf([modality]);
      const rows = Array.from({ length: images.shape[0] }, () => has);
      const { features, skips } = encodeModalities(parameters, images, { present: has });
      const logits = decodeRegions(parameters, fillMissing(features, rows), skips);
      return { results: [tf.mean(regionDice(logits, regions), 0)], note: null };
    },
  });
  const dice = Array.from(results[0].dataSync());
  tf.dispose(results);
  return dice;
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
  sides: mckd.sides,
  layout: { shapes: mckdShapes, widthOf: mckdWidthOf },
  parameters: (config, stream) => mckd.parameters(config, stream),
  loss: ({ parameters, state, batch, available, config }, run) =>
    lckdObjective(parameters, state.chosen, batch, available, {
      ...run,
      distillationWeight: config.distillationWeight,
      missingLearns: typeof config.scans === 'string',
    }),
  optimizer: (config) => mckd.optimizer(config),
  state: {
    create: () => ({ chosen: tf.tidy(() => tf.variable(asTensor(AT_FIRST))) }),
    dispose: ({ chosen }) => chosen.dispose(),
    variables: ({ chosen }) => ({ weights: {}, training: { teachers: chosen } }),
  },
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
