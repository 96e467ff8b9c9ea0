/** U-HeMIS and U-HVED. */
import { uhemisObjective } from '../../../brats/models/uhemis';
import { uhvedObjective } from '../../../brats/models/uhved';
import { uhemisSpecs } from '../../../models/uhemis';
import { UHVED_ORIGINAL, UHVED_PORT, uhvedSpecs, type Noise } from '../../../models/uhved';
import type { Rival } from './rival';

export const uhemis: Rival = {
  sides: [8, 8, 8],
  availability: 'sample',
  labels: 'classes',
  specs: (setting) => uhemisSpecs(setting('base_channels')),
  run: ({ parameters, images, labels, mask }) => {
    const { logits, total, parts } = uhemisObjective(parameters, images, labels, mask);
    const { crossEntropy: cross_entropy, dice, decay: l2 } = parts;
    return { losses: { cross_entropy, dice, l2, total }, outputs: { logits } };
  },
};

export const uhved: Rival = {
  sides: [8, 8, 8],
  availability: 'sample',
  labels: 'classes',
  specs: (setting) => uhvedSpecs(setting('base_channels')),
  noise: (setting, { batch, crop }) =>
    [0, 1, 2, 3].map((level) => [
      batch,
      ...crop.map((side) => side / 2 ** level),
      (setting('base_channels') / 2) * 2 ** level,
    ]),
  run: ({ parameters, images, labels, case: of, mask, noise: levels }) => {
    const variant = of.variant === 'port' ? UHVED_PORT : UHVED_ORIGINAL;
    const noise: Noise = (level) => levels[level];
    const options = { variant, noise };
    const { logits, scans, total, parts } = uhvedObjective(
      parameters,
      images,
      labels,
      mask,
      options,
    );
    const { crossEntropy: cross_entropy, dice, reconstruction, decay: l2 } = parts;
    const [rec_flair, rec_t1, rec_t1ce, rec_t2] = scans;
    return {
      losses: {
        ...{ cross_entropy, dice, reconstruction, l2, total },
        ...{ kl_inter: parts.inter, kl_prior: parts.prior },
      },
      outputs: { logits, rec_flair, rec_t1, rec_t1ce, rec_t2 },
    };
  },
};
