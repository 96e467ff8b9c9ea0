/** RFNet and mmFormer: maps of the fused modalities, of each modality and of each level have one objective. */
import { CLASS_COUNT, type Padding } from '../../../models/conv-units';
import { mmformerSpecs, runMmformer } from '../../../models/mmformer';
import { rfnetSpecs, runRfnet, STACKED } from '../../../models/rfnet';
import { clampedCrossEntropy, classDice, oneHot } from '../../../nn/class-losses';
import { tf } from '../../../nn/tf';
import { classLabels } from '../filling';
import type { GoldenCase } from '../golden';
import { BATCH_DICE, weightedSum, type Rival, type RivalRun } from './rival';

/** Cross-entropy and Dice of several probability maps, each summed over the maps. */
function stackedLosses(
  maps: readonly tf.Tensor5D[],
  labels: tf.Tensor5D,
): [cross: tf.Scalar, dice: tf.Scalar] {
  const sum = (terms: tf.Scalar[]): tf.Scalar => tf.addN(terms) as tf.Scalar;
  return [
    sum(maps.map((p) => clampedCrossEntropy(p, labels, 'sample'))),
    sum(maps.map((p) => classDice(p, labels, BATCH_DICE))),
  ];
}

const paddingOf = ({ padding }: GoldenCase): Padding => padding ?? 'zeros';

/** The objective of RFNet and mmFormer on a fused map, one of each modality, and one of each level. */
function stackedRun(
  of: GoldenCase,
  fused: { logits: tf.Tensor5D; probabilities: tf.Tensor5D },
  separate: readonly tf.Tensor5D[],
  levels: readonly (readonly [name: string, map: tf.Tensor5D])[],
): RivalRun {
  const labels = oneHot(classLabels(of), CLASS_COUNT);
  const [fuse_cross, fuse_dice] = stackedLosses([fused.probabilities], labels);
  const [sep_cross, sep_dice] = stackedLosses(separate, labels);
  const [prm_cross, prm_dice] = stackedLosses(
    levels.map(([, map]) => map),
    labels,
  );
  const weight = of.warmup ? 0 : 1;
  const total = weightedSum(
    [weight, fuse_cross],
    [weight, fuse_dice],
    [1, sep_cross],
    [1, sep_dice],
    [1, prm_cross],
    [1, prm_dice],
  );
  return {
    losses: { fuse_cross, fuse_dice, sep_cross, sep_dice, prm_cross, prm_dice, total },
    outputs: {
      ...fused,
      ...Object.fromEntries(separate.map((p, i) => [`sep_${STACKED[i].name}`, p])),
      ...Object.fromEntries(levels),
    },
  };
}

export const rfnet: Rival = {
  sides: [8, 8, 8],
  availability: 'sample',
  specs: (setting) => rfnetSpecs(setting('base_channels')),
  run: ({ parameters, images, case: of, rows }) => {
    const options = { padding: paddingOf(of) };
    const { separate, maps, ...fused } = runRfnet(parameters, images, rows, options);
    const named = maps.map(
      (map, i) => [i === 0 ? 'prm1' : `prm${i + 1}_up${2 ** i}`, map] as const,
    );
    return stackedRun(of, fused, separate, named);
  },
};

export const mmformer: Rival = {
  sides: [16, 16, 16],
  availability: 'sample',
  specs: (setting, { crop }) =>
    mmformerSpecs({
      base: setting('base_channels'),
      tokenWidth: setting('token_width'),
      hidden: setting('mlp'),
      grid: [crop[0] / 16, crop[1] / 16, crop[2] / 16],
    }),
  run: ({ parameters, setting, images, case: of, rows }) => {
    const options = { padding: paddingOf(of), heads: setting('heads') };
    const { separate, auxiliary, ...fused } = runMmformer(parameters, images, rows, options);
    const named = auxiliary.map((map, i) => [`aux${i + 1}_up${2 ** (i + 1)}`, map] as const);
    return stackedRun(of, fused, separate, named);
  },
};
