/** What ablations show, in sentences that are computed from their runs; the README quotes the recorded ones. */
import { describeVerdicts, pairedVerdict, type PairedVerdict } from '../base/statistics';
import { differenceText, meanCell } from '../report/tables';
import {
  ABLATION_MEASURES,
  ablationValues,
  type AblationMeasure,
  type AblationResults,
} from './ablation-table';
import { ABLATION_BASE, ablationConfig, ablationMethods } from './ablations';
import { seedsOf } from './conclusions';
import { trainingSteps } from './schedule';

/** Two sentences in Markdown: what the base reaches, and which changes stand out from what seeds do. */
export function ablationConclusions({ config, runs }: AblationResults): string[] {
  const { brats } = ablationConfig(config);
  const base = (measure: AblationMeasure): number[] => ablationValues(runs, ABLATION_BASE, measure);
  const reached = ABLATION_MEASURES.map(
    (measure) => `${measure} ${meanCell(base(measure)).mean.toFixed(1)}`,
  );
  const changes = Object.entries(ablationMethods(config)).filter(([key]) => key !== ABLATION_BASE);
  const differences = changes.flatMap(([key, { title }]) =>
    ABLATION_MEASURES.map((measure) => ({
      name: `${title}, ${measure}`,
      verdict: pairedVerdict(ablationValues(runs, key, measure), base(measure)),
    })),
  );
  return [
    `**MCKD after ${trainingSteps(brats)} steps** (Dice in percent, mean of ${seedsOf(runs)}): ${reached.join(', ')}.`,
    `**${changes.length} changes, one at a time**, by ${ABLATION_MEASURES.length} measures, are ${differences.length} differences to it, seed by seed: ` +
      `${describeVerdicts(differences.map(({ verdict }) => verdict))}.${byChance(differences)}`,
  ];
}

/** How many intervals would not hold 0 by chance alone, and which do not. */
function byChance(differences: readonly { name: string; verdict: PairedVerdict }[]): string {
  const tested = differences.filter(({ verdict }) => verdict.kind !== 'untested').length;
  if (tested === 0) return '';
  const named = differences
    .filter(({ verdict }) => verdict.kind === 'better' || verdict.kind === 'worse')
    .map(({ name, verdict }) => `${name} ${differenceText(verdict, 1)}`);
  const chance = ` By chance alone about ${Math.round(tested / 20)} of ${tested} would not hold 0`;
  return named.length === 0 ? `${chance}.` : `${chance}; these do not: ${named.join('; ')}.`;
}
