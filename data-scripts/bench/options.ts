/** Choices of `mckd bench`. */
import type { JsonOption } from '../terminal/report';

/** In the order in which they run. */
export const BENCH_SECTIONS = [
  'step',
  'rivals',
  'growth',
  'paper',
  'window',
  'read',
  'epoch',
  'avx2',
  'training',
  'precision',
  'cost',
  'ops',
] as const;
export type SectionName = (typeof BENCH_SECTIONS)[number];

export interface BenchCommandOptions extends JsonOption {
  quick?: boolean;
  only?: SectionName[];
  python?: string;
}
