/** What the kit's k-means gives for the points of a golden file. */
import { kMeans } from '../../../base/k-means';
import { randomStream } from '../../../base/random';
import { CENTRES } from '../../../models/smil';
import type { SmilGolden } from './form';
import { ruleOf } from './inputs';

/** Centres of made points, sorted by their first coordinate. */
export function measureKMeans(golden: SmilGolden): NonNullable<SmilGolden['kmeans']> {
  const { fill } = ruleOf(golden);
  const [points, size] = [60, 16];
  const at = fill('kmeans/centres', CENTRES * size);
  const noise = fill('kmeans/noise', points * size);
  const made = Array.from({ length: points }, (_, i) =>
    Array.from(
      { length: size },
      (__, k) => 5 * at[(i % CENTRES) * size + k] + 0.5 * noise[i * size + k],
    ),
  );
  const { centres, assigned, inertia } = kMeans(made, CENTRES, randomStream(0, 'parity'), {
    starts: 50,
  });
  const counts = centres.map((_, c) => assigned.filter((one) => one === c).length);
  const order = centres.map((_, c) => c).sort((a, b) => centres[a][0] - centres[b][0]);
  return {
    inertia,
    firstCoordinates: order.map((c) => centres[c][0]),
    norm: Math.hypot(...centres.flat()),
    sizes: order.map((c) => counts[c]),
  };
}
