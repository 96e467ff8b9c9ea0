/** Output of `mckd evaluate`. */
import { someOf, UserError, writeFileAtomic } from '@mckd/lib/base';
import { prepareOutputs } from '@mckd/lib/datasets';
import {
  CONVENTIONS,
  evaluateFiles,
  evaluationTable,
  HD95_RULES,
  pairFiles,
  probabilityFiles,
  type Convention,
  type Evaluation,
  type Hd95Rule,
  type PairOptions,
} from '@mckd/lib/metrics';
import { tableToCsv, tableToMarkdown } from '@mckd/lib/report';
// Not through the whole library: it would load TensorFlow.
import { withProgress } from '../terminal/progress';

export interface EvaluateCommandOptions extends Omit<PairOptions, 'cases'> {
  prediction: string;
  truth: string;
  name?: string[];
  json?: boolean;
  /** A file, or "-" for the standard output. */
  csv?: string;
  convention: Convention;
  hd95: Hd95Rule;
}

/**
 * Scores files and prints Markdown, JSON or CSV. A progress bar on stderr, if that is a
 * terminal.
 * @throws UserError as `pairFiles` and `evaluateFiles` do, or when the CSV can't be written
 */
export async function evaluate({
  prediction,
  truth,
  name,
  json = false,
  csv,
  convention,
  hd95,
  probabilities = false,
  ...options
}: EvaluateCommandOptions): Promise<void> {
  if (json && csv === '-') {
    throw new UserError('--json and --csv - both print; give a file to --csv', {
      code: 'USAGE',
      field: 'csv',
      value: csv,
    });
  }
  const wanted = pairFiles(prediction, truth, { ...options, probabilities, cases: name });
  const { pairs, truths, leftOut } = wanted;
  const replaced =
    csv === undefined || csv === '-'
      ? []
      : prepareOutputs([csv], {
          inputs: [
            ...pairs.map((pair) => pair.prediction),
            ...(probabilities
              ? pairs.flatMap((pair) => Object.values(probabilityFiles(pair.prediction)))
              : []),
            ...truths.map(({ file }) => file),
            ...(options.list === undefined ? [] : [options.list]),
          ],
        });
  const format = '{bar} {value}/{total} label maps, {eta_formatted} left';
  const evaluation = await withProgress({ format }, ({ show: onCase }) =>
    evaluateFiles(pairs, { convention, hd95, probabilities, onCase }),
  );
  const notes = [
    ...wanted.notes,
    ...replaced,
    ...(leftOut.length > 0
      ? [`${leftOut.length} case(s) of the ground truth are not scored: ${someOf(leftOut)}`]
      : []),
    ...evaluation.notes,
  ];
  for (const note of notes) console.error(`note: ${note}`);
  if (csv !== undefined) {
    const text = tableToCsv(evaluationTable(evaluation, { conventionColumns: true }));
    if (csv === '-') process.stdout.write(text);
    else writeFileAtomic(csv, text);
  }
  if (json) console.log(JSON.stringify(withMeanings({ ...evaluation, notes }), null, 2));
  else if (csv !== '-') process.stdout.write(tableToMarkdown(evaluationTable(evaluation)));
}

/** The conventions in words first; NaN becomes null. */
function withMeanings({ convention, hd95, ...evaluation }: Evaluation) {
  return {
    conventions: {
      emptyRegions: convention,
      emptyRegionsMeaning: CONVENTIONS[convention],
      hd95,
      hd95Meaning: HD95_RULES[hd95],
      ...(evaluation.summary.WT.calibration && {
        calibration:
          'expected calibration error of the probabilities, in 15 bins over all voxels of the volume',
      }),
      units: 'HD95 in mm; the others from 0 to 1; null is NaN',
      sd: 'sample standard deviation over cases (n - 1)',
    },
    ...evaluation,
  };
}
