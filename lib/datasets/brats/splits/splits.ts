/** Cases for training, for learning the importance weights, and for testing. */

/** Names of cases; no case is in two of them. */
export interface Splits {
  train: string[];
  /** The held-out cases that the importance weights are learned on (the paper's meta-validation). */
  metaValidation: string[];
  test: string[];
}

/** Input of a split. */
export interface SplitCase {
  name: string;
  grade?: 'HGG' | 'LGG';
}
