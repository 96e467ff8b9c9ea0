/** Tests on samples without a partner: all MNIST test images, or the recordings of speakers that no training pair has. */
import { SEEN_WITH_80_PERCENT, type TwoWay } from '../base/statistics';
import type { AvModality } from '../config';
import { comparable } from '../datasets/provenance';
import { meanOf, runsOf, seedsOf, twoWayOf } from '../experiment/metrics';
import { publishedCell, publishedTable } from '../published';
import { differenceTo, type Column, type Row, type Table } from '../report/tables';
import { avArm } from './arms';
import { aloneMetric } from './measures';
import { caption, percent, RIVALS, ROWS, type AvResults } from './results';
import type { AvRun } from './run';

const EPOCHS = [
  { epoch: 'last', title: 'last epoch' },
  { epoch: 'chosen', title: 'chosen on held-out' },
] as const;

/** What the runs of a case were tested on without a partner; undefined if on nothing. */
export function aloneDescription(runs: readonly AvRun[], scarce: AvModality): string | undefined {
  const alone = runs.flatMap(({ predictions }) => predictions?.alone ?? []);
  return alone.find(({ modality }) => modality !== scarce)?.description;
}

const ABOUT: Record<AvModality, string> = {
  speech:
    'The 450 images of the pairs are among them. Printed numbers other than the lower bound are of 450 test pairs and belong to the table of those',
  image:
    'Their voices are in no training pair: how a method does with unseen speakers is a question of its own',
};

/** Accuracy of the methods that are tested with one modality; undefined if the runs have no such test. */
export function aloneTable(results: AvResults, scarce: AvModality): Table | undefined {
  const { config, runs, data } = results;
  const samples = aloneDescription(runs, scarce);
  if (samples === undefined) return undefined;
  const { rates } = config.avMnist;
  const published = publishedTable('av-mnist', `${scarce}-scarce`);
  const hasLowerBound = scarce === 'speech';
  const alike = comparable(data.protocol, published.protocol);
  const rows = ROWS.filter(({ method }) => method !== 'upperBound').map(({ method, title }) => {
    const cells: Row = { method: title };
    for (const rate of rates)
      for (const { epoch } of EPOCHS)
        cells[`${epoch}-${rate}`] = meanOf(
          runs,
          avArm({ method, scarce, rate }),
          aloneMetric(epoch),
        );
    if (method === 'lowerBound' && hasLowerBound) {
      const printed = publishedCell(published, 'lower-bound', String(rates[0]));
      cells.published = printed;
      const arm = avArm({ method, scarce, rate: rates[0] });
      cells.difference = alike
        ? differenceTo(meanOf(runs, arm, aloneMetric('last')), printed)
        : null;
    }
    return cells;
  });
  return {
    name: `av-mnist-${scarce}-scarce-alone`,
    title: `Audiovision-MNIST, ${scarce} scarce, tested on ${samples}`,
    caption: caption(
      results,
      scarce,
      `Samples: ${samples}. ${ABOUT[scarce]}. Mean and standard deviation over seeds, at the last epoch and at the epoch chosen on held-out training pairs`,
    ),
    columns: [
      { key: 'method', title: 'method' },
      ...(hasLowerBound
        ? [
            { key: 'published', title: 'published' },
            { key: 'difference', title: 'last epoch − published' },
          ]
        : []),
      ...rates.flatMap((rate) =>
        EPOCHS.map(({ epoch, title }): Column => ({
          ...{ key: `${epoch}-${rate}`, title, group: percent(rate) },
          best: 'highest',
        })),
      ),
    ],
    rows,
    notCompared: [0],
  };
}

/** MCKD minus its rivals on these samples, with intervals over seeds and samples; undefined if there is no such test. */
export function alonePairedTable(results: AvResults, scarce: AvModality): Table | undefined {
  const { config, runs } = results;
  const samples = aloneDescription(runs, scarce);
  if (samples === undefined) return undefined;
  const { rates } = config.avMnist;
  const errors: TwoWay[] = [];
  const rows = RIVALS.flatMap(({ method, title }) =>
    EPOCHS.map(({ epoch, title: at }): Row => {
      const cells = rates.map((rate) => {
        const [own, rival] = (['mckd', method] as const).map((one) =>
          avArm({ method: one, scarce, rate }),
        );
        const found = twoWayOf(runs, own, rival, aloneMetric(epoch));
        errors.push(found);
        return [String(rate), found.verdict];
      });
      return { comparison: title, epoch: at, ...(Object.fromEntries(cells) as Row) };
    }),
  );
  const seeds = seedsOf(runsOf(runs, avArm({ method: 'mckd', scarce, rate: rates[0] })));
  return {
    name: `av-mnist-${scarce}-scarce-alone-paired`,
    title: `Audiovision-MNIST, ${scarce} scarce, on ${samples}: effect of the weights and the distillation`,
    caption: caption(
      results,
      scarce,
      `Mean difference in points, sample by sample, between runs that share a seed, ${describeTwoWay(errors, seeds)}`,
    ),
    columns: [
      { key: 'comparison', title: 'comparison' },
      { key: 'epoch', title: 'epoch' },
      ...rates.map((rate): Column => ({ key: String(rate), title: percent(rate) })),
    ],
    rows,
  };
}

/** For captions: the interval, and what it could have shown. */
export function describeTwoWay(found: readonly TwoWay[], seeds: number): string {
  const errors = found.flatMap(({ standardError }) => standardError ?? []);
  if (errors.length === 0) return 'no interval, since nothing was tested';
  const least = errors.map((error) => SEEN_WITH_80_PERCENT * error);
  const [low, high] = [Math.min(...least), Math.max(...least)].map((points) => points.toFixed(2));
  return (
    `with a 95 % interval over seeds and samples (two-way analysis of ${seeds} seeds and all samples), which shows none where it ` +
    `holds 0; the least true difference that is seen with 80 % power, ${SEEN_WITH_80_PERCENT} standard errors, is ` +
    (low === high ? `${low} points` : `${low} to ${high} points`)
  );
}
