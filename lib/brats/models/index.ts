/** The segmentation methods of the kit, by their names in configs. */
import { UserError } from '../../base/errors';
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
  [mckd, lckd, shaspec, rfnet, mmformer, uhved, uhemis, robustseg].map((model) => [
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

export { mckd as mckdModel, type MetaResult } from './mckd';
export type * from './model';
export { tilesOf, type Forward } from './tiles';
