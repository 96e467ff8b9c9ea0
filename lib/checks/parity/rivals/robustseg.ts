/** RobustSeg, as its authors have it and as the port does. */
import { robustsegObjective } from '../../../brats/models/robustseg';
import {
  ROBUSTSEG_ORIGINAL,
  ROBUSTSEG_PORT,
  ROBUSTSEG_SCANS,
  robustsegSpecs,
  type RobustsegVariant,
} from '../../../models/robustseg';
import type { RivalCase } from '../golden';
import type { Rival } from './rival';

const robustsegVariant = ({ variant }: RivalCase): RobustsegVariant =>
  variant === 'port' ? ROBUSTSEG_PORT : ROBUSTSEG_ORIGINAL;

export const robustseg: Rival = {
  sides: [8, 8, 8],
  availability: 'sample',
  labels: 'classes',
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
  run: ({ parameters, images, labels, case: of, mask }) => {
    const variant = robustsegVariant(of);
    const made = robustsegObjective(parameters, images, labels, mask, variant);
    const { crossEntropy: cross, dice, reconstruction, divergence: kl, decay: l2 } = made.parts;
    const outputs = made.outputs.scans.flatMap(({ image, style }, i) => {
      const { name } = ROBUSTSEG_SCANS[i];
      return [
        [`rec_${name}`, image],
        [`style_${name}`, style],
      ] as const;
    });
    return {
      losses: { cross, dice, reconstruction, kl, l2, total: made.total },
      outputs: { logits: made.outputs.logits, ...Object.fromEntries(outputs) },
    };
  },
};
