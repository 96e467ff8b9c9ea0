/** Provenance and protocol of a data set: mandatory for everything that shows scores. */

import { z } from 'zod';

/** `real`: of people. `phantom`: synthetic brains. `synthetic`: synthetic speech. */
export type Provenance = 'real' | 'phantom' | 'synthetic';

/** Which cases, which split, scored by what; in words. Only numbers of the same protocol are compared. */
export const PROTOCOLS = {
  'brats2018-challenge-validation':
    "the challenge's 66 validation cases of BraTS2018, scored by its server",
  'brats2018-three-folds': 'BraTS2018, mean of the three public folds of 199, 29 and 57 cases',
  'brats-one-fold': 'one fold of public lists',
  'brats-authors-five': "a local test set beside the authors' five meta-validation cases",
  'brats-own-split': 'a split of their own',
  phantoms: 'synthetic phantoms',
  'av-mnist': 'Audiovision-MNIST with real recordings, 450 test pairs',
  'av-mnist-synthetic-speech': 'Audiovision-MNIST with synthetic speech',
  unstated: 'a protocol that the source does not state in full',
} as const satisfies Record<string, string>;

export type Protocol = keyof typeof PROTOCOLS;

/** The fields of `DataFacts`, for schemas of records. */
export const dataFactsShape = {
  provenance: z.enum(['real', 'phantom', 'synthetic']),
  protocol: z.custom<Protocol>((value) => typeof value === 'string' && value in PROTOCOLS),
};

/** Facts about the data that everything with scores must state. */
export interface DataFacts {
  provenance: Provenance;
  protocol: Protocol;
}

/** Whether numbers of two protocols can be compared. */
export function comparable(one: Protocol, other: Protocol): boolean {
  return one === other && one !== 'unstated';
}
