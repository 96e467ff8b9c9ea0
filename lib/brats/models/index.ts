/** The segmentation methods of the kit, by their names in configs. */
import { UserError } from '../../base/errors';
import { authorsCrop } from '../../config';
import { acn } from './acn';
import { kdnet } from './kdnet';
import { lckd } from './lckd';
import { mckd } from './mckd';
import { mmformer } from './mmformer';
import type { SegmentationModel } from './model';
import { rfnet } from './rfnet';
import { robustseg } from './robustseg';
import { shaspec } from './shaspec';
import { uhemis } from './uhemis';
import { uhved } from './uhved';

const MODELS = new Map<string, SegmentationModel>(
  [mckd, lckd, shaspec, rfnet, mmformer, uhved, uhemis, robustseg, acn, kdnet].map((model) => [
    model.name,
    model as SegmentationModel,
  ]),
);

/** Registers a method under its name in this process. */
export function addModel(model: SegmentationModel): void {
  MODELS.set(model.name, model);
}

/** @throws UserError if there is none of this name */
export function modelNamed(name: string): SegmentationModel {
  const model = MODELS.get(name);
  if (model) return model;
  const names = [...MODELS.keys()].join(', ');
  throw new UserError(`brats.model is ${JSON.stringify(name)}; choose one of ${names}`, {
    code: 'BAD_VALUE',
    field: 'brats.model',
    value: name,
  });
}

/**
 * The method whose network has most of the names of a weights file's tensors; of several, as one's network may be a part of
 * another's, the one with the fewest names of its own. MCKD if none has any.
 */
export function modelWithNames(names: ReadonlySet<string>): SegmentationModel {
  const found = [...MODELS.values()].map((model) => {
    const own = model.layout.shapes({ width: 1, crop: authorsCrop(model.name) });
    return { model, size: own.size, common: [...own.keys()].filter((n) => names.has(n)).length };
  });
  return found.reduce((best, one) => {
    const smaller = one.common > 0 && one.common === best.common && one.size < best.size;
    return one.common > best.common || smaller ? one : best;
  }).model;
}

export { mckd as mckdModel, type MetaResult } from './mckd';
export type * from './model';
export { tilesOf, type Forward } from './tiles';
