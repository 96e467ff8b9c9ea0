/** ACN: two networks, and discriminators between them. */
import {
  ACN_NETWORKS,
  acnSpecs,
  acnStack,
  acnTargets,
  classDistance,
  discriminate,
  distanceWeight,
  entropyMaps,
  mutualInformation,
  runAcn,
} from '../../../models/acn';
import { classOverlap } from '../../../nn/class-losses';
import { stopGradient } from '../../../nn/gradients';
import { binaryCrossEntropy } from '../../../nn/losses';
import { tf } from '../../../nn/tf';
import { classLabels } from '../filling';
import { BATCH_DICE, weightedSum } from '../../../brats/models/classes';
import { sharedList, type Rival } from './rival';

/** Dice as ACN has it, of its first three classes, summed: 3 - sum. */
function acnDice(p: tf.Tensor5D, t: tf.Tensor5D): tf.Scalar {
  const overlap = classOverlap(p, t, { ...BATCH_DICE, squares: true });
  return tf.sub(3, tf.sum(tf.slice(overlap, 0, 3)));
}

export const acn: Rival = {
  sides: [16, 16, 16],
  availability: 'one',
  specs: (setting, { crop }) =>
    acnSpecs({
      base: setting('base_channels'),
      discriminatorBase: setting('discriminator_base'),
      crop,
    }),
  run: ({ parameters, images, case: of }) => {
    const targets = acnTargets(classLabels(of));
    const scan = tf.split<tf.Tensor5D>(images, 4, 4)[sharedList(of)[0]];
    const multi = runAcn(parameters, ACN_NETWORKS.multi, acnStack(images));
    const mono = runAcn(parameters, ACN_NETWORKS.mono, scan);
    const dice_multi = acnDice(multi.probabilities, targets);
    const dice_mono = acnDice(mono.probabilities, targets);
    const consistency = classDistance(multi.probabilities, mono.probabilities);
    const weight = distanceWeight(of.epoch ?? 0);
    const co_training = weightedSum([0.2, dice_multi], [0.8, dice_mono], [weight, consistency]);
    const mutual_information = mutualInformation(parameters, mono.feature);
    // The networks see discriminators that stand still, and the discriminators outputs that do.
    const still = Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [
        name,
        name.startsWith('d_') ? stopGradient(value) : value,
      ]),
    );
    const against = (
      which: 'd_main' | 'd_feature',
      x: tf.Tensor5D,
      truth: 0 | 1,
      by = parameters,
    ): tf.Scalar => {
      const logits = discriminate(by, which, x);
      return binaryCrossEntropy(logits, tf.fill(logits.shape, truth));
    };
    const entropies = [multi, mono].map(({ probabilities }) => entropyMaps(probabilities));
    const features = [multi.feature, mono.feature];
    const adversarial_entropy = against('d_main', entropies[1], 0, still);
    const adversarial_feature = against('d_feature', features[1], 0, still);
    const told = (which: 'd_main' | 'd_feature', [four, one]: tf.Tensor5D[]): tf.Scalar =>
      weightedSum(
        [0.5, against(which, stopGradient(four), 0)],
        [0.5, against(which, stopGradient(one), 1)],
      );
    const discriminator_entropy = told('d_main', entropies);
    const discriminator_feature = told('d_feature', features);
    const networks = weightedSum(
      [1, co_training],
      [0.5, mutual_information],
      [0.001, adversarial_entropy],
      [0.0002, adversarial_feature],
    );
    return {
      losses: {
        dice_multi,
        dice_mono,
        consistency,
        consistency_weight: tf.scalar(weight),
        co_training,
        mutual_information,
        adversarial_entropy,
        adversarial_feature,
        discriminator_entropy,
        discriminator_feature,
        networks,
        total: weightedSum([1, networks], [1, discriminator_entropy], [1, discriminator_feature]),
      },
      outputs: {
        multi: multi.probabilities,
        mono: mono.probabilities,
        feature_mono: mono.feature,
      },
    };
  },
};
