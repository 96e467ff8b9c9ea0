/** A case as images: its four scans with the tumour over them, and its ground truth beside predictions. */
import { labelsOfRegions } from '../../datasets/brats';
import type { Sample } from '../../loading/sampling';
import { imageGridFigure, type Figure, type FigureTitle } from '../../report/figures';
import { MODALITIES, MODALITY_NAMES, type Modality } from '../../base/modality';
import { labelDice } from '../evaluate';
import { fullestSlice, labelOverlay, scanPicture, tumourSlice, viewSlice } from './view';

/** Most pixels along an image's longer side: a page is about 760 wide. */
const LONGEST = 160;

/** The height of a row of images, with a title of one or two lines. */
export function rowHeight(columns: number): number {
  return Math.round(Math.min(240, 740 / columns) / 0.84);
}

export interface SlicesOptions extends FigureTitle {
  prepared: Sample;
  /** Default: the axial slice with the most tumour. */
  slice?: number;
  /** [D, H, W] in the kit's codes; default: the ground truth. */
  labels?: Uint8Array;
}

/**
 * The four scans of an axial slice side by side, above without and below with the tumour overlay.
 * @throws UserError for a slice or label map that the case doesn't have
 */
export function slicesFigure({
  name,
  title,
  prepared,
  labels = labelsOfRegions(prepared.regions),
  slice = fullestSlice(labels, prepared.size),
}: SlicesOptions): Figure {
  const view = viewSlice(prepared, slice, LONGEST);
  const overlay = labelOverlay(labels, prepared.size, view);
  const scans = MODALITIES.map((modality) => ({
    title: MODALITY_NAMES[modality],
    ...scanPicture(prepared, modality, view),
  }));
  return imageGridFigure({
    name,
    title: `${title}, slice ${slice}`,
    columns: MODALITIES.length,
    rowHeight: rowHeight(MODALITIES.length),
    images: [...scans, ...scans.map((scan) => ({ ...scan, overlay }))],
  });
}

/** The scans that tell most: the whole tumour is seen in FLAIR, its parts in T1ce. */
const CROP_SCANS: readonly Modality[] = ['flair', 't1ce'];

export interface CropsOptions extends FigureTitle {
  crops: readonly { name: string; crop: Sample }[];
}

/** Crops side by side, each in the axial slice with the most tumour: FLAIR above and T1ce below, with their labels. */
export function cropsFigure({ name, title, crops }: CropsOptions): Figure {
  const columns = crops.map(({ name: crop, crop: sample }) => {
    const labels = labelsOfRegions(sample.regions);
    const slice = fullestSlice(labels, sample.size);
    const view = viewSlice(sample, slice, LONGEST);
    const overlay = labelOverlay(labels, sample.size, view);
    return CROP_SCANS.map((modality) => ({
      ...scanPicture(sample, modality, view),
      title: `${crop}, ${MODALITY_NAMES[modality]}`,
      overlay,
    }));
  });
  return imageGridFigure({
    name,
    title,
    columns: columns.length,
    rowHeight: rowHeight(columns.length),
    images: CROP_SCANS.flatMap((_, row) => columns.map((column) => column[row])),
  });
}

/** A label map and its title. */
export interface NamedPrediction {
  name: string;
  /** [D, H, W] in the kit's codes. */
  labels: Uint8Array;
}

export interface CaseOptions extends FigureTitle {
  prepared: Sample;
  predictions: readonly NamedPrediction[];
  /** The scan underneath. Default: T1ce. */
  background?: Modality;
  /** Default: the axial slice with the most tumour, in the ground truth if there is one. */
  slice?: number;
}

/**
 * A scan, the ground truth and predictions of one slice, each prediction with its Dice in percent over the
 * whole case. A case with empty regions counts as one without ground truth: neither Dice nor ground truth is shown.
 */
export function caseFigure({
  name,
  title,
  prepared,
  predictions,
  background = 't1ce',
  slice,
}: CaseOptions): Figure {
  const { size, regions } = prepared;
  const truth = regions.some(Boolean) ? labelsOfRegions(regions) : undefined;
  const shown =
    slice ??
    (truth || predictions.length === 0
      ? tumourSlice(regions, size)
      : fullestSlice(predictions[0].labels, size));
  const view = viewSlice(prepared, shown, LONGEST);
  const scan = scanPicture(prepared, background, view);
  const over = (labels: Uint8Array): typeof scan => ({
    ...scan,
    overlay: labelOverlay(labels, size, view),
  });
  const images = [
    { ...scan, title: MODALITY_NAMES[background] },
    ...(truth ? [{ ...over(truth), title: 'ground truth' }] : []),
    ...predictions.map(({ name, labels }) => ({
      ...over(labels),
      title: truth ? `${name}<br>${diceText(labelDice(labels, regions))}` : name,
    })),
  ];
  const columns = images.length <= 5 ? images.length : Math.min(5, Math.ceil(images.length / 2));
  return imageGridFigure({
    name,
    title: `${title}, slice ${shown}${truth ? ' (Dice in %)' : ''}`,
    columns,
    rowHeight: rowHeight(columns),
    images,
  });
}

function diceText([enhancing, whole, core]: readonly number[]): string {
  const percent = (dice: number): string => (100 * dice).toFixed(0);
  return `WT ${percent(whole)}, TC ${percent(core)}, ET ${percent(enhancing)}`;
}
