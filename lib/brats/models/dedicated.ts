/** What methods have in common whose network segments from one scan, for which it is trained. */
import { UserError } from '../../base/errors';
import type { Modality } from '../../base/modality';
import { bratsMethod, type BratsTrainingConfig } from '../../config';
import type { NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { voxelCount } from '../../volume/size';
import type { Network, SegmentationModel } from './model';

type Scans = BratsTrainingConfig['scans'];

/** The one scan of a list of one. */
const soleOf = (scans: Scans | undefined): Modality | undefined =>
  Array.isArray(scans) && scans.length === 1 ? (scans as Modality[])[0] : undefined;

/**
 * The scan that a network is trained for.
 * @throws UserError where the config names several
 */
export function soleScan({ model, scans }: Pick<BratsTrainingConfig, 'model' | 'scans'>): Modality {
  const sole = soleOf(scans);
  if (sole) return sole;
  throw new UserError(
    `brats.scans is ${JSON.stringify(scans)}, and method ${model} is trained for one scan; choose a list of one, such as ["t1ce"]`,
    { code: 'BAD_VALUE', field: 'brats.scans', value: scans },
  );
}

/**
 * Refuses to segment from scans that a network is blind to.
 * @throws UserError where a subset lacks the one scan that it was trained for
 */
export function requireOwnScan(
  { model: { name }, config }: Network,
  subsets: readonly (readonly Modality[])[],
): void {
  const sole = bratsMethod(name).dedicated && soleOf(config?.scans);
  const lacking = sole && subsets.find((subset) => !subset.includes(sole));
  if (!lacking) return;
  throw new UserError(
    `available is ${lacking.join(',')}, and this network of method ${name} segments from ${sole} alone; give subsets with ${sole}, or another checkpoint`,
    { code: 'BAD_VALUE', field: 'available', value: lacking },
  );
}

/**
 * The network sees the scan that it was trained for, whichever others there are, and a volume of zeros where that one is
 * missing. Where the training is unknown, it sees the only scan that there is.
 * @param forward [1, d, h, w, 1] -> logits. In a tidy.
 */
export function oneScanTiles(
  forward: (parameters: NamedTensors, scan: tf.Tensor5D) => tf.Tensor5D,
): SegmentationModel['openTiles'] {
  return (parameters, tile, steps, trainedOn) => {
    const segment = (values: Float32Array): tf.Tensor5D => {
      const scan = tf.tensor5d(values, [1, ...tile, 1]);
      const { results } = steps.run({
        signature: `tile, ${tile.join(' x ')}`,
        inputs: [...Object.values(parameters), scan],
        variables: [],
        compute: () => ({ results: [forward(parameters, scan)], note: null }),
      });
      scan.dispose();
      // Subsets are segmented in tidies of their own.
      return tf.keep(results[0] as tf.Tensor5D);
    };
    // Of zeros, once for all tiles.
    let blind: tf.Tensor5D | undefined;
    return {
      open: (scans) => {
        // Subsets differ in scans that the network doesn't see.
        const seen = new Map<Modality, tf.Tensor5D>();
        return {
          logits: (available) => {
            const own = soleOf(trainedOn) ?? onlyOne(available);
            const values = available.includes(own) ? scans.get(own) : undefined;
            if (!values) {
              blind ??= segment(new Float32Array(voxelCount(tile)));
              return blind.clone();
            }
            const logits = seen.get(own) ?? segment(values);
            seen.set(own, logits);
            return logits.clone();
          },
          dispose: () => tf.dispose([...seen.values()]),
        };
      },
      dispose: () => blind?.dispose(),
    };
  };
}

function onlyOne(available: readonly Modality[]): Modality {
  if (available.length === 1) return available[0];
  throw new UserError(
    `available is ${available.join(',')}, and the checkpoint doesn't say for which scan its network was trained; give that one alone`,
    { code: 'BAD_VALUE', field: 'available', value: available },
  );
}
