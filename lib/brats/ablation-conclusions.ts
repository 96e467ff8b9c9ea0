/** What ablations show, in sentences that are computed from their runs; the README quotes the recorded ones. */
import { excludesZero, pairedDifference } from '../statistics';
import { cellText, meanCell } from '../tables';
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
    (measure) => `${measure} ${text(meanCell(base(measure)).mean)}`,
  );
  const changes = Object.entries(ablationMethods(config)).filter(([key]) => key !== ABLATION_BASE);
  const differences = changes.flatMap(([key, { title }]) =>
    ABLATION_MEASURES.map((measure) => ({
      name: `${title}, ${measure}`,
      ...pairedDifference(ablationValues(runs, key, measure), base(measure)),
    })),
  );
  const standOut = differences.filter(excludesZero);
  const named = standOut.map(({ name, ...difference }) => `${name} ${text(difference)}`);
  return [
    `**MCKD after ${trainingSteps(brats)} steps** (Dice in percent, mean of ${seedsOf(runs)}): ${reached.join(', ')}.`,
    `**${changes.length} changes, one at a time**, by ${ABLATION_MEASURES.length} measures, are ${differences.length} differences to it, seed by seed. ` +
      `Of their 95 % intervals ${standOut.length} ${standOut.length === 1 ? 'does' : 'do'} not hold 0, ` +
      `where chance alone would give about ${Math.round(differences.length / 20)}` +
      `${named.length === 0 ? '' : `: ${named.join('; ')}`}.`,
  ];
}

const text = (cell: Parameters<typeof cellText>[0]): string =>
  cellText(cell, { key: '', title: '', digits: 1 });
