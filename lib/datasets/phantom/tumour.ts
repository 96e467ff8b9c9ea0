/** Grows a planned tumour in a case's brain: the label map, and how much of each part is in each voxel. */
import type { RandomStream } from '../../base/random';
import { LABELS } from '../brats/label-codes';
import { growFront } from './front';
import type { PhantomGrid } from './grid';
import { smoothField } from './smooth-field';
import type { TumourPlan } from './tumour-plan';
import { NEIGHBOURS } from './volume-filters';
import type { WarpedBrain } from './warp';

/** [voxels] each; shares are 0..1 and soft at the edges, where labels are cut at the middle. */
export interface Tumour {
  /** Codes of BraTS: 1 core without enhancement, 2 oedema, 4 enhancing. */
  labels: Uint8Array;
  /** Share of the whole tumour. */
  whole: Float32Array;
  /** Share of the core within the tumour. */
  core: Float32Array;
  /** Share that enhances within the core. */
  enhancing: Float32Array;
}

/** Widths of the edges, mm: oedema fades out, a core has a border. */
const OEDEMA_EDGE_MM = 1.5;
const CORE_EDGE_MM = 0.5;
/** A tumour is no more than this share of the brain. */
const MOST_OF_BRAIN = 0.35;

/**
 * The tumour in the brain. Its core spreads through all tissue, oedema from there along white matter;
 * neither through fluid. The cavity is what is deepest in the core, so the rim around it is of uneven
 * width, and enhancement leaves gaps in the rim where a random field is low.
 */
export function growTumour(
  plan: TumourPlan,
  warped: WarpedBrain,
  grid: PhantomGrid,
  stream: RandomStream,
): Tumour {
  const { grey, white, fluid, brain } = warped;
  const count = brain.length;
  const inBrain = brain.reduce((sum, one) => sum + one, 0);
  const voxelsOf = (mm3: number): number =>
    Math.max(1, Math.round(Math.min(mm3 / grid.spacing ** 3, MOST_OF_BRAIN * inBrain)));
  const field = (name: string, controlMm: number): Float32Array =>
    smoothField(stream.split(name), grid, controlMm);
  const speeds = (noise: Float32Array, strength: number, of: (i: number) => number): Float32Array =>
    noise.map((value, i) => (brain[i] ? Math.exp(strength * value) * of(i) : 0));

  const coreFront = growFront({
    grid,
    speed: speeds(field('core', 13), 0.4, (i) => white[i] + 0.75 * grey[i] + 0.05 * fluid[i]),
    seeds: new Set(warped.landmarks),
    voxels: voxelsOf(plan.coreMm3),
    beyond: 4 * CORE_EDGE_MM,
  });
  const isCore = (i: number): boolean => coreFront.time[i] <= coreFront.end;
  const wholeFront = growFront({
    grid,
    speed: speeds(
      field('oedema', 17),
      0.5,
      (i) => white[i] ** 2 + 0.1 * grey[i] + 0.005 * fluid[i],
    ),
    seeds: indicesWhere(count, isCore),
    voxels: voxelsOf(plan.wholeMm3),
    beyond: 4 * OEDEMA_EDGE_MM,
  });
  const cavity = growCavity(
    plan,
    grid,
    isCore,
    speeds(field('cavity', 9), 0.6, () => 1),
  );
  const uptake = growUptake(plan, isCore, cavity, field('uptake', 11));

  const tumour: Tumour = {
    labels: new Uint8Array(count),
    whole: new Float32Array(count),
    core: new Float32Array(count),
    enhancing: new Float32Array(count),
  };
  // The border lies half a voxel beyond the last one reached.
  const half = grid.spacing / 2;
  for (let i = 0; i < count; i++) {
    if (wholeFront.time[i] === Infinity) continue;
    const core = isCore(i);
    tumour.whole[i] = core ? 1 : within(wholeFront.end + half - wholeFront.time[i], OEDEMA_EDGE_MM);
    tumour.core[i] = within(coreFront.end + half - coreFront.time[i], CORE_EDGE_MM);
    tumour.enhancing[i] = Math.min(1 - cavity(i), uptake(i));
    if (core) tumour.labels[i] = tumour.enhancing[i] >= 0.5 ? LABELS.enhancing : LABELS.core;
    else if (wholeFront.time[i] <= wholeFront.end) tumour.labels[i] = LABELS.oedema;
  }
  return tumour;
}

/** 0 far outside, 1 far inside, a half at the border. */
function within(inside: number, width: number): number {
  return 1 / (1 + Math.exp(-inside / width));
}

/** For each voxel its share of the cavity: what a front from the core's surface inward reaches last. */
function growCavity(
  { necroticShare }: TumourPlan,
  grid: PhantomGrid,
  isCore: (i: number) => boolean,
  anySpeed: Float32Array,
): (i: number) => number {
  const speed = anySpeed.map((value, i) => (isCore(i) ? value : 0));
  const core = indicesWhere(speed.length, isCore);
  if (necroticShare === 0) return () => 0;
  const steps = NEIGHBOURS.map(
    ({ step: [dx, dy, dz] }) => dx + grid.shape[0] * (dy + grid.shape[1] * dz),
  );
  const surface = core.filter((i) => steps.some((offset) => !isCore(i + offset)));
  const voxels = Math.round((1 - necroticShare) * core.length);
  const { time, end } = growFront({ grid, speed, seeds: surface, voxels, beyond: Infinity });
  return (i) => (time[i] === Infinity ? 0 : within(time[i] - end - grid.spacing / 2, CORE_EDGE_MM));
}

/** For each voxel its share that enhances outside the cavity: where the field is above a quantile. */
function growUptake(
  { enhancingShare }: TumourPlan,
  isCore: (i: number) => boolean,
  cavity: (i: number) => number,
  field: Float32Array,
): (i: number) => number {
  if (enhancingShare === 0) return () => 0;
  const rim = indicesWhere(field.length, (i) => isCore(i) && cavity(i) < 0.5);
  const sorted = Float32Array.from(rim, (i) => field[i]).sort();
  const threshold = sorted[Math.floor((1 - enhancingShare) * sorted.length)] ?? 0;
  return (i) => within(field[i] - threshold, 0.12);
}

function indicesWhere(count: number, is: (i: number) => boolean): number[] {
  const found: number[] = [];
  for (let i = 0; i < count; i++) if (is(i)) found.push(i);
  return found;
}
