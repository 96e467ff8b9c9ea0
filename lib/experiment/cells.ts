/** The trainings of an experiment: every arm with every seed. */
import { UserError } from '../base/errors';
import { changeSettings } from '../config';
import type { Experiment, Kind } from './experiment';

/** One training of an experiment. */
export interface ExperimentCell<C> {
  arm: string;
  /** The arm's. */
  title: string;
  seed: number;
  /** The base with the arm's changes. */
  config: C;
}

/** Seed by seed, the arms in their order. */
export function cellsOf<K extends Kind>(experiment: Experiment<K>): ExperimentCell<K['config']>[] {
  return experiment.seeds.flatMap((seed, s) =>
    experiment.arms
      .filter(({ seeds = Infinity }) => s < seeds)
      .map(({ key }) => cellOf(experiment, key, seed)),
  );
}

/**
 * The cells whose arms take longest first, so that no long one is left alone at the end; then those of no known time, in
 * their order.
 */
export function longestFirst<K extends Kind>(
  cells: readonly ExperimentCell<K['config']>[],
  { secondsOf }: Pick<Experiment<K>, 'secondsOf'>,
): ExperimentCell<K['config']>[] {
  const arms = new Set(cells.map(({ arm }) => arm));
  const seconds = new Map([...arms].map((arm) => [arm, secondsOf?.(arm) ?? 0]));
  return [...cells].sort((a, b) => (seconds.get(b.arm) ?? 0) - (seconds.get(a.arm) ?? 0));
}

/** @throws UserError if there is no such arm, or it changes an unknown setting */
export function cellOf<K extends Kind>(
  { problem, base, arms }: Experiment<K>,
  key: string,
  seed: number,
): ExperimentCell<K['config']> {
  const arm = arms.find((one) => one.key === key);
  if (!arm) {
    const keys = arms.map((one) => one.key).join(', ');
    throw new UserError(`arm is "${key}"; choose one of ${keys}`, {
      code: 'BAD_VALUE',
      field: 'arm',
      value: key,
    });
  }
  const config = changeSettings(problem.config, base, arm.changes, problem.name);
  return { arm: key, title: arm.title, seed, config };
}

/** For messages and progress lines. */
export function cellName({ title, seed }: Pick<ExperimentCell<unknown>, 'title' | 'seed'>): string {
  return `${title}, seed ${seed}`;
}
