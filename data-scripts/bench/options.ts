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
/** Sections that a record may lack, which then says so: they take as long as all others together. */
export const LONG_SECTIONS: readonly SectionName[] = ['rivals'];
export type SectionName = (typeof BENCH_SECTIONS)[number];

export interface BenchCommandOptions extends JsonOption {
  quick?: boolean;
  only?: SectionName[];
  python?: string;
}
