/** The case of each sample of a run. */
import { UserError } from '../../base/errors';
import { randomStream } from '../../base/random';

export interface OrderOptions {
  /** The root of the run's random streams. */
  seed: number;
  /** The loader's own name, such as "stage1/training". */
  name: string;
}

export interface TrainingOrderOptions extends OrderOptions {
  /** Steps of the whole stage, not only of the rest: the order depends on it. */
  steps: number;
  /** Batch size: samples per step. */
  batch: number;
}

/**
 * The order of training, as the authors make it: the list of cases repeated until it is long enough for
 * all steps, shuffled once. So a case may appear twice in a row, and not all equally often.
 *
 * @returns [steps * batch]: sample n of step s is of case s * batch + n
 * @throws UserError if there is no case or a number is not a whole number from 1
 */
export function trainingOrder(
  cases: readonly string[],
  { steps, batch, seed, name }: TrainingOrderOptions,
): string[] {
  requireCases(cases);
  requireCounts({ steps, batch });
  const repeats = Math.ceil((steps * batch) / cases.length);
  const all = new Array<readonly string[]>(repeats).fill(cases).flat();
  return orderStream(seed, name)
    .shuffle(all)
    .slice(0, steps * batch);
}

export interface MetaOrderOptions extends OrderOptions {
  /** Meta events of the whole stage. */
  events: number;
  /** How often an event sees each case (the authors': 4, so 20 steps with their five cases). */
  repeats?: number;
}

/**
 * The order of the meta steps, with one sample per step: each event sees every case `repeats` times, in
 * an order of its own. Event e begins at step e * cases * repeats.
 *
 * @returns [events * cases * repeats]
 * @throws UserError if there is no case or a number is not a whole number from 1
 */
export function metaOrder(
  cases: readonly string[],
  { events, repeats = 4, seed, name }: MetaOrderOptions,
): string[] {
  requireCases(cases);
  requireCounts({ events, repeats });
  const pass = new Array<readonly string[]>(repeats).fill(cases).flat();
  return Array.from({ length: events }, (_, event) =>
    orderStream(seed, name).split(String(event)).shuffle(pass),
  ).flat();
}

function orderStream(seed: number, name: string): ReturnType<typeof randomStream> {
  return randomStream(seed, name).split('order');
}

function requireCases(cases: readonly string[]): void {
  if (cases.length > 0) return;
  throw new UserError('there is no case to load; check the splits', {
    code: 'MISSING',
    field: 'cases',
    value: 0,
  });
}

/** @throws UserError for a number that isn't a whole one from 1 */
export function requireCounts(counts: Record<string, number>): void {
  for (const [field, value] of Object.entries(counts)) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new UserError(`${field} is ${value}; it must be a whole number from 1`, {
      code: 'BAD_VALUE',
      field,
      value,
    });
  }
}
