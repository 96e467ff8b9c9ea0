/** One slice segmented from each of the 15 subsets of scans. */
import { labelsOfRegions } from '../../datasets/brats';
import type { Sample } from '../../loading/sampling';
import { UserError } from '../../base/errors';
import { imageGridFigure, type Figure, type FigureTitle } from '../../report/figures';
import { MODALITY_SUBSETS, subsetName, type Modality } from '../../base/modality';
import { labelDice } from '../evaluate';
import { rowHeight } from './slices';
import { labelOverlay, scanPicture, tumourSlice, viewSlice } from './view';

/** Abbreviated, for the axes of crowded figures. */
export const SHORT_NAMES: Readonly<Record<Modality, string>> = {
  flair: 'F',
  t1: 'T1',
  t1ce: 'T1c',
  t2: 'T2',
};

export interface SubsetGridOptions extends FigureTitle {
  prepared: Sample;
  /** One label map [D, H, W] per subset, in the order of `MODALITY_SUBSETS`: `predictSubsets` makes them. */
  predictions: readonly Uint8Array[];
  /** Default: the axial slice with the most tumour. */
  slice?: number;
  /** The scan underneath, even if the subset lacks it. Default: T1ce. */
  background?: Modality;
}

/**
 * 15 images of a slice, each with the prediction from its subset of scans and the Dice of the whole
 * tumour over the whole case, and the ground truth as the 16th.
 * @throws UserError unless there are 15 label maps of the case's size
 */
export function subsetGridFigure({
  name,
  title,
  prepared,
  predictions,
  slice = tumourSlice(prepared.regions, prepared.size),
  background = 't1ce',
}: SubsetGridOptions): Figure {
  if (predictions.length !== MODALITY_SUBSETS.length) {
    throw new UserError(
      `there are ${predictions.length} label maps for ${MODALITY_SUBSETS.length} subsets; make them with predictSubsets`,
      { code: 'MISMATCH', field: 'predictions', value: predictions.length },
    );
  }
  const { size, regions } = prepared;
  const view = viewSlice(prepared, slice, 96);
  const scan = scanPicture(prepared, background, view);
  const picture = (name: string, labels: Uint8Array): typeof scan => ({
    ...scan,
    title: name,
    overlay: labelOverlay(labels, size, view),
  });
  const images = MODALITY_SUBSETS.map((subset, s) => {
    const names = subsetName(subset, SHORT_NAMES);
    const [, whole] = labelDice(predictions[s], regions);
    return picture(`${names}: ${(100 * whole).toFixed(0)}`, predictions[s]);
  });
  return imageGridFigure({
    name,
    title: `${title}, slice ${slice} (available modalities: Dice of the whole tumour in %)`,
    columns: 4,
    rowHeight: rowHeight(4),
    images: [...images, picture('ground truth', labelsOfRegions(regions))],
  });
}
