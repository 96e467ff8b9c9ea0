/**
 * The ablations of the paper, its predecessors or the authors' code: MCKD as in the preset (the base), and one
 * setting changed at a time. Trainings are shorter than the comparison's (`brats.ablations`); settings
 * that are equal are one arm.
 */
import { canonical } from '../../base/canonical';
import {
  changeSettings,
  trainingSettings,
  type BratsTrainingConfig,
  type Config,
  type DeepPartial,
} from '../../config';
import { brats } from '../problem';
import type { BratsArm } from './arms';

/** One answer to a question. */
export interface AblationVariant {
  /** The method's key in the published table of the question. */
  key: string;
  title: string;
  changes: DeepPartial<BratsTrainingConfig>;
}

export interface AblationQuestion {
  /** The published table is `ablation-` and this. */
  key: string;
  title: string;
  /** What should happen, by the reasoning behind the method and not by any run. */
  hypothesis: string;
  variants: AblationVariant[];
}

export const ABLATIONS: readonly AblationQuestion[] = [
  {
    key: 'distillation-distance',
    title: 'distillation distance',
    hypothesis:
      'L1 is better: it pulls as hard on small differences as on large ones, where squares stop pulling',
    variants: [
      { key: 'l1', title: 'L1', changes: { distance: 'L1' } },
      { key: 'mse', title: 'mean squared error', changes: { distance: 'MSE' } },
    ],
  },
  {
    key: 'weight-normalisation',
    title: 'weight normalisation',
    hypothesis:
      "softmax is better: its ratios are free of the parameters' scale, a sigmoid saturates, and an unnormalised weight can get near 0, where ratios explode",
    variants: [
      { key: 'softmax', title: 'softmax', changes: { importance: { normalisation: 'softmax' } } },
      { key: 'sigmoid', title: 'sigmoid', changes: { importance: { normalisation: 'sigmoid' } } },
      { key: 'raw', title: 'unnormalised', changes: { importance: { normalisation: 'raw' } } },
    ],
  },
  {
    key: 'weight-initialisation',
    title: 'weight initialisation',
    hypothesis:
      'no difference, if there are enough meta steps to forget the start; in short trainings random weights decide who teaches',
    variants: [
      { key: 'random', title: 'random', changes: { importance: { initial: 'random' } } },
      { key: 'equal', title: 'equal', changes: { importance: { initial: 'equal' } } },
    ],
  },
  {
    key: 'weight-optimiser',
    title: 'weight optimizer',
    hypothesis:
      'no difference in the order of the weights; momentum of 0.99 overshoots, so they spread further',
    variants: [
      { key: 'adam', title: 'Adam', changes: { importance: { optimizer: 'adam' } } },
      {
        key: 'sgd',
        title: 'SGD (Nesterov, momentum 0.99, no weight decay)',
        changes: { importance: { optimizer: 'sgd', weightDecay: 0 } },
      },
    ],
  },
  {
    key: 'distillation-weight',
    title: 'distillation weight',
    hypothesis:
      'best in between: 0 leaves features apart, and a large weight makes them the same for every patient',
    variants: [0, 0.01, 0.1, 0.5, 1].map((weight) => ({
      key: String(weight),
      title: String(weight),
      changes: { distillationWeight: weight },
    })),
  },
  {
    key: 'parts',
    title: 'components removed',
    hypothesis:
      'each is worse than the whole, most of all without distillation; without the meta step the ratios are those of chance',
    variants: [
      { key: 'whole', title: 'none', changes: {} },
      { key: 'no-distillation', title: 'distillation', changes: { distillationWeight: 0 } },
      {
        key: 'no-weights',
        title: 'importance weights (every ratio is 1)',
        changes: { importance: { initial: 'equal' }, metaRepeats: 0 },
      },
      {
        key: 'no-meta-step',
        title: 'meta step (weights keep their initial values)',
        changes: { metaRepeats: 0 },
      },
    ],
  },
];

/** The arm of MCKD as in the preset. */
export const ABLATION_BASE = 'base';

/** A variant with its arm, which rows of other questions may share. */
export interface AblationRow {
  question: AblationQuestion;
  variant: AblationVariant;
  arm: string;
}

/** The settings of the base: the preset's, with the ablations' stages. */
export function ablationBase({ brats: settings }: Config): BratsTrainingConfig {
  const { stageOne, stageTwo } = settings.ablations;
  return { ...trainingSettings(settings), stageOne, stageTwo };
}

/** Every variant of every question; if none of a question's is the base, the base comes first. */
export function ablationRows(config: Config): AblationRow[] {
  const base = ablationBase(config);
  const settingsOf = (changes: AblationVariant['changes']): string =>
    canonical(changeSettings(brats.config, base, changes, 'brats'));
  const arms = new Map([[settingsOf({}), ABLATION_BASE]]);
  return ABLATIONS.flatMap((question) => {
    const rows = question.variants.map((variant): AblationRow => {
      const settings = settingsOf(variant.changes);
      const arm = arms.get(settings) ?? `${question.key}/${variant.key}`;
      arms.set(settings, arm);
      return { question, variant, arm };
    });
    const own = { key: ABLATION_BASE, title: 'as in the preset', changes: {} };
    return rows.some(({ arm }) => arm === ABLATION_BASE)
      ? rows
      : [{ question, variant: own, arm: ABLATION_BASE }, ...rows];
  });
}

/** The base and the variants, each distinct training once. */
export function ablationArms(config: Config): BratsArm[] {
  const arms = new Map<string, BratsArm>();
  arms.set(ABLATION_BASE, { key: ABLATION_BASE, title: 'MCKD', changes: {} });
  for (const { question, variant, arm } of ablationRows(config)) {
    if (arms.has(arm)) continue;
    const title = `${question.title}: ${variant.title}`;
    arms.set(arm, { key: arm, title, changes: variant.changes });
  }
  return [...arms.values()];
}
