/** The methods on the kit's network, which segment regions: their objectives are those that trainings have. */
import { MODALITIES } from '../../../base/modality';
import { lckdObjective } from '../../../brats/models/lckd';
import { shaspecObjective } from '../../../brats/models/shaspec';
import { segmentationSpecs } from '../../../models/segmentation';
import { shaspecSpecs } from '../../../models/shaspec';
import { tf } from '../../../nn/tf';
import { availabilityRows } from '../golden';
import { sharedList, type Rival } from './rival';

export const lckd: Rival = {
  sides: [16, 32, 32],
  availability: 'batch',
  labels: 'regions',
  specs: (setting) => segmentationSpecs(setting('width')),
  run: ({ parameters, images, labels, case: of }) => {
    const batch = { images, regions: labels };
    const teachers = MODALITIES.map((_, m) => Number(of.teachers?.includes(m) ?? false));
    const { logits, total, parts } = lckdObjective(
      parameters,
      tf.tensor1d(teachers, 'float32'),
      batch,
      MODALITIES.filter((_, m) => availabilityRows(of)[0][m]),
      { distillationWeight: 0.1 },
    );
    const { dice, crossEntropy: bce, distillation: kd } = parts;
    return { losses: { dice, bce, kd, total }, outputs: { logits } };
  },
};

export const shaspec: Rival = {
  sides: [16, 32, 32],
  availability: 'batch',
  labels: 'regions',
  specs: (setting) => shaspecSpecs(setting('width')),
  run: ({ parameters, images, labels, case: of }) => {
    const batch = { images, regions: labels };
    const available = sharedList(of).map((m) => MODALITIES[m]);
    const made = shaspecObjective(parameters, batch, available);
    const { dice, crossEntropy: bce, shared, specific } = made.parts;
    return {
      losses: { dice, bce, shared, specific, total: made.total },
      outputs: { logits: made.logits, domain_logits: made.domainLogits },
    };
  },
};
