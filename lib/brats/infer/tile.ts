/** The tile of the sliding window. */
import type { Weights } from '../checkpoint';
import { statedIn } from '../checkpoint/metadata';
import { authorsCrop, bratsMethod, sidesProblem, type BratsMethod } from '../../config';
import type { Size3 } from '../../volume/size';
import { UserError } from '../../base/errors';

export interface ChosenTile {
  tile: Size3;
  /** Where it is from, in words. */
  origin: string;
}

/**
 * The requested tile; else the crop that the network was trained on, if the checkpoint has it; else
 * the authors', no larger than one tile over the volume needs.
 *
 * @param size of the volume, [D, H, W]
 * @throws UserError for a side that the network doesn't accept
 */
export function chooseTile(
  { metadata, model }: Pick<Weights, 'metadata' | 'model'>,
  size: Size3,
  asked?: readonly number[],
): ChosenTile {
  const method = bratsMethod(model.name);
  const crop = trainedCrop(metadata, method);
  const authors = authorsCrop(model.name);
  if (asked) {
    const sides = sidesProblem(method, asked);
    const problem = sides
      ? `${sides}, such as 80,160,160`
      : cropProblem(model, crop ?? authors, asked);
    if (problem !== undefined) {
      throw new UserError(`tile is ${asked.join(',')}; ${problem}`, {
        code: 'BAD_VALUE',
        field: 'tile',
        value: asked,
      });
    }
    return { tile: asked as unknown as Size3, origin: 'as requested' };
  }
  if (crop) return { tile: crop, origin: 'the crop that the network was trained on' };
  const { sides, least = 1 } = method;
  const tile = authors.map((side, axis) => {
    const needed = Math.max(least, Math.ceil(size[axis] / sides[axis]) * sides[axis]);
    return model.tileIsCrop ? side : Math.min(side, needed);
  });
  const whole = tile.every((side, axis) => side === authors[axis]);
  return {
    tile: tile as unknown as Size3,
    origin: whole ? "the authors'" : "the authors', shrunk to the volume",
  };
}

/** Why a model that takes its training's crop alone can't take this tile. */
function cropProblem(
  { name, tileIsCrop }: Weights['model'],
  crop: Size3,
  asked: readonly number[],
): string | undefined {
  if (!tileIsCrop || crop.join() === asked.join()) return undefined;
  return `${name} takes only the crop that it was trained on, ${crop.join(',')}`;
}

/** The crop in the config of a training, or of shipped weights; undefined if the file lacks it. */
function trainedCrop(metadata: Weights['metadata'], method: BratsMethod): Size3 | undefined {
  const { crop } = (statedIn(metadata, 'config') ?? {}) as { crop?: unknown };
  const fits =
    Array.isArray(crop) &&
    crop.every(Number.isInteger) &&
    sidesProblem(method, crop as number[]) === undefined;
  return fits ? (crop as unknown as Size3) : undefined;
}
