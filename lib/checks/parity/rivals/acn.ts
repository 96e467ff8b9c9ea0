/** ACN: two networks, and discriminators between them. */
import { MODALITIES } from '../../../base/modality';
import { acnObjective } from '../../../brats/models/acn';
import { acnSpecs, distanceWeight } from '../../../models/acn';
import { tf } from '../../../nn/tf';
import { sharedList, type Rival } from './rival';

export const acn: Rival = {
  sides: [16, 16, 16],
  availability: 'one',
  labels: 'classes',
  specs: (setting, { crop }) =>
    acnSpecs({
      base: setting('base_channels'),
      discriminatorBase: setting('discriminator_base'),
      crop,
    }),
  run: ({ parameters, images, labels, case: of }) => {
    const consistencyWeight = distanceWeight(of.epoch ?? 0);
    const [scan] = sharedList(of).map((m) => MODALITIES[m]);
    const made = acnObjective(parameters, images, labels, { scan, consistencyWeight });
    const { parts, coTraining, networks, total, outputs } = made;
    return {
      losses: {
        dice_multi: parts.diceMulti,
        dice_mono: parts.diceMono,
        consistency: parts.consistency,
        consistency_weight: tf.scalar(consistencyWeight),
        co_training: coTraining,
        mutual_information: parts.mutualInformation,
        adversarial_entropy: parts.adversarialEntropy,
        adversarial_feature: parts.adversarialFeature,
        discriminator_entropy: parts.discriminatorEntropy,
        discriminator_feature: parts.discriminatorFeature,
        networks,
        total,
      },
      outputs: {
        multi: outputs.multi.probabilities,
        mono: outputs.mono.probabilities,
        feature_mono: outputs.mono.feature,
      },
    };
  },
};
