/** From findings and printed numbers to the state of a claim: the rules that claims share. */
import { counted } from '../base/words';
import type { Finding } from '../experiment/findings';
import { cellText, cellValue, differenceText, type PublishedCell } from '../report/tables';
import type { ClaimNumber, Judgement } from './claim';
import type { Kept } from './records';

/** The probability that counts as shown, after Holm's correction for the differences of one claim. */
const LEVEL = 0.05;

export const DIFFERENCE_TOLERANCE =
  'no size is asked for, only the sign, since data or length of training are not the paper’s: every difference must lie above 0 by Student’s t over seeds at 5 %, ' +
  'corrected by Holm for the differences of this claim; one below 0 by the same rule contradicts it';

export const RANGE_TOLERANCE =
  'a printed number must lie within the range of our seeds: it is one training’s, and an eleventh equal training lies outside the range of ten in 2 of 11 cases; ' +
  'a miss does not contradict, since settings that no paper states (batch size, feature size) move a level';

/** Nothing can be judged. */
export function open(reason: string, numbers: readonly ClaimNumber[] = []): Judgement {
  return { state: 'open', reason, numbers };
}

/** Judges a record, or says that there is none. */
export function ifRecorded<S>(
  recorded: Kept<S> | undefined,
  judge: (recorded: Kept<S>) => Judgement,
): Judgement {
  if (!recorded) return open('not recorded');
  const { provenance, description } = recorded.manifest.data;
  return {
    ...judge(recorded),
    on: { provenance, description },
    // Of the whole experiment, so unknown while it is unfinished.
    ...(recorded.manifest.missing ? {} : { coreMinutes: recorded.manifest.coreMinutes }),
  };
}

type Shown = 'above' | 'below' | 'neither' | 'untested';

/** What a finding shows, all findings of its claim counted. */
function shownBy({ verdict, corrected }: Finding): Shown {
  if (verdict.kind === 'untested') return 'untested';
  const shown = corrected === undefined || corrected < LEVEL;
  if (verdict.kind === 'open' || !shown) return 'neither';
  return verdict.kind === 'better' ? 'above' : 'below';
}

/** A claim that every difference is above 0. */
export function judgeDifferences(findings: readonly Finding[], digits = 1): Judgement {
  const numbers = findings.map(({ name, verdict }): ClaimNumber => ({
    name,
    text: differenceText(verdict, digits),
    from: 'runs',
  }));
  return { ...shownTogether(findings.map(shownBy)), numbers };
}

function shownTogether(shown: readonly Shown[]): Pick<Judgement, 'state' | 'reason'> {
  const all = shown.length;
  const count = (what: Shown): number => shown.filter((one) => one === what).length;
  const [above, below, untested] = (['above', 'below', 'untested'] as const).map(count);
  const of = (part: number, verb: string): string =>
    all === 1
      ? `the difference is ${verb}`
      : `${part} of ${all} differences ${part === 1 ? 'is' : 'are'} ${verb}`;
  if (all === 0) return { state: 'open', reason: 'the recorded runs lack the methods' };
  if (below > 0)
    return { state: 'contradicted', reason: `${of(below, 'below 0')}: the opposite is shown` };
  if (untested > 0) {
    const why = 'not tested: one seed, or the same for every seed';
    return { state: 'open', reason: of(untested, why) };
  }
  if (above === all) return { state: 'reproduced', reason: of(above, 'above 0') };
  return {
    state: 'not reproduced',
    reason: of(all - above, 'not shown: seeds differ as much'),
  };
}

/** A printed number and ours, one per seed, in percent. */
export interface Level {
  name: string;
  printed: PublishedCell;
  ours: readonly number[];
}

/** A claim that our seeds reach printed numbers; those that are not known are left out. */
export function judgeLevels(levels: readonly Level[]): Judgement {
  const known = levels.filter(({ printed }) => cellValue(printed) !== null);
  const numbers = levels.flatMap(({ name, printed, ours }): ClaimNumber[] => [
    { name: `${name}, printed`, text: printedText(printed), from: 'printed' },
    ...(ours.length === 0
      ? []
      : [{ name: `${name}, ours`, text: rangeText(ours), from: 'runs' as const }]),
  ]);
  if (known.length === 0) return open('the printed numbers are not verified', numbers);
  if (known.some(({ ours }) => ours.length < 2))
    return open('fewer than two seeds have no range', numbers);
  const missed = known.filter(({ printed, ours }) => !within(cellValue(printed) as number, ours));
  if (missed.length === 0)
    return {
      state: 'reproduced',
      reason: `the printed number lies within our seeds (${known.length} of ${known.length} that are known)`,
      numbers,
    };
  return {
    state: 'not reproduced',
    reason: `outside our seeds at ${missed.map(({ name }) => name).join(', ')} (${missed.length} of ${known.length} that are known)`,
    numbers,
  };
}

/** Of percentages that are printed with two digits. */
function within(printed: number, ours: readonly number[]): boolean {
  const hundredths = (value: number): number => Math.round(100 * value);
  const all = ours.map(hundredths);
  const value = hundredths(printed);
  return value >= Math.min(...all) && value <= Math.max(...all);
}

function rangeText(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(2));
  return `${low} to ${high} in ${counted(values.length, 'seed')}`;
}

/** A printed cell with its mark. */
export function printedText(cell: PublishedCell): string {
  return cellText(cell, { key: '', title: '' });
}
