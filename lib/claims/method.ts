/** Claims about the method itself: its code, and the importance weights that it learns. */
import { MODALITIES, MODALITY_NAMES, type Modality } from '../base/modality';
import { findingsOfSides } from '../experiment/findings';
import { runsOf } from '../experiment/metrics';
import type { BratsRun } from '../brats/run-record';
import type { ClaimGroup } from './claim';
import { DIFFERENCE_TOLERANCE, ifRecorded, judgeDifferences, open } from './judge';

/** The scans that the importance weights are said to prefer, and the others. */
const IMPORTANT = ['t1ce', 'flair'] as const satisfies readonly Modality[];
const OTHERS = MODALITIES.filter((one) => !(IMPORTANT as readonly Modality[]).includes(one));

export const METHOD: ClaimGroup = {
  key: 'method',
  weight: 0.2,
  title: 'the method',
  why: 'everything else rests on the objective; that weights find the important modalities is its first step',
  children: [
    {
      key: 'objective',
      weight: 0.6,
      row: true,
      title: 'network, losses, gradients, meta step and training steps of the authors’ code',
      claim:
        'The kit’s network, its losses, gradients, meta step and training steps are those of the method',
      where: 'the method’s section, as the authors’ code states it (github billhhh/MCKD)',
      mark: 'V1',
      check: 'the same weights and inputs in both; the record of the comparison in both precisions',
      command: 'npm run parity',
      tolerance:
        'the bounds of the comparison, 1e-5 per gradient norm in double precision, and in float32 no more than five times the error of the authors’ code in float32, since rounding alone gives as much',
      judge: ({ parity }) => {
        if (!parity) return open('not recorded');
        const numbers = [{ name: 'last line', text: parity.summary, from: 'runs' as const }];
        if (parity.equal === undefined)
          return open('the record does not say whether it is equal', numbers);
        return parity.equal
          ? { state: 'reproduced', reason: 'equal within the bounds', numbers }
          : { state: 'contradicted', reason: 'beyond the bounds', numbers };
      },
    },
    {
      key: 'importance-order',
      weight: 0.4,
      row: true,
      title: 'importance weights prefer T1ce and FLAIR',
      claim:
        'The meta step gives the scans that matter most, T1ce and FLAIR, more weight than T1 and T2',
      where:
        'the abstract says that weights adapt to importance; that these two lead is a figure that was not at hand',
      mark: 'not verified',
      check:
        'weights at the last meta event of MCKD, seed by seed: each of the two minus each other',
      command: 'npx mckd compare --preset standard',
      notebook: '03',
      tolerance: DIFFERENCE_TOLERANCE,
      judge: ({ comparison }) =>
        ifRecorded(comparison, ({ runs }) => {
          const last = runsOf(runs, 'mckd').filter(({ weights }) => weights.length > 0);
          if (last.length === 0) return open('the recorded runs have no meta event');
          const sides = IMPORTANT.flatMap((own) =>
            OTHERS.map((other) => ({
              name: `weight of ${MODALITY_NAMES[own]} − ${MODALITY_NAMES[other]}`,
              of: weightsOf(last, own),
              other: weightsOf(last, other),
            })),
          );
          return judgeDifferences(findingsOfSides(sides), 3);
        }),
    },
  ],
};

function weightsOf(runs: readonly BratsRun[], modality: Modality): number[] {
  return runs.map(({ weights }) => weights[weights.length - 1].w[MODALITIES.indexOf(modality)]);
}
