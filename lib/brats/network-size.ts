/** How large a network is, and how much it computes. */
import { MODALITIES } from '../base/modality';
import { multiplyAdds } from '../graph/multiply-adds';
import { openSteps } from '../graph/steps';
import { voxelCount, type Size3 } from '../volume/size';
import type { Network, Tiles } from './models/model';

export interface NetworkSize {
  /** Numbers in its parameters, with those that only training uses. */
  parameters: number;
  /**
   * Of convolutions and matrix products, for segmenting one tile from four scans; without what is computed once for all
   * tiles of a volume.
   */
  multiplyAdds: number;
}

/** Segments one empty tile. */
export function networkSize({ model, parameters, config }: Network, tile: Size3): NetworkSize {
  const tensors = Object.values(parameters);
  const steps = openSteps({ expected: 1 });
  const empty = new Float32Array(voxelCount(tile));
  const products = (use: (tiles: Tiles) => void): number =>
    multiplyAdds(() => {
      const tiles = model.openTiles(parameters, tile, steps, config?.scans);
      use(tiles);
      tiles.dispose();
    }, tensors);
  const once = products(() => undefined);
  const all = products((tiles) => {
    const open = tiles.open(new Map(MODALITIES.map((modality) => [modality, empty])));
    open.logits(MODALITIES).dispose();
    open.dispose();
  });
  steps.dispose();
  return { parameters: tensors.reduce((sum, { size }) => sum + size, 0), multiplyAdds: all - once };
}
