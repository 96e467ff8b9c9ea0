/** RobustSeg, as its authors have it and as the port does. */
import { CLASS_COUNT } from '../../../models/conv-units';
import {
  ROBUSTSEG_ORIGINAL,
  ROBUSTSEG_PORT,
  ROBUSTSEG_SCANS,
  robustsegDecay,
  robustsegSpecs,
  runRobustseg,
  styleDivergence,
  type RobustsegVariant,
} from '../../../models/robustseg';
import { clampedCrossEntropy, classDice, oneHot } from '../../../nn/class-losses';
import { absolute, softmax } from '../../../nn/elementwise';
import { tf } from '../../../nn/tf';
import { classLabels } from '../filling';
import type { GoldenCase } from '../golden';
import { BATCH_DICE, weightedSum } from '../../../brats/models/classes';
import type { Rival } from './rival';

const robustsegVariant = ({ variant }: GoldenCase): RobustsegVariant =>
  variant === 'port' ? ROBUSTSEG_PORT : ROBUSTSEG_ORIGINAL;

export const robustseg: Rival = {
  sides: [8, 8, 8],
  availability: 'sample',
  specs: (setting, of) =>
    robustsegSpecs(
      {
        base: setting('base_filters'),
        styleBase: setting('style_base'),
        style: setting('style_code'),
        hidden: setting('mlp'),
      },
      robustsegVariant(of),
      of.crop,
    ),
  run: ({ parameters, images, case: of, mask }) => {
    const port = of.variant === 'port';
    const made = runRobustseg(parameters, images, mask, robustsegVariant(of));
    const labels = oneHot(classLabels(of), CLASS_COUNT);
    const p = softmax(made.logits);
    const cross = clampedCrossEntropy(p, labels, port ? 'sample' : 'batch');
    const dice = classDice(p, labels, { ...BATCH_DICE, squares: !port });
    const volumes = tf.split<tf.Tensor5D>(images, 4, 4);
    const differences = made.scans.map(({ image }, i) =>
      tf.mean(absolute(tf.sub(image, volumes[ROBUSTSEG_SCANS[i].modality]))),
    );
    const reconstruction = tf.addN(differences) as tf.Scalar;
    const kl = tf.addN(
      made.scans.map((scan) => styleDivergence(scan, port ? 'mean' : 'sum')),
    ) as tf.Scalar;
    const l2 = robustsegDecay(parameters);
    const total = weightedSum(
      [1, cross],
      [1, dice],
      [0.1, reconstruction],
      [0.1, kl],
      ...(port ? [] : ([[1, l2]] satisfies [number, tf.Scalar][])),
    );
    const outputs = made.scans.flatMap(({ image, style }, i) => {
      const { name } = ROBUSTSEG_SCANS[i];
      return [
        [`rec_${name}`, image],
        [`style_${name}`, style],
      ] as const;
    });
    return {
      losses: { cross, dice, reconstruction, kl, l2, total },
      outputs: { logits: made.logits, ...Object.fromEntries(outputs) },
    };
  },
};
