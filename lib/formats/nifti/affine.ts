/** From voxel indices to millimetres: the affine of a NIfTI header, and the axes it runs along. */
import { UserError } from '../../base/errors';

/**
 * Four rows of four: (x, y, z, 1) in mm = affine * (i, j, k, 1), x to the right, y to the front, z up
 * (RAS+, as NIfTI has it).
 */
export type Affine = readonly (readonly number[])[];

/** A quaternion, an offset and voxel sizes: NIfTI's "qform". */
export interface QForm {
  /** b, c, d; a follows from a^2 + b^2 + c^2 + d^2 = 1. */
  quaternion: readonly number[];
  /** mm. */
  offset: readonly number[];
  /** Edge lengths of a voxel in mm, of the first three axes. */
  voxelSize: readonly number[];
  /** -1 where the third axis is mirrored, else 1. */
  handedness: 1 | -1;
}

/** Rounding of float32 quaternions leaves the sum of squares this far over one. */
const QUATERNION_SLACK = 1e-5;

/**
 * The affine of a qform (nifti1.h, "method 2").
 * @throws UserError when b^2 + c^2 + d^2 is over one, so that it is no rotation
 */
export function affineOfQForm({ quaternion, offset, voxelSize, handedness }: QForm, file: string) {
  const squares = quaternion.reduce((sum, q) => sum + q * q, 0);
  if (!(squares <= 1 + QUATERNION_SLACK)) {
    throw new UserError(
      `${file}: the quaternion is [${quaternion.join(', ')}] and the sum of its squares should be at most 1; write the header again`,
      { code: 'BAD_FILE', file, field: 'quatern', value: quaternion },
    );
  }
  const norm = squares > 1 ? Math.sqrt(squares) : 1;
  const [b, c, d] = quaternion.map((q) => q / norm);
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  const rotation = [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
  ];
  const scale = [voxelSize[0], voxelSize[1], voxelSize[2] * handedness];
  const rows = rotation.map((row, r) => [...row.map((cell, i) => cell * scale[i]), offset[r]]);
  return [...rows, [0, 0, 0, 1]];
}

/**
 * The qform of an affine, where it has one: right angles between the axes. The other way of
 * `affineOfQForm`; undefined for a sheared affine.
 */
export function qFormOfAffine(affine: Affine): QForm | undefined {
  const voxelSize = columnLengths(affine);
  const columns = [0, 1, 2].map((i) => [0, 1, 2].map((r) => affine[r][i] / voxelSize[i]));
  const dot = (p: number[], q: number[]): number => p.reduce((sum, v, i) => sum + v * q[i], 0);
  const skew = Math.max(
    ...[
      [0, 1],
      [0, 2],
      [1, 2],
    ].map(([i, j]) => Math.abs(dot(columns[i], columns[j]))),
  );
  if (!(skew < 1e-5)) return undefined;
  const handedness = determinant(affine) < 0 ? -1 : 1;
  const [x, y] = columns;
  const z = columns[2].map((v) => v * handedness);
  return {
    quaternion: quaternionOf(x, y, z),
    offset: [0, 1, 2].map((r) => affine[r][3]),
    voxelSize,
    handedness,
  };
}

/** b, c, d of the rotation with these columns, a >= 0 (Shepperd's choice of the largest term). */
function quaternionOf(x: number[], y: number[], z: number[]): number[] {
  const squares = [
    1 + x[0] + y[1] + z[2],
    1 + x[0] - y[1] - z[2],
    1 - x[0] + y[1] - z[2],
    1 - x[0] - y[1] + z[2],
  ];
  const largest = squares.indexOf(Math.max(...squares));
  const s = 2 * Math.sqrt(squares[largest]);
  const all = [
    [s / 4, (y[2] - z[1]) / s, (z[0] - x[2]) / s, (x[1] - y[0]) / s],
    [(y[2] - z[1]) / s, s / 4, (y[0] + x[1]) / s, (z[0] + x[2]) / s],
    [(z[0] - x[2]) / s, (y[0] + x[1]) / s, s / 4, (z[1] + y[2]) / s],
    [(x[1] - y[0]) / s, (z[0] + x[2]) / s, (z[1] + y[2]) / s, s / 4],
  ][largest];
  const sign = all[0] < 0 ? -1 : 1;
  return all.slice(1).map((q) => q * sign || 0);
}

/** Edge lengths of a voxel in mm: the lengths of the affine's first three columns. */
export function columnLengths(affine: Affine): number[] {
  return [0, 1, 2].map((i) => Math.hypot(affine[0][i], affine[1][i], affine[2][i]));
}

/**
 * How far two affines put a volume's corners apart, in mm: the most of the eight.
 * @param shape the three spatial sizes
 */
export function cornersApart(one: Affine, other: Affine, shape: readonly number[]): number {
  let most = 0;
  for (let corner = 0; corner < 8; corner++) {
    const index = [0, 1, 2].map((axis) => ((corner >> axis) & 1) * (shape[axis] - 1));
    const squares = [0, 1, 2].map((row) => {
      const apart = [0, 1, 2].reduce(
        (sum, axis) => sum + (one[row][axis] - other[row][axis]) * index[axis],
        one[row][3] - other[row][3],
      );
      return apart * apart;
    });
    most = Math.max(most, Math.sqrt(squares[0] + squares[1] + squares[2]));
  }
  return most;
}

function determinant([p, q, r]: Affine): number {
  return (
    p[0] * (q[1] * r[2] - q[2] * r[1]) -
    p[1] * (q[0] * r[2] - q[2] * r[0]) +
    p[2] * (q[0] * r[1] - q[1] * r[0])
  );
}

/** Is every number finite, and are the three directions independent? */
export function isUsableAffine(affine: Affine): boolean {
  const lengths = columnLengths(affine);
  const volume = Math.abs(determinant(affine));
  return (
    affine.every((row) => row.every(Number.isFinite)) &&
    volume > 1e-6 * lengths[0] * lengths[1] * lengths[2]
  );
}

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];
/** Letters of the way to lower and to higher x, y, z. */
const LETTERS = ['LR', 'PA', 'IS'];

/**
 * Where each voxel axis leads, by the nearest anatomical axis: "RAS" runs to the right, the front and
 * up; BraTS is "LPS". Where axes are oblique, the assignment with the largest sum of |cos| is taken.
 */
export function axesOf(affine: Affine): string {
  const lengths = columnLengths(affine);
  const cosine = (world: number, voxel: number): number => affine[world][voxel] / lengths[voxel];
  const fit = (order: number[]): number =>
    order.reduce((sum, world, voxel) => sum + Math.abs(cosine(world, voxel)), 0);
  const best = ORDERS.reduce((a, b) => (fit(b) > fit(a) ? b : a));
  return best.map((world, voxel) => LETTERS[world][cosine(world, voxel) > 0 ? 1 : 0]).join('');
}
