/** The tile of the sliding window. */
import type { Weights } from '../checkpoint';
import { statedIn } from '../checkpoint/metadata';
import { bratsMethod } from '../../config';
import { PAPER_CROP } from '../../loading/sampling';
import type { Size3 } from '../../volume/size';
import { UserError } from '../../base/errors';

export interface ChosenTile {
  tile: Size3;
  /** Where it is from, in words. */
  origin: string;
}

/**
 * The requested tile; else the crop that the network was trained on, if the checkpoint has it; else
 * the authors' 80 x 160 x 160, no larger than one tile over the volume needs.
 *
 * @param size of the volume, [D, H, W]
 * @throws UserError for a side that the network doesn't accept
 */
export function chooseTile(
  { metadata, model }: Pick<Weights, 'metadata' | 'model'>,
  size: Size3,
  asked?: readonly number[],
): ChosenTile {
  const { sides } = bratsMethod(model.name);
  if (asked) {
    const fits = asked.length === 3 && asked.every((side, i) => side >= 1 && side % sides[i] === 0);
    if (!fits) {
      throw new UserError(
        `tile is ${asked.join(',')}; depth, height and width should be multiples of ${sides.join(', ')}, such as 80,160,160`,
        { code: 'BAD_VALUE', field: 'tile', value: asked },
      );
    }
    return { tile: asked as unknown as Size3, origin: 'as requested' };
  }
  const crop = trainedCrop(metadata, sides);
  if (crop) return { tile: crop, origin: 'the crop that the network was trained on' };
  const tile = PAPER_CROP.size.map((side, axis) =>
    Math.min(side, Math.ceil(size[axis] / sides[axis]) * sides[axis]),
  );
  const whole = tile.every((side, axis) => side === PAPER_CROP.size[axis]);
  return {
    tile: tile as unknown as Size3,
    origin: whole ? "the authors'" : "the authors', shrunk to the volume",
  };
}

/** The crop in the config of a training, or of shipped weights; undefined if the file lacks it. */
function trainedCrop(metadata: Weights['metadata'], sides: readonly number[]): Size3 | undefined {
  const { crop } = (statedIn(metadata, 'config') ?? {}) as { crop?: unknown };
  const fits =
    Array.isArray(crop) &&
    crop.length === 3 &&
    crop.every((side, i) => Number.isInteger(side) && side > 0 && side % sides[i] === 0);
  return fits ? (crop as unknown as Size3) : undefined;
}
