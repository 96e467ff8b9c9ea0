/** A made-up anatomy, for tests that need no network. */
import type { AnatomyMaps } from './anatomy';

/** Voxel size, mm, and the head's half axes and middle (MNI, mm). */
const STEP = 4;
const [SHAPE, ORIGIN] = [
  [46, 54, 46],
  [-90, -123, -85],
];
const [HALF, MIDDLE] = [
  [72, 88, 70],
  [0, -17, 5],
];
/** Half axes of the ventricle, and how far the white matter reaches (the head's surface being 1). */
const VENTRICLE = [14, 30, 14];
const [WHITE, GREY] = [0.8, 0.95];

/** An egg of white matter in a shell of grey matter and fluid, with one ventricle. */
export function madeAnatomy(): AnatomyMaps {
  const count = SHAPE[0] * SHAPE[1] * SHAPE[2];
  const [t1, grey, white] = [0, 1, 2].map(() => new Uint8Array(count));
  for (let i = 0; i < count; i++) {
    const at = [
      i % SHAPE[0],
      Math.floor(i / SHAPE[0]) % SHAPE[1],
      Math.floor(i / SHAPE[0] / SHAPE[1]),
    ];
    const place = at.map((index, axis) => ORIGIN[axis] + STEP * index - MIDDLE[axis]);
    const radius = Math.hypot(...place.map((mm, axis) => mm / HALF[axis]));
    if (radius > 1) continue;
    t1[i] = 200;
    const inVentricle = Math.hypot(...place.map((mm, axis) => mm / VENTRICLE[axis])) < 1;
    if (inVentricle || radius > GREY) continue;
    if (radius > WHITE) grey[i] = 255;
    else white[i] = 255;
  }
  const affine = [
    [STEP, 0, 0, ORIGIN[0]],
    [0, STEP, 0, ORIGIN[1]],
    [0, 0, STEP, ORIGIN[2]],
    [0, 0, 0, 1],
  ];
  return {
    name: 'an egg',
    sha256: { 'egg.nii': 'none' },
    shape: SHAPE,
    affine,
    axes: 'RAS',
    t1,
    grey,
    white,
  };
}
