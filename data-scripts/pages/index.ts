/** The pages in lib/recorded: results, deviations, benchmarks, how a step runs, reliability, all generated from the records there. */
import { join } from 'node:path';
import { writeFileAtomic } from '@mckd/lib/base';
import { benchmarksPage } from './benchmarks';
import { deviationsPage } from './deviations';
import { howAStepRunsPage } from './how-a-step-runs';
import { reliabilityPage } from './reliability';
import { resultsPage } from './results';

/** File name -> its generator. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'results.md': resultsPage,
  'deviations.md': deviationsPage,
  'benchmarks.md': benchmarksPage,
  'how-a-step-runs.md': howAStepRunsPage,
  'reliability.md': reliabilityPage,
};

/**
 * Writes all pages.
 * @param root the kit's
 * @returns their files
 */
export function writePages(root: string): string[] {
  return Object.entries(PAGES).map(([name, text]) => {
    const file = join(root, 'lib', 'recorded', name);
    writeFileAtomic(file, text());
    return file;
  });
}
