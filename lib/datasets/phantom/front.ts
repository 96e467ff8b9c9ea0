/**
 * A front that spreads from seeds at a speed that depends on the place: arrival times, by Dijkstra's
 * algorithm over the 26 neighbours. Tumours that spread faster in white than in grey matter (Swanson
 * et al., Cell Prolif. 2000) are the solution of such a travel-time problem (Konukoglu et al., IEEE
 * TMI 2010), and so are connected, keep within the brain and follow its tracts.
 */
import type { PhantomGrid } from './grid';
import { NEIGHBOURS } from './volume-filters';

export interface FrontOptions {
  grid: PhantomGrid;
  /** [voxels], mm per unit of time; voxels of speed 0 are not entered. */
  speed: Float32Array;
  /** Voxels reached at time 0. */
  seeds: Iterable<number>;
  /** Number of voxels to reach, including the seeds. */
  voxels: number;
  /** Continue for this long after that, for soft edges. */
  beyond?: number;
}

export interface Front {
  /** [voxels], Infinity where the front didn't arrive. */
  time: Float32Array;
  /** When the last of the requested voxels was reached. */
  end: number;
}

/** Arrival times of a front; fewer voxels than requested if it can't proceed. */
export function growFront({ grid, speed, seeds, voxels, beyond = 0 }: FrontOptions): Front {
  const { shape, spacing } = grid;
  const time = new Float32Array(speed.length).fill(Infinity);
  const settled = new Uint8Array(speed.length);
  const queue = timeQueue();
  for (const seed of seeds) {
    time[seed] = 0;
    queue.push(seed, 0);
  }
  const steps = NEIGHBOURS.map(({ step: [dx, dy, dz], length }) => ({
    dx,
    dy,
    dz,
    offset: dx + shape[0] * (dy + shape[1] * dz),
    halfMm: (length * spacing) / 2,
  }));
  let reached = 0;
  let end = 0;
  for (let voxel = queue.pop(); voxel >= 0; voxel = queue.pop()) {
    if (settled[voxel]) continue;
    if (reached >= voxels && time[voxel] > end + beyond) break;
    settled[voxel] = 1;
    reached += 1;
    if (reached <= voxels) end = time[voxel];
    const x = voxel % shape[0];
    const y = Math.floor(voxel / shape[0]) % shape[1];
    const z = Math.floor(voxel / shape[0] / shape[1]);
    for (const { dx, dy, dz, offset, halfMm } of steps) {
      if (x + dx < 0 || y + dy < 0 || z + dz < 0) continue;
      if (x + dx >= shape[0] || y + dy >= shape[1] || z + dz >= shape[2]) continue;
      const next = voxel + offset;
      if (settled[next] || !(speed[next] > 0)) continue;
      const arrival = time[voxel] + halfMm * (1 / Math.max(speed[voxel], 1e-3) + 1 / speed[next]);
      // Rounded as it is stored, or a voxel would be "nearer" than itself.
      if (Math.fround(arrival) >= time[next]) continue;
      time[next] = arrival;
      queue.push(next, arrival);
    }
  }
  for (let i = 0; i < time.length; i++) if (!settled[i]) time[i] = Infinity;
  return { time, end };
}

interface TimeQueue {
  push(voxel: number, time: number): void;
  /** The voxel of the least time, or -1. */
  pop(): number;
}

/** A binary heap. */
function timeQueue(): TimeQueue {
  const times: number[] = [];
  const voxels: number[] = [];
  const put = (at: number, voxel: number, time: number): void => {
    times[at] = time;
    voxels[at] = voxel;
  };
  return {
    push: (voxel, time) => {
      let at = times.length;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (times[parent] <= time) break;
        put(at, voxels[parent], times[parent]);
        at = parent;
      }
      put(at, voxel, time);
    },
    pop: () => {
      if (times.length === 0) return -1;
      const first = voxels[0];
      const time = times.pop() as number;
      const voxel = voxels.pop() as number;
      const count = times.length;
      if (count === 0) return first;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= count) break;
        if (child + 1 < count && times[child + 1] < times[child]) child += 1;
        if (times[child] >= time) break;
        put(at, voxels[child], times[child]);
        at = child;
      }
      put(at, voxel, time);
      return first;
    },
  };
}
