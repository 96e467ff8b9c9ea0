/**
 * The ablations that the authors' code or the paper line names: MCKD as the preset has it (the base), and one
 * line of settings changed at a time. Trainings are shorter than the comparison's (`brats.ablations`); settings
 * that equal each other are trained once.
 */
import { canonical } from '../base/canonical';
import { changeConfig, type Config } from '../config';
import { bratsTasks, finishedComparison, runComparison, type ComparisonEvent } from './comparison';
import type { ComparisonOptions } from './comparison';
import type { BratsChanges, BratsMethodChanges } from './methods';
import type { BratsRun, BratsTask } from './run-record';

/** One answer to a question. */
export interface AblationVariant {
  /** The method's key in the published table of the question. */
  key: string;
  title: string;
  changes: BratsChanges;
}

export interface AblationQuestion {
  /** The published table is `ablation-` and this. */
  key: string;
  title: string;
  variants: AblationVariant[];
}

export const ABLATIONS: readonly AblationQuestion[] = [
  {
    key: 'distillation-distance',
    title: 'distance that distillation closes',
    variants: [
      { key: 'l1', title: 'L1', changes: { distance: 'L1' } },
      { key: 'mse', title: 'mean squared error', changes: { distance: 'MSE' } },
    ],
  },
  {
    key: 'weight-normalisation',
    title: 'from theta to weights',
    variants: [
      { key: 'softmax', title: 'softmax', changes: { importance: { normalisation: 'softmax' } } },
      { key: 'sigmoid', title: 'sigmoid', changes: { importance: { normalisation: 'sigmoid' } } },
      { key: 'raw', title: 'theta itself', changes: { importance: { normalisation: 'raw' } } },
    ],
  },
  {
    key: 'weight-initialisation',
    title: 'start of the weights',
    variants: [
      { key: 'random', title: 'random', changes: { importance: { initial: 'random' } } },
      { key: 'equal', title: 'equal', changes: { importance: { initial: 'equal' } } },
    ],
  },
  {
    key: 'weight-optimiser',
    title: 'optimizer of the weights',
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
    title: 'weight of the distillation',
    variants: [0, 0.01, 0.1, 0.5, 1].map((weight) => ({
      key: String(weight),
      title: String(weight),
      changes: { distillationWeight: weight },
    })),
  },
  {
    key: 'parts',
    title: 'what is left out',
    variants: [
      { key: 'whole', title: 'nothing', changes: {} },
      { key: 'no-distillation', title: 'distillation', changes: { distillationWeight: 0 } },
      {
        key: 'no-weights',
        title: 'weights: every ratio is 1',
        changes: { importance: { initial: 'equal' }, metaRepeats: 0 },
      },
      {
        key: 'no-meta-step',
        title: 'meta step: weights stay where they start',
        changes: { metaRepeats: 0 },
      },
    ],
  },
];

/** The method key of MCKD as the preset has it. */
export const ABLATION_BASE = 'base';

/** A variant with the training that answers it. */
export interface AblationRow {
  question: AblationQuestion;
  variant: AblationVariant;
  /** The method key of its training, which rows of other questions may share. */
  method: string;
}

/** The config of the ablations' trainings: the run's, with their stages and seeds. */
export function ablationConfig(config: Config): Config {
  return changeConfig(config, { brats: config.brats.ablations });
}

/** Every variant of every question; where none of a question's is the base, the base comes first. */
export function ablationRows(config: Config): AblationRow[] {
  const short = ablationConfig(config);
  const settingsOf = (changes: BratsChanges): string =>
    canonical(changeConfig(short, { brats: changes }).brats);
  const methods = new Map([[settingsOf({}), ABLATION_BASE]]);
  return ABLATIONS.flatMap((question) => {
    const rows = question.variants.map((variant): AblationRow => {
      const settings = settingsOf(variant.changes);
      const method = methods.get(settings) ?? `${question.key}/${variant.key}`;
      methods.set(settings, method);
      return { question, variant, method };
    });
    const base = { key: ABLATION_BASE, title: 'as the preset has it', changes: {} };
    return rows.some(({ method }) => method === ABLATION_BASE)
      ? rows
      : [{ question, variant: base, method: ABLATION_BASE }, ...rows];
  });
}

/** The base and the variants, each distinct training once, as `runComparison` and `trainTask` take them. */
export function ablationMethods(config: Config): BratsMethodChanges {
  const methods: BratsMethodChanges = { [ABLATION_BASE]: { title: 'MCKD', changes: {} } };
  for (const { question, variant, method } of ablationRows(config)) {
    methods[method] ??= {
      title: `${question.title}: ${variant.title}`,
      changes: variant.changes,
    };
  }
  return methods;
}

/** The trainings, seed by seed. */
export function ablationTasks(config: Config): BratsTask[] {
  return bratsTasks(ablationConfig(config), Object.keys(ablationMethods(config)));
}

/** Where the ablations lie; a training that a comparison beside them has made already is taken up. */
export type AblationPlace = Omit<ComparisonOptions, 'methods'>;

/**
 * Trains and evaluates what is missing and yields progress; `finishedAblations` then reads all.
 * @throws ReaderError when a training fails, with its name
 */
export function runAblations(
  config: Config,
  place: AblationPlace,
): AsyncGenerator<ComparisonEvent> {
  return runComparison(ablationConfig(config), {
    ...place,
    methods: ablationMethods(config),
    tasks: place.tasks ?? ablationTasks(config),
  });
}

/**
 * The finished runs, in the order of `ablationTasks`.
 * @throws ReaderError naming the first that is missing or unreadable
 */
export function finishedAblations(
  config: Config,
  place: Pick<AblationPlace, 'directory' | 'dataHash' | 'tasks'>,
): BratsRun[] {
  return finishedComparison(ablationConfig(config), {
    ...place,
    methods: ablationMethods(config),
    tasks: place.tasks ?? ablationTasks(config),
  });
}
