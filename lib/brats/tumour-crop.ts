/** Crops around tumours, for looking at a trained network. */
import type { BratsTrainingConfig } from '../config';
import { openPrepared } from '../loading/prepared';
import { cropSample, type PreparedCase, type Sample } from '../loading/sampling';
import { voxelCount } from '../volume/size';
import type { BratsDataSet } from './data-set';

/** The crop around the middle of the whole tumour. */
export function tumourCrop(
  { size, images, regions }: PreparedCase,
  config: BratsTrainingConfig,
): Sample {
  const count = voxelCount(size);
  const [, height, width] = size;
  const sum = [0, 0, 0];
  let inside = 0;
  for (let i = 0; i < count; i++) {
    if (!regions[count + i]) continue;
    inside += 1;
    sum[0] += Math.floor(i / (height * width));
    sum[1] += Math.floor(i / width) % height;
    sum[2] += i % width;
  }
  const start = config.crop.map((side, axis) => {
    const centre = inside > 0 ? sum[axis] / inside : size[axis] / 2;
    return Math.max(0, Math.min(size[axis] - side, Math.round(centre - side / 2)));
  }) as [number, number, number];
  return cropSample({ size, images, regions }, { start, size: config.crop });
}

/** The crops of the first `count` test cases. */
export async function tumourCrops(
  { cases, splits }: Pick<BratsDataSet, 'cases' | 'splits'>,
  config: BratsTrainingConfig,
  count: number,
): Promise<Sample[]> {
  const names = splits.test.slice(0, count);
  const prepared = openPrepared(cases, { normalisation: config.normalisation });
  const crops: Sample[] = [];
  for (const { name } of cases.filter(({ name }) => names.includes(name))) {
    crops.push(tumourCrop(await prepared.whole(name), config));
  }
  return crops;
}
