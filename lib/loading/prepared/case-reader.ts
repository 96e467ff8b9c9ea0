/** A prepared case to read crops from, in memory or on disk. */
import { type CaseBox, type PreparedCase, type Sample } from '../sampling/sample';
import { voxelCount, type Size3 } from '../../volume/size';

/** Its arrays may be shared: they must not be changed. */
export interface CaseReader {
  name: string;
  size: Size3;
  /** As in `PreparedCase`. */
  box?: CaseBox;
  /** `[3, D, H, W]`: the regions of the whole case. */
  regions(): Promise<Uint8Array>;
  /** The slices from..to-1 along depth; the rest isn't read. */
  slab(from: number, to: number): Promise<Sample>;
}

/** A reader of a case in memory. */
export function readerOf(whole: PreparedCase): CaseReader {
  return {
    name: whole.name,
    size: whole.size,
    ...(whole.box ? { box: whole.box } : {}),
    regions: () => Promise.resolve(whole.regions),
    slab: (from, to) => Promise.resolve().then(() => slabOf(whole, from, to)),
  };
}

function slabOf({ name, size, images, regions }: PreparedCase, from: number, to: number): Sample {
  requireSlab(name, size, from, to);
  return {
    size: [to - from, size[1], size[2]],
    images: slices(images, size, from, to),
    regions: slices(regions, size, from, to),
  };
}

/** Slices of each channel of [channels, D, H, W]: a copy. */
function slices<T extends Float32Array | Uint8Array>(
  values: T,
  size: Size3,
  from: number,
  to: number,
): T {
  const [slice, channel] = [size[1] * size[2], voxelCount(size)];
  const part = (to - from) * slice;
  const channels = values.length / channel;
  const result = new (values.constructor as new (length: number) => T)(channels * part);
  for (let c = 0; c < channels; c++) {
    const start = c * channel + from * slice;
    result.set(values.subarray(start, start + part), c * part);
  }
  return result;
}

/** Slices beyond a case are a bug, not an error of the user. */
export function requireSlab(name: string, [depth]: Size3, from: number, to: number): void {
  if (Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= depth)
    return;
  throw new RangeError(`slices ${from}..${to} of ${name}, which has ${depth}`);
}
