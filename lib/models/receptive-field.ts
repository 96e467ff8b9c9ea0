/** How much of a scan one voxel of a feature map can depend on. */
import { ASPP_DILATIONS, STAGE_BLOCKS } from './segmentation-layers';

/** A convolution or a pool along one axis, in voxels of its own input. */
export interface Window {
  kernel: number;
  /** Default: 1. */
  stride?: number;
  /** Distance between the voxels that the kernel reads. Default: 1. */
  dilation?: number;
}

/**
 * Voxels along one axis that one output voxel depends on through convolutions and pools, first layer first:
 *
 *   r = 1 + sum_l (k_l - 1) d_l prod_{m < l} s_m
 *
 * Instance norms are left out: their mean and variance depend on the whole volume.
 */
export function receptiveField(layers: readonly Window[]): number {
  let [field, step] = [1, 1];
  for (const { kernel, stride = 1, dilation = 1 } of layers) {
    field += (kernel - 1) * dilation * step;
    step *= stride;
  }
  return field;
}

/**
 * The windows of the segmentation network's encoder along the path with the largest field: stem, pool, the 3x3x3
 * convolutions of all blocks, the widest branch of the spatial pyramid.
 * @param axis the stem has stride 2 in the plane only
 */
export function encoderWindows(axis: 'depth' | 'plane'): Window[] {
  return [
    { kernel: 7, stride: axis === 'plane' ? 2 : 1 },
    { kernel: 3, stride: 2 },
    ...STAGE_BLOCKS.flatMap((blocks, stage) =>
      Array.from({ length: blocks }, (_, b) => ({
        kernel: 3,
        stride: b === 0 && stage > 0 ? 2 : 1,
      })),
    ),
    { kernel: 3, dilation: Math.max(...ASPP_DILATIONS) },
  ];
}
