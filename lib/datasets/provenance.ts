/** Where data come from, and what scores on them are scores of: facts of a data set, which nobody can leave out. */

import { z } from 'zod';

/** `real`: of people. `phantom`: made-up brains. `synthetic`: made-up speech. */
export type Provenance = 'real' | 'phantom' | 'synthetic';

/** On which cases, split how and scored by whom; in words. Only numbers of one protocol are set against each other. */
export const PROTOCOLS = {
  'brats2018-challenge-validation':
    "the challenge's 66 validation cases of BraTS2018, scored by its server",
  'brats2018-three-folds': 'BraTS2018, mean of the three public folds of 199, 29 and 57 cases',
  'brats-one-fold': 'one fold of public lists',
  'brats-authors-five': "a local test set beside the authors' five meta-validation cases",
  'brats-own-split': 'a split of their own',
  phantoms: 'phantoms, which are made up',
  'av-mnist': 'Audiovision-MNIST with real recordings, 450 test pairs',
  'av-mnist-synthetic-speech': 'Audiovision-MNIST with synthetic speech',
  unstated: 'a protocol that the page does not state in full',
} as const satisfies Record<string, string>;

export type Protocol = keyof typeof PROTOCOLS;

/** The fields of `DataFacts`, for schemas of records. */
export const dataFactsShape = {
  provenance: z.enum(['real', 'phantom', 'synthetic']),
  protocol: z.custom<Protocol>((value) => typeof value === 'string' && value in PROTOCOLS),
};

/** What everything that shows scores has to know of their data. */
export interface DataFacts {
  provenance: Provenance;
  protocol: Protocol;
}

/** Whether a difference between numbers of two protocols means anything. */
export function comparable(one: Protocol, other: Protocol): boolean {
  return one === other && one !== 'unstated';
}
