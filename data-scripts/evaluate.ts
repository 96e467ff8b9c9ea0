/** What `mckd evaluate` prints and writes. */
import { SingleBar } from 'cli-progress';
import { ReaderError } from '@mckd/lib/dist/errors';
import {
  CONVENTIONS,
  HD95_RULES,
  type Convention,
  type Hd95Rule,
} from '@mckd/lib/dist/metrics/conventions';
// Not through the whole library: it would load TensorFlow.
import { evaluateFiles, type Evaluation } from '@mckd/lib/dist/metrics/evaluate';
import { evaluationTable } from '@mckd/lib/dist/metrics/evaluation-table';
import { pairFiles, type PairOptions } from '@mckd/lib/dist/metrics/pairs';
import { tableToCsv, tableToMarkdown } from '@mckd/lib/dist/tables/text';
import { writeFileWhole } from '@mckd/lib/dist/write-file';

export interface EvaluateCommandOptions extends PairOptions {
  prediction: string;
  truth: string;
  json?: boolean;
  /** A file, or "-" for the standard output. */
  csv?: string;
  convention: Convention;
  hd95: Hd95Rule;
}

/**
 * Scores files and prints Markdown, JSON or CSV. A bar on stderr while it reads, where that is a
 * terminal.
 * @throws ReaderError as `pairFiles` and `evaluateFiles` do, or when the CSV can't be written
 */
export async function evaluate({
  prediction,
  truth,
  json = false,
  csv,
  convention,
  hd95,
  ...options
}: EvaluateCommandOptions): Promise<void> {
  if (json && csv === '-') {
    throw new ReaderError('--json and --csv - both print; give a file to --csv', {
      field: 'csv',
      value: csv,
    });
  }
  const pairs = pairFiles(prediction, truth, options);
  const bar = new SingleBar({ format: '{bar} {value}/{total} cases, {eta_formatted} left' });
  const onCase = (done: number, all: number): void => {
    if (done === 1) bar.start(all, 0);
    bar.update(done);
  };
  const evaluation = await evaluateFiles(pairs, { convention, hd95, onCase }).finally(() =>
    bar.stop(),
  );
  if (csv !== undefined) {
    const text = tableToCsv(evaluationTable(evaluation, { conventionColumns: true }));
    if (csv === '-') process.stdout.write(text);
    else writeFileWhole(csv, text);
  }
  if (json) console.log(JSON.stringify(withMeanings(evaluation), null, 2));
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
      units: 'HD95 in mm; the others from 0 to 1; null is NaN',
      sd: 'sample standard deviation over cases (n - 1)',
    },
    ...evaluation,
  };
}
