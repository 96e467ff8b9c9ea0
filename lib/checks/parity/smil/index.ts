/** A golden file of SMIL: every number of it, computed and compared. */
import type { Comparison, Precision } from '../compare';
import { compareSections, type Section } from './compare';
import type { SmilGolden } from './form';
import { measureSmil } from './measure';
import { measureKMeans } from './measure-k-means';
import { measureReading } from './measure-reading';

/** In the precision that tensors have now. */
export function compareSmil(golden: SmilGolden, precision: Precision): Comparison[] {
  const ours = measureSmil(golden);
  const { float64, float32, ourReadingShaSpec: reading, kmeans, parameters } = golden;
  const sections: Section[] = [];
  for (const name of Object.keys(float64) as (keyof typeof float64)[]) {
    const [mine, double, single] = [ours[name], float64[name], float32[name]];
    if (!Array.isArray(double)) {
      sections.push({ name, ours: mine, float64: double, float32: single });
      continue;
    }
    double.forEach((step, i) =>
      sections.push({
        ...{ name: `${name} ${i}`, group: name, float64: step },
        ours: (mine as typeof double)[i],
        float32: (single as typeof double)[i],
      }),
    );
  }
  if (reading) {
    const mine = measureReading(golden, reading.float64);
    sections.push({ name: 'ShaSpec, our reading', ours: mine, ...reading });
  }
  const found = compareSections(sections, parameters, precision);
  return kmeans ? [...found, ...compareKMeans(golden, kmeans, precision)] : found;
}

/** The points are float32 here. */
const POINTS_BOUND = 1e-6;

function compareKMeans(
  golden: SmilGolden,
  kmeans: NonNullable<SmilGolden['kmeans']>,
  precision: Precision,
): Comparison[] {
  const ours = measureKMeans(golden);
  const pairs: [string, number, number][] = [
    ['inertia', ours.inertia, kmeans.inertia],
    ['norm of the centres', ours.norm, kmeans.norm],
    ...kmeans.firstCoordinates.map((first, c): [string, number, number] => [
      `first coordinate of centre ${c}`,
      ours.firstCoordinates[c],
      first,
    ]),
    ...kmeans.sizes.map((size, c): [string, number, number] => [
      `points of centre ${c}`,
      ours.sizes[c],
      size,
    ]),
  ];
  return pairs.map(([quantity, mine, reference]) => ({
    ...{ where: 'case k-means', quantity: `loss ${quantity}`, precision, ours: mine, reference },
    ...{ error: Math.abs(mine - reference) / Math.abs(reference), referenceError: 0 },
    ...{ bound: POINTS_BOUND, kind: 'value' },
  }));
}
