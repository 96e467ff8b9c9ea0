/** RFNet and mmFormer: maps of the fused modalities, of each modality and of each level have one objective. */
import type { Padding } from '../../../models/conv-units';
import { mmformerSpecs } from '../../../models/mmformer';
import { rfnetSpecs, STACKED } from '../../../models/rfnet';
import { mmformerObjective } from '../../../brats/models/mmformer';
import { rfnetObjective, type StackedObjective } from '../../../brats/models/rfnet';
import type { tf } from '../../../nn/tf';
import type { RivalCase } from '../golden';
import type { Rival, RivalRun } from './rival';

const paddingOf = ({ padding }: RivalCase): Padding => padding ?? 'zeros';

/** Losses and outputs in the names of the files. */
function stackedRun(
  { total, parts }: StackedObjective,
  fused: { logits: tf.Tensor5D; probabilities: tf.Tensor5D },
  separate: readonly tf.Tensor5D[],
  levels: readonly (readonly [name: string, map: tf.Tensor5D])[],
): RivalRun {
  return {
    losses: {
      fuse_cross: parts.fusedCrossEntropy,
      fuse_dice: parts.fusedDice,
      sep_cross: parts.separateCrossEntropy,
      sep_dice: parts.separateDice,
      prm_cross: parts.levelsCrossEntropy,
      prm_dice: parts.levelsDice,
      total,
    },
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
  labels: 'classes',
  specs: (setting) => rfnetSpecs(setting('base_channels')),
  run: ({ parameters, images, labels, case: of, mask }) => {
    const options = { padding: paddingOf(of), fusedWeight: of.warmup ? 0 : 1 };
    const { outputs, ...losses } = rfnetObjective(parameters, images, labels, mask, options);
    const { logits, probabilities, separate, maps } = outputs;
    const named = maps.map(
      (map, i) => [i === 0 ? 'prm1' : `prm${i + 1}_up${2 ** i}`, map] as const,
    );
    return stackedRun(losses, { logits, probabilities }, separate, named);
  },
};

export const mmformer: Rival = {
  sides: [16, 16, 16],
  availability: 'sample',
  labels: 'classes',
  specs: (setting, { crop }) =>
    mmformerSpecs({
      base: setting('base_channels'),
      tokenWidth: setting('token_width'),
      hidden: setting('mlp'),
      grid: [crop[0] / 16, crop[1] / 16, crop[2] / 16],
    }),
  run: ({ parameters, setting, images, labels, case: of, mask }) => {
    const options = { padding: paddingOf(of), heads: setting('heads') };
    const { outputs, ...losses } = mmformerObjective(parameters, images, labels, mask, options);
    const { logits, probabilities, separate, auxiliary } = outputs;
    const named = auxiliary.map((map, i) => [`aux${i + 1}_up${2 ** (i + 1)}`, map] as const);
    return stackedRun(losses, { logits, probabilities }, separate, named);
  },
};
