/** How long the notebooks take, by the recorded run of `npm start`, and ways through them. */
import { counted } from '../base/words';
import { readRecordedRun, type RecordedRun } from './reference';
import type { Table } from './tables/types';

/** What of the recorded run is of interest here. */
export interface NotebookMinutes extends Pick<RecordedRun, 'machine'> {
  notebooks: readonly Pick<RecordedRun['notebooks'][number], 'name' | 'minutes'>[];
}

/** Whole minutes from one on. */
const rounded = (minutes: number): string =>
  minutes < 1 ? 'less than a minute' : counted(Math.round(minutes), 'minute');

/** How long a notebook takes, as a sentence; undefined if that isn't recorded. */
export function minutesSentence(
  name: string,
  record: NotebookMinutes | undefined = readRecordedRun(),
): string | undefined {
  const own = record?.notebooks.find((one) => one.name === name);
  if (record === undefined || own === undefined) return undefined;
  return `At preset quick this notebook took ${rounded(own.minutes)} (recorded run: ${record.machine}).`;
}

interface Path {
  time: string;
  notebooks: string[];
  what: string;
}

const PATHS: readonly Path[] = [
  {
    time: 'an hour',
    notebooks: ['00', '03', '04'],
    what: 'the idea on a toy, then its two halves on scans; one exercise of each',
  },
  {
    time: 'a day',
    notebooks: ['00', '01', '02', '03', '04', '05', '06'],
    what: 'in order, with all exercises; 06 alone repeats a published table with real data',
  },
  {
    time: 'a week',
    notebooks: ['00', '01', '02', '03', '04', '05', '06', '07', '08'],
    what: 'all, then your own cases (MCKD_DATA in 01 and 05, npx mckd train) and an ablation or a rival of your own',
  },
];

/** Ways through the notebooks, with how long their cells run. */
export function readingPathsTable(record: NotebookMinutes | undefined = readRecordedRun()): Table {
  const running = (numbers: readonly string[]): string | null => {
    const found = numbers.flatMap(
      (number) => record?.notebooks.find(({ name }) => name.startsWith(`${number}-`)) ?? [],
    );
    if (found.length < numbers.length) return null;
    return rounded(found.reduce((sum, { minutes }) => sum + minutes, 0));
  };
  return {
    name: 'reading-paths',
    title: 'Ways through the notebooks',
    caption: record
      ? `Running: all their cells at preset quick (recorded run: ${record.machine}).`
      : '',
    columns: [
      { key: 'time', title: 'you have' },
      { key: 'notebooks', title: 'notebooks' },
      { key: 'what', title: 'what to do' },
      { key: 'running', title: 'running' },
    ],
    rows: PATHS.map(({ time, notebooks, what }) => ({
      time,
      notebooks:
        notebooks.length > 3
          ? `${notebooks[0]} to ${notebooks[notebooks.length - 1]}`
          : notebooks.join(', '),
      what,
      running: running(notebooks),
    })),
  };
}
