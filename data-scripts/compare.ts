/** `mckd compare`: trains what is missing with a progress bar, then prints and keeps the tables. */
import {
  finishedComparison,
  recordBrats,
  recordWeights,
  runComparison,
  saveTable,
  subsetTable,
  tableToMarkdown,
  type RecordedWeights,
} from '@mckd/lib';
import type { TrainingsOptions } from './commands/arguments';
import { openTrainings, showTrainings } from './trainings';

export async function compare(options: TrainingsOptions): Promise<void> {
  const { config, root, results, place, data } = await openTrainings(options);
  if (!(await showTrainings((signal) => runComparison(config, { ...place, signal })))) return;
  const runs = finishedComparison(config, place);
  for (const set of ['test', 'metaValidation'] as const) {
    const { description, provenance, protocol } = data;
    const table = subsetTable(runs, { data: description, provenance, protocol, set });
    saveTable(results, table);
    if (set === 'test') console.log(tableToMarkdown(table));
  }
  console.log(`tables in ${results}`);
  if (!options.record) return;
  const { coreMinutes } = recordBrats(config, runs, data, root);
  console.log(`recorded ${runs.length} runs, ${coreMinutes} core-minutes`);
  const weights = await recordWeights({ config, directory: place.directory, data });
  console.log(describeWeights(weights));
}

/** A line for each. */
function describeWeights(records: readonly RecordedWeights[]): string {
  const lines = records.map(({ method, seed, bytes, sha256, dice }) => {
    const scores = Object.entries(dice).map(([region, value]) => `${region} ${value.toFixed(1)}`);
    return `recorded:${method}: seed ${seed}, ${(bytes / 1e6).toFixed(1)} MB, sha256 ${sha256.slice(0, 12)}, test Dice ${scores.join(', ')} %`;
  });
  return lines.join('\n');
}
