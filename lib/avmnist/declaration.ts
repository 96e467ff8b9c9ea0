/** What an experiment says of itself before it runs. */
import type { AvMeasure } from './measures';

/** An arm minus another. */
export interface AvComparison {
  title: string;
  /** Keys of arms. */
  arm: string;
  reference: string;
}

export interface AvDeclaration {
  /** Of files: `av-mnist-level`. */
  name: string;
  title: string;
  /** What is expected. */
  hypothesis: string;
  comparisons: readonly [AvComparison, ...AvComparison[]];
  /** The hypothesis is judged by this measure of the first comparison; all else is secondary. */
  primary: AvMeasure;
  /** What was chosen after a look at results, for a sentence: `nothing`, if nothing was. */
  afterALook: string;
}
