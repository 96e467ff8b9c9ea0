/** Which cases are trained on, which the importance weights are learned on, and which are tested on. */

/** Names of cases; no case is in two of them. */
export interface Splits {
  train: string[];
  /** The held-out cases that the importance weights are learned on (the paper's meta-validation). */
  metaValidation: string[];
  test: string[];
}

/** What a split is made from. */
export interface SplitCase {
  name: string;
  grade?: 'HGG' | 'LGG';
}
