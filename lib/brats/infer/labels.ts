/** Label maps of averaged probabilities. */
import { LABELS } from '../../datasets/brats/label-codes';
import { labelsOfRegions } from '../../datasets/brats/regions';

/** See `SegmentationModel.labels`. */
export type LabelRule = 'regions' | 'classes';

/** Probability above which a voxel belongs to a region (numpy's round: 0.5 does not). */
const REGION_THRESHOLD = 0.5;

/** The label map (0, 1, 2, 4) of probabilities of ET, WT, TC [3, voxels], voxel by voxel. [voxels] */
export function labelsOfProbabilities(
  probabilities: Float32Array,
  rule: LabelRule = 'regions',
): Uint8Array {
  return rule === 'classes' ? ofClasses(probabilities) : ofRegions(probabilities);
}

function ofRegions(probabilities: Float32Array): Uint8Array {
  const masks = new Uint8Array(probabilities.length);
  for (let i = 0; i < masks.length; i++) masks[i] = Number(probabilities[i] > REGION_THRESHOLD);
  return labelsOfRegions(masks);
}

/** Of several classes that are equally probable, the first. */
function ofClasses(probabilities: Float32Array): Uint8Array {
  const count = probabilities.length / 3;
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const [enhancing, whole, core] = [0, 1, 2].map((r) => probabilities[r * count + i]);
    let [most, label]: [number, number] = [1 - whole, LABELS.background];
    const consider = (p: number, of: number): void => {
      if (p > most) [most, label] = [p, of];
    };
    consider(core - enhancing, LABELS.core);
    consider(whole - core, LABELS.oedema);
    consider(enhancing, LABELS.enhancing);
    labels[i] = label;
  }
  return labels;
}
