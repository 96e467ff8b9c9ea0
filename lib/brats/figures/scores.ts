/** Dice over subsets, regions, methods and cases as figures. */
import { REGIONS, type Region } from '../../datasets/brats';
import { UserError } from '../../base/errors';
import {
  baseLayout,
  heatmapFigure,
  paletteColour,
  type Figure,
  type FigureTitle,
  type Layout,
} from '../../report/figures';
import { named, numericAxis } from '../../report/figures/theme';
import { MODALITY_SUBSETS, subsetName } from '../../base/modality';
import { mean } from '../../base/statistics';
import type { BratsRun } from '../run-record';
import { caseDice, meanDice, type CaseSet } from '../scores';
import { SHORT_NAMES } from './subset-grid';

/** The subsets as the printed tables name them, and abbreviated. */
const SUBSET_NAMES = MODALITY_SUBSETS.map((subset) => subsetName(subset));
const SHORT_SUBSET_NAMES = MODALITY_SUBSETS.map((subset) => subsetName(subset, SHORT_NAMES));

/**
 * Dice in percent, mean over cases and runs (usually the seeds of one method).
 * @returns [15 subsets][ET, WT, TC]
 * @throws UserError if there is no run
 */
export function subsetScores(runs: readonly BratsRun[], set: CaseSet = 'test'): number[][] {
  requireRuns(runs);
  return MODALITY_SUBSETS.map((_, s) =>
    REGIONS.map((region) => mean(runs.map((run) => meanDice(run, region, { subsets: [s], set })))),
  );
}

export interface SubsetHeatmapOptions extends FigureTitle {
  /** [15 subsets][ET, WT, TC] in percent, of `subsetScores`; null if there is none. */
  scores: readonly (readonly (number | null)[])[];
  /** The values of the first and the last colour. Default: 0 to 100. */
  range?: [number, number];
}

/** Dice of the 15 subsets (rows) and the three regions (columns). */
export function subsetHeatmapFigure({ name, title, scores, range }: SubsetHeatmapOptions): Figure {
  return heatmap({ name, title, labels: REGIONS, names: SUBSET_NAMES, values: scores, range });
}

export interface MethodsHeatmapOptions extends Pick<
  SubsetHeatmapOptions,
  'name' | 'title' | 'range'
> {
  methods: readonly { name: string; scores: SubsetHeatmapOptions['scores'] }[];
}

/** The same for several methods side by side: their columns region by region. */
export function methodsHeatmapFigure({
  name,
  title,
  methods,
  range,
}: MethodsHeatmapOptions): Figure {
  const labels = REGIONS.flatMap((region) =>
    methods.map(({ name }) => [region, ...wrapped(name, 11)].join('<br>')),
  );
  const values = MODALITY_SUBSETS.map((_, s) =>
    REGIONS.flatMap((__, region) => methods.map(({ scores }) => scores[s][region])),
  );
  const figure = heatmap({ name, title, labels, names: SHORT_SUBSET_NAMES, values, range });
  const lines = Math.max(...labels.map((label) => label.split('<br>').length));
  const bounds = REGIONS.slice(1).map((_, i) => (i + 1) * methods.length - 0.5);
  const layout: Layout = {
    ...figure.layout,
    xaxis: { ...figure.layout.xaxis, tickangle: 0, tickfont: { size: 11 } },
    height: (figure.layout.height ?? 0) + 15 * (lines - 1),
    margin: { ...figure.layout.margin, b: 30 + 15 * lines },
    // White between the regions.
    shapes: bounds.map((x) => ({
      type: 'line',
      xref: 'x',
      yref: 'paper',
      x0: x,
      x1: x,
      y0: 0,
      y1: 1,
      line: { color: '#ffffff', width: 8 },
    })),
  };
  return { ...figure, layout };
}

interface GridOptions extends FigureTitle {
  labels: readonly string[];
  names: readonly string[];
  values: SubsetHeatmapOptions['scores'];
  range?: [number, number];
}

function heatmap({ name, title, labels, names, values, range = [0, 100] }: GridOptions): Figure {
  const figure = heatmapFigure({
    name,
    title,
    x: { title: '', labels },
    y: { title: 'available modalities', labels: names },
    values,
    digits: 1,
    colour: 'Dice (%)',
    range,
  });
  const margin = { ...figure.layout.margin, b: 40 };
  const layout = { ...figure.layout, height: 110 + 26 * values.length, margin };
  return { ...figure, layout };
}

/** Wraps text at words, in lines of at most `width` characters if possible. */
function wrapped(words: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && `${last} ${word}`.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Runs of one method and its name. */
export interface NamedRuns {
  name: string;
  runs: readonly BratsRun[];
}

export interface CaseScatterOptions extends FigureTitle {
  /** Upwards. */
  a: NamedRuns;
  /** To the right. */
  b: NamedRuns;
  region: Region;
  /** Index in `MODALITY_SUBSETS`; default: the mean over all 15. */
  subset?: number;
  set?: CaseSet;
}

/**
 * Dice of every case by one method against another: one point per case, mean over each method's runs. Above
 * the dashed diagonal method A is better.
 * @throws UserError if a method has no run or the two share no case
 */
export function caseScatterFigure(options: CaseScatterOptions): Figure {
  const { name, title, a, b, region, subset, set = 'test' } = options;
  const [of, other] = [a, b].map(({ runs }) => meanOfCases(runs, region, subset, set));
  const names = [...of.keys()].filter((name) => other.has(name)).sort();
  if (names.length === 0) {
    throw new UserError(`${a.name} and ${b.name} have no case in common; give runs of one set`, {
      code: 'MISMATCH',
      field: set,
    });
  }
  const at = (dice: Map<string, number>): number[] => names.map((name) => dice.get(name) as number);
  const which = subset === undefined ? 'mean of the 15 subsets' : SUBSET_NAMES[subset];
  const axisOf = (name: string): string => `${name}: Dice of ${region} (%)`;
  const range: [number, number] = [-2, 102];
  return {
    ...named(name),
    data: [
      {
        type: 'scatter',
        mode: 'lines',
        name: 'equal',
        x: [0, 100],
        y: [0, 100],
        line: { color: '#777777', width: 1.5, dash: 'dash' },
        hoverinfo: 'skip',
      },
      {
        type: 'scatter',
        mode: 'markers',
        name: `one case (${which})`,
        x: at(other),
        y: at(of),
        marker: { color: paletteColour(0), size: 9, opacity: 0.7 },
        text: names,
        hovertemplate: `%{text}<br>${b.name}: %{x:.1f}<br>${a.name}: %{y:.1f}<extra></extra>`,
      },
    ],
    layout: baseLayout(title, {
      xaxis: numericAxis({ title: axisOf(b.name), range }),
      yaxis: numericAxis({ title: axisOf(a.name), range }),
      width: 620,
      height: 640,
    }),
  };
}

/** Dice in percent of each case, mean over runs and subsets. */
function meanOfCases(
  runs: readonly BratsRun[],
  region: Region,
  subset: number | undefined,
  set: CaseSet,
): Map<string, number> {
  requireRuns(runs);
  const subsets = subset === undefined ? undefined : [subset];
  const all = runs.map((run) => caseDice(run, region, { subsets, set }));
  const names = Object.keys(all[0]).filter((name) => all.every((cases) => name in cases));
  return new Map(names.map((name) => [name, mean(all.map((cases) => cases[name]))]));
}

function requireRuns(runs: readonly BratsRun[]): void {
  if (runs.length > 0) return;
  throw new UserError('there are no runs with scores; train first, or read recorded runs', {
    code: 'MISSING',
    field: 'runs',
  });
}
